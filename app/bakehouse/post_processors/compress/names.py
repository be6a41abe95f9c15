"""What the files are called inside an archive."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path


def in_tar(files: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Base names, as with Packer. Where two are the same, paths below what all have in common, so that none is lost."""
    bases = [path.name for path in files]
    names = bases if len(set(bases)) == len(bases) else _below(files)
    for path, name in zip(files, names, strict=True):
        yield from _with_content(path, name)


def in_zip(files: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """The paths as the artifact lists them, as with Packer, but never out of where they are unpacked."""
    for path in files:
        parts = [part for part in os.path.normpath(path).split("/") if part not in ("", "..")]
        yield from _with_content(path, "/".join(parts))


def _below(files: Sequence[Path]) -> list[str]:
    absolute = [os.path.abspath(path) for path in files]
    common = os.path.commonpath([os.path.dirname(path) for path in absolute])
    return [os.path.relpath(path, common) for path in absolute]


def _with_content(path: Path, name: str) -> Iterator[tuple[Path, str]]:
    """A directory, and all in it."""
    yield path, name
    if not path.is_dir():
        return
    for directory, names, files in os.walk(path):
        names.sort()
        here = Path(directory)
        for each in sorted((*names, *files)):
            yield here / each, f"{name}/{(here / each).relative_to(path)}"
