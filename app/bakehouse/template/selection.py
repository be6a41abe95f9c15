"""`-only` and `-except`: globs over the names of builds (Packer: gobwas/glob without separators)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from bakehouse.errors import Diagnostic, TemplateError

_RANGE = re.compile(r"(?P<first>.)(?:-(?P<last>.))?", re.DOTALL)


def _escaped_range(match: re.Match[str]) -> str:
    first = re.escape(match["first"])
    return first if match["last"] is None else f"{first}-{re.escape(match['last'])}"


@cache
def _pattern(glob: str) -> re.Pattern[str]:
    """`*` any text (dots too), `?` one character, `[a-z]`, `[!a]`, `{a,b}`, `\\` takes the next one as it is.

    Raises TemplateError for one that is none.
    """
    parts: list[str] = []
    depth = position = 0
    while position < len(glob):
        character = glob[position]
        end = glob.find("]", position + 2)
        if character == "\\" and position + 1 < len(glob):
            position += 1
            parts.append(re.escape(glob[position]))
        elif character == "[" and end < 0:
            raise _not_a_pattern(glob, "The [ is never closed.")
        elif character == "[":
            inside = glob[position + 1 : end]
            sign = "^" if inside.startswith("!") else ""
            parts.append(f"[{sign}{_RANGE.sub(_escaped_range, inside.removeprefix('!'))}]")
            position = end
        else:
            special = {"*": ".*", "?": ".", "{": "(?:"} | ({"}": ")", ",": "|"} if depth else {})
            parts.append(special.get(character) or re.escape(character))
            depth += (character == "{") - (character == "}" and depth > 0)
        position += 1
    if depth:
        raise _not_a_pattern(glob, "The { is never closed.")
    try:
        return re.compile("".join(parts), re.DOTALL)
    except re.error:
        raise _not_a_pattern(glob, "What stands between [ and ] is no range of characters.") from None


def _not_a_pattern(glob: str, detail: str) -> TemplateError:
    help = "For the character itself write a backslash before it."
    return TemplateError([Diagnostic(f'"{glob}" is not a pattern', detail, help=help)])


def matches(glob: str, name: str) -> bool:
    """Whether the whole name matches. Raises TemplateError for a pattern that is none."""
    return _pattern(glob).fullmatch(name) is not None


def exactly(name: str) -> str:
    """The pattern that this name alone matches."""
    return re.sub(r"[][*?{}\\\\,]", r"\\\g<0>", name)


def selected(name: str, only: Sequence[str], exclude: Sequence[str]) -> bool:
    """Whether a build of this name is to run: `-only` first, then `-except`."""
    if only and not any(matches(glob, name) for glob in only):
        return False
    return not any(matches(glob, name) for glob in exclude)
