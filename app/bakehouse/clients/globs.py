"""File names by pattern, as Go's `filepath.Glob` finds them: the rules of Packer's `files` options.

`*` and `?` match within a name, dot files too; `[a-c]` and `[^a]` are classes; `\\` takes the next character as it is.
A directory that cannot be read has no names.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

_META = re.compile(r"[*?\[\\]")


def find(pattern: str) -> list[str]:
    """The paths that exist, sorted name by name; one without wildcards as it is written. Raises ValueError."""
    check(pattern)
    if not _META.search(pattern):
        return [pattern] if os.path.lexists(pattern) else []
    directory, name = os.path.split(pattern)
    above = find(directory) if _META.search(directory) else [directory]
    matches = re.compile(_regex(name), re.DOTALL).fullmatch
    return [
        os.path.normpath(os.path.join(each, found))
        for each in above
        for found in sorted(_names(each), key=os.fsencode)
        if matches(found)
    ]


def check(pattern: str) -> None:
    """Raise ValueError, with what is wrong, for a pattern that is none."""
    for name in pattern.split("/"):
        _regex(name)


def _names(directory: str) -> list[str]:
    try:
        return os.listdir(directory or ".")
    except OSError:
        return []


def _regex(name: str) -> str:
    parts: list[str] = []
    characters = iter(name)
    for character in characters:
        if character == "*":
            parts.append("[^/]*")
        elif character == "?":
            parts.append("[^/]")
        elif character == "[":
            parts.append(_class(characters))
        elif character == "\\":
            parts.append(re.escape(_next(characters, 'a "\\" at the end takes nothing')))
        else:
            parts.append(re.escape(character))
    return "".join(parts)


def _class(characters: Iterator[str]) -> str:
    """The rest of `[...]`: single characters and ranges, at least one."""
    unclosed = 'a "[" is not closed; write "\\\\[" for the character itself'
    character = _next(characters, unclosed)
    negated = character == "^"
    if negated:
        character = _next(characters, unclosed)
    ranges: list[str] = []
    while character != "]" or not ranges:
        first, character = _bound(character, characters, unclosed), _next(characters, unclosed)
        last = first
        if character == "-":
            last = _bound(_next(characters, unclosed), characters, unclosed)
            character = _next(characters, unclosed)
        if first <= last:
            ranges.append(f"{re.escape(first)}-{re.escape(last)}")
        else:
            ranges.append("")  # an empty range is allowed, and holds nothing
    inside = "".join(ranges)
    if not inside:
        return "[^/]" if negated else r"(?!)"
    return f"[^/{inside}]" if negated else f"[{inside}]"


def _bound(character: str, characters: Iterator[str], unclosed: str) -> str:
    if character in "-]":
        raise ValueError(f'"{character}" cannot stand there in "[...]"')
    return _next(characters, unclosed) if character == "\\" else character


def _next(characters: Iterator[str], missing: str) -> str:
    try:
        return next(characters)
    except StopIteration:
        raise ValueError(missing) from None
