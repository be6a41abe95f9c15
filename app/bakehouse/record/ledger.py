"""`ledger.jsonl`: every resource outside of a run, written and synced before it is made, struck out once it is gone.

It is what `bakehouse gc` goes by when an engine died. Each line tells of one resource as it is from now on; a line
with `"gone": true` strikes it out.
"""

from __future__ import annotations

from collections.abc import Sequence
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
        self.write([entry(resource, gone=False)])

    def strike(self, resource: Resource) -> None:
        """It is gone."""
        self.write([entry(resource, gone=True)])

    def write(self, lines: Sequence[bytes]) -> None:
        """Append lines, all or none, and sync them."""
        before = self._file.size
        self._file.append(b"".join(lines))
        try:
            self._file.sync()
        except OSError:
            self._file.cut(before)
            raise

    def close(self) -> None:
        self._file.close()


def entry(resource: Resource, *, gone: bool) -> bytes:
    """What the ledger says of a resource as it is now, or that it is gone."""
    return (
        msgspec.json.encode(
            _Line(
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
        )
        + b"\n"
    )


def standing(path: Path) -> list[Resource]:
    """What a ledger says is still there, in the order of the claims. A line that is torn is passed over."""
    found: dict[Key, Resource] = {}
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    for text in lines:
        try:
            said = msgspec.json.decode(text, type=_Line)
        except msgspec.DecodeError:
            continue
        place = (said.owner, said.kind, said.name)
        if said.gone:
            found.pop(place, None)
        else:
            found[place] = Resource(*place, said.run, said.build, said.step, said.id, said.kept, said.details)
    return list(found.values())
