"""`ledger.jsonl`: every resource outside of a run, written and synced before it is made, struck out once it is gone.

It is what `bakehouse gc` goes by when an engine died. Each line tells of one resource as it is from now on; a line
with `"gone": true` strikes it out.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from bakehouse.record.append import AppendFile
from bakehouse.sdk.resource import Resource

Key = tuple[str, str, str]


class _Line(msgspec.Struct, frozen=True, omit_defaults=True):
    owner: str
    kind: str
    name: str
    run: str = ""
    build: str = ""
    step: str = ""
    id: str = ""
    kept: bool = False
    details: dict[str, str] = {}
    gone: bool = False


def key(resource: Resource) -> Key:
    """What makes a resource one and the same."""
    return resource.owner, resource.kind, resource.name


class Ledger:
    """Appends to a ledger. Every method raises OSError if it cannot, and then has changed nothing."""

    def __init__(self, path: Path) -> None:
        self._file = AppendFile(path)
        if self._file.last() not in (b"", b"\n"):
            self._file.append(b"\n")  # what a crash tore off stays a line of its own

    def note(self, resource: Resource) -> None:
        """Claim it, or write down what has changed about it."""
        self._append(resource, gone=False)

    def strike(self, resource: Resource) -> None:
        """It is gone."""
        self._append(resource, gone=True)

    def close(self) -> None:
        self._file.close()

    def _append(self, resource: Resource, *, gone: bool) -> None:
        line = _Line(
            resource.owner,
            resource.kind,
            resource.name,
            resource.run,
            resource.build,
            resource.step,
            resource.id,
            resource.kept,
            dict(resource.details),
            gone,
        )
        before = self._file.size
        self._file.append(msgspec.json.encode(line) + b"\n")
        try:
            self._file.sync()
        except OSError:
            self._file.cut(before)
            raise


def standing(path: Path) -> list[Resource]:
    """What a ledger says is still there, in the order of the claims. A line that is torn is passed over."""
    found: dict[Key, Resource] = {}
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    for text in lines:
        try:
            line = msgspec.json.decode(text, type=_Line)
        except msgspec.DecodeError:
            continue
        place = (line.owner, line.kind, line.name)
        if line.gone:
            found.pop(place, None)
        else:
            found[place] = Resource(*place, line.run, line.build, line.step, line.id, line.kept, line.details)
    return list(found.values())
