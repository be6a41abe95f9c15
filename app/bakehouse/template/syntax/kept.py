"""Trees of files that were parsed before: `$XDG_CACHE_HOME/bakehouse/parsed/`, one file for each text.

The name of a file is the digest of the text, of the release of Python and of the parser's own files, so that nothing is
ever out of date. Only files without mistakes are kept. A cache that cannot be read or written is as good as none; one
that others may write is not read. What is loaded are nodes of the tree and nothing else.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import sys
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

from bakehouse.template.syntax import tree
from bakehouse.template.syntax.tree import Body, SourceFile

SHORTEST = 512  # characters; what is shorter is parsed in no time
LONGEST = 4_000_000
MOST_KEPT = 256  # files; beyond that the older half goes
DIGEST = 32  # bytes before the tree that tell whether it is whole


def find(source: SourceFile) -> Body | None:
    """The tree of a text, with `source` as the source of its places; None if it was not kept."""
    if not SHORTEST <= len(source.text) <= LONGEST:
        return None
    try:
        with open(_place(source), "rb") as file:
            about = os.fstat(file.fileno())
            if about.st_uid != os.geteuid() or about.st_mode & 0o022:
                return None
            data = file.read()
    except OSError:
        return None
    digest, kept = data[:DIGEST], data[DIGEST:]
    return _load(kept, source) if _digest(kept) == digest else None


def keep(body: Body, source: SourceFile) -> None:
    """Keep the tree of a text, if that is possible."""
    if not SHORTEST <= len(source.text) <= LONGEST:
        return
    place = _place(source)
    temporary = ""
    try:
        if not _is_ours(place):
            return
        for directory in (place.parent.parent, place.parent):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = _dump(body)
        temporary = f"{place}.{os.getpid()}"
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(_digest(kept) + kept)
        os.replace(temporary, place)
        _thin_out(place.parent)
    except (OSError, RecursionError):  # a tree that is too deep to be written is parsed each time
        if temporary:
            with suppress(OSError):
                os.unlink(temporary)


def _place(source: SourceFile) -> Path:
    from bakehouse import __version__

    root = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(root):
        root = os.path.expanduser("~/.cache")
    parts = (__version__, sys.version, *_parser(), source.text)
    name = _digest("\0".join(parts).encode(errors="surrogatepass")).hex()
    return Path(root, "bakehouse", "parsed", name)


def _is_ours(place: Path) -> bool:
    """Whether the cache belongs to who we are: under sudo it may be that of the person who would then be shut out."""
    nearest = next(path for path in place.parents if path.exists())
    return nearest.stat().st_uid == os.geteuid()


def _parser() -> list[str]:
    """What tells one state of the parser's files from another."""
    with os.scandir(os.path.dirname(__file__)) as entries:
        files = [(entry.name, entry.stat()) for entry in entries if entry.is_file()]
    return sorted(f"{name} {about.st_size} {about.st_mtime_ns}" for name, about in files)


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=DIGEST).digest()


class _Writer(pickle.Pickler):
    """Leaves the source out, which every place knows."""

    def persistent_id(self, value: Any) -> str | None:
        return "source" if isinstance(value, SourceFile) else None


class _Reader(pickle.Unpickler):
    """Puts the source in again, and makes nothing but nodes."""

    def __init__(self, kept: bytes, source: SourceFile) -> None:
        super().__init__(io.BytesIO(kept))
        self.source = source

    def persistent_load(self, name: str) -> SourceFile:
        return self.source

    def find_class(self, module: str, name: str) -> Any:
        if module == tree.__name__ and name in tree.__dict__:
            return getattr(tree, name)
        if (module, name) == ("decimal", "Decimal"):
            return Decimal
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a tree")


def _dump(body: Body) -> bytes:
    buffer = io.BytesIO()
    _Writer(buffer, protocol=5).dump(body)
    return buffer.getvalue()


def _load(kept: bytes, source: SourceFile) -> Body | None:
    try:
        body = _Reader(kept, source).load()
    except pickle.UnpicklingError:
        return None
    return body if isinstance(body, Body) else None


def _thin_out(directory: Path) -> None:
    names = os.listdir(directory)
    if len(names) <= MOST_KEPT:
        return
    ages = []
    for name in names:
        with suppress(FileNotFoundError):
            ages.append((os.stat(directory / name).st_mtime_ns, name))
    for _, name in sorted(ages)[: len(ages) // 2]:
        with suppress(FileNotFoundError):
            os.unlink(directory / name)
