"""A command's text as people see it.

A long text is never cut in the middle of a word: the half of a secret would pass the mask.
"""

from __future__ import annotations

from dataclasses import dataclass

MOST = 400


@dataclass(frozen=True, slots=True)
class Standing:
    """What a shell is about to run. first: nothing else begins earlier on the line, so a breakpoint there is meant."""

    line: int
    text: str
    first: bool = True


def shown(text: str, *, cut: bool = False) -> str:
    """One line. cut: the text ends where it does only because it was cut."""
    first, *more = text.strip().split("\n")
    first = first.rstrip().removesuffix("\\").rstrip() if more else first
    if (cut and not more) or len(first) > MOST:
        words = first.split(" ")
        first, more = (words[0] if len(words[0]) <= MOST and len(words) > 1 else ""), ["..."]
    return f"{first} ...".strip() if more else first
