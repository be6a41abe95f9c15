"""Unified diffs as rows: numbers of both sides, the sign, and which words of a changed line changed."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
_WORD = re.compile(r"\s+|[\w.\-]+|.", re.DOTALL)
Words = tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class DiffRow:
    """old, new: line numbers, 0 for none. sign: `-`, `+`, blank, or `~` between hunks. words: (text, changed)."""

    old: int
    new: int
    sign: str
    words: Words


def rows(diff: str) -> list[DiffRow]:
    """The rows of one file's unified diff, without its head."""
    found: list[DiffRow] = []
    removed: list[tuple[int, str]] = []
    added: list[tuple[int, str]] = []
    old = new = 0
    for line in diff.splitlines():
        hunk = _HUNK.match(line)
        if hunk is not None:
            _flush(found, removed, added)
            old, new = int(hunk.group(1)), int(hunk.group(2))
            if found:
                found.append(DiffRow(0, 0, "~", ()))
        elif not old and not new:
            continue
        elif line.startswith("-"):
            if added:
                _flush(found, removed, added)
            removed.append((old, line[1:]))
            old += 1
        elif line.startswith("+"):
            added.append((new, line[1:]))
            new += 1
        elif line.startswith(" ") or not line:
            _flush(found, removed, added)
            found.append(DiffRow(old, new, " ", ((line[1:], False),)))
            old, new = old + 1, new + 1
    _flush(found, removed, added)
    return found


def counts(diff: str) -> tuple[int, int]:
    """Lines added and removed."""
    changed = [row.sign for row in rows(diff)]
    return changed.count("+"), changed.count("-")


def _flush(found: list[DiffRow], removed: list[tuple[int, str]], added: list[tuple[int, str]]) -> None:
    """Removed lines, then added ones; those at the same place in both are compared word by word."""
    pairs = [_compare(one[1], other[1]) for one, other in zip(removed, added, strict=False)]
    for at, (number, text) in enumerate(removed):
        found.append(DiffRow(number, 0, "-", pairs[at][0] if at < len(pairs) else ((text, False),)))
    for at, (number, text) in enumerate(added):
        found.append(DiffRow(0, number, "+", pairs[at][1] if at < len(pairs) else ((text, False),)))
    removed.clear()
    added.clear()


def _compare(old: str, new: str) -> tuple[Words, Words]:
    one, other = _WORD.findall(old), _WORD.findall(new)
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    if matcher.ratio() < 0.4:
        return ((old, False),), ((new, False),)
    left: list[tuple[str, bool]] = []
    right: list[tuple[str, bool]] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if b > a:
            left.append(("".join(one[a:b]), tag != "equal"))
        if d > c:
            right.append(("".join(other[c:d]), tag != "equal"))
    return tuple(left), tuple(right)
