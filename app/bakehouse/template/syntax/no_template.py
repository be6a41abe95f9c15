"""Files that are no templates at all, told by what they are instead: bytes, a merge."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bakehouse.errors import Diagnostic
from bakehouse.template.syntax.tree import SourceFile

LOOKED_AT = 4096  # characters from the beginning
NOT_TEXT = re.compile("[\0-\x08\x0e-\x1a\x1c-\x1f\ufffd]")
SHARE = 20  # one in so many characters that no text has: it is none
CONFLICT = re.compile(r"^(?:<<<<<<<|>>>>>>>) .*$", re.MULTILINE)


def instead(source: SourceFile, found: Sequence[Diagnostic]) -> list[Diagnostic]:
    """What to say of a text that could not be parsed: `found`, or one thing that explains it all."""
    beginning = source.text[:LOOKED_AT]
    odd = len(NOT_TEXT.findall(beginning))
    if beginning.startswith("\ufffd\ufffd") and beginning.count("\0") * 3 > len(beginning):
        help = "Save it as UTF-8."
        return [replace(found[0], summary="The file is in UTF-16", detail="A template is text in UTF-8.", help=help)]
    if odd * SHARE > len(beginning):
        detail = "It is full of bytes that no text has."
        help = "Is it the file you meant? A template is text in UTF-8."
        return [replace(found[0], summary="This is not a text file", detail=detail, help=help, source="")]
    if conflict := CONFLICT.search(source.text):
        return [_unfinished_merge(source, conflict, found[0])]
    return list(found)


def _unfinished_merge(source: SourceFile, conflict: re.Match[str], first: Diagnostic) -> Diagnostic:
    line = source.text.count("\n", 0, conflict.start()) + 1
    place = first.location
    if place is not None:
        place = replace(place, line=line, column=1, end_line=line, end_column=8)
    return Diagnostic(
        "A merge was not finished",
        "This line was written by a version control system, where two versions differ.",
        place,
        source=conflict.group(),
        help="Keep one of the two versions between <<<<<<< and >>>>>>>, and take these lines out.",
    )
