"""What each step of a template was when it last ran, part by part: enough to say why it is to be run again."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

import msgspec

LONGEST = 3
"""Parts that are named in one reason."""
NEVER = "never built here"
OTHERS = "the steps before it are others"
FAILED = "it did not succeed last time"


class Parts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a step, or the machine that it begins with, comes from: digests by name ("option inline", "file x.sh").

    moving: functions whose value is another each time, and where they stand: "timestamp() in option inline".
    reads: names of the files that functions in an option read, by the name of the option.
    """

    values: dict[str, str] = {}
    moving: list[str] = []
    reads: dict[str, list[str]] = {}


class Remembered(msgspec.Struct, frozen=True, omit_defaults=True):
    """A step as it last ran. digest: with all that came before it. ok: it went well. unkept: why the machine after it
    was left to no other run, though it was saved."""

    parts: Parts
    digest: str = ""
    ok: bool = False
    unkept: str = ""


class Memory(msgspec.Struct, omit_defaults=True):
    """start: of the machine as it was made. steps: by key."""

    start: Parts | None = None
    steps: dict[str, Remembered] = {}

    @classmethod
    def read(cls, path: Path) -> Memory:
        """What is remembered; nothing if it cannot be read."""
        with suppress(OSError, msgspec.DecodeError):
            return msgspec.json.decode(path.read_bytes(), type=cls)
        return cls()

    def write(self, path: Path) -> None:
        """Remember it. Not worth a failure: without it a reason is only less exact."""
        with suppress(OSError):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as partial:
                partial.write(msgspec.json.encode(self))
            os.replace(partial.name, path)


def changed(before: Parts, now: Parts) -> str:
    """What is not as it was, for people: "scripts/setup.sh changed"; "" if all is."""
    names = [name for name in {**before.values, **now.values} if before.values.get(name) != now.values.get(name)]
    files = {name: [f"file {path}" for path in now.reads.get(name, [])] for name in names}
    names = [name for name in names if not any(file in names for file in files[name])]
    if not names:
        return ""
    shown = [name.removeprefix("file ") for name in names[:LONGEST]]
    more = f" and {len(names) - LONGEST} more" if len(names) > LONGEST else ""
    return f"{', '.join(shown)}{more} changed"
