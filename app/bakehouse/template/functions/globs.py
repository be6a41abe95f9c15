"""Patterns for files, as in bmatcuk/doublestar, which `fileset` uses: * ? [a-z] [^a] {a,b} and **."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path


def find(directory: Path, pattern: str) -> list[str]:
    """Regular files below the directory that match, relative to it, with / between the parts.

    Names that begin with a dot match as any other. ValueError if it is no pattern.
    """
    found: set[str] = set()
    for alternative in _alternatives(pattern):
        parts = [part for part in alternative.split("/") if part not in ("", ".")]
        if parts and not alternative.startswith("/"):
            found.update(os.path.normpath(each) for each in _walk(directory, "", parts))
    return sorted(found)


def _walk(directory: Path, prefix: str, parts: list[str]) -> Iterator[str]:
    first, rest = parts[0], parts[1:]
    if first == "**":
        yield from _anywhere(directory, prefix, rest)
        return
    matcher = _matcher(first)
    names = [first] if matcher is None else [name for name in _names(directory / prefix) if matcher.fullmatch(name)]
    for name in names:
        path = f"{prefix}{name}"
        if not rest:
            if (directory / path).is_file():
                yield path
        elif (directory / path).is_dir():
            yield from _walk(directory, f"{path}/", rest)


def _anywhere(directory: Path, prefix: str, rest: list[str]) -> Iterator[str]:
    """`**`: no directory or any number of them; at the end, every file in them."""
    yield from _walk(directory, prefix, rest or ["*"])
    for name in _names(directory / prefix):
        path = directory / prefix / name
        if path.is_dir() and not path.is_symlink():
            yield from _anywhere(directory, f"{prefix}{name}/", rest)


def _names(directory: Path) -> list[str]:
    try:
        return sorted(os.listdir(directory))
    except OSError:
        return []


def _matcher(part: str) -> re.Pattern[str] | None:
    """The pattern of one name, None if it is just a name."""
    if not re.search(r"[*?\[\\]", part):
        return None
    result, position = [], 0
    while position < len(part):
        character = part[position]
        position += 1
        if character in "*?":
            result.append(".*" if character == "*" else ".")
        elif character == "\\" and position < len(part):
            result.append(re.escape(part[position]))
            position += 1
        elif character == "[":
            match = re.compile(r"([!^]?)(\]?(?:\\.|[^\]\\])+)\]").match(part, position)
            if match is None:
                raise ValueError("A [ is not closed.")
            result.append(f"[{'^' if match[1] else ''}{match[2].replace('[', chr(92) + '[')}]")
            position = match.end()
        else:
            result.append(re.escape(character))
    return re.compile("".join(result), re.S)


def _alternatives(pattern: str) -> Iterator[str]:
    """The pattern with every {a,b} written out."""
    start = pattern.find("{")
    if start < 0:
        yield pattern
        return
    depth, choices, begin = 0, [], start + 1
    for position in range(start, len(pattern)):
        character = pattern[position]
        depth += (character == "{") - (character == "}")
        if depth == 1 and character == "," or not depth:
            choices.append(pattern[begin:position])
            begin = position + 1
        if not depth:
            for choice in choices:
                yield from _alternatives(pattern[:start] + choice + pattern[begin:])
            return
    raise ValueError("A { is not closed.")
