"""`-only` and `-except`: globs over the names of builds (Packer: gobwas/glob without separators)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from bakehouse.errors import Diagnostic, TemplateError


@cache
def _pattern(glob: str) -> re.Pattern[str]:
    """`*` any text (dots too), `?` one character, `[a-z]`, `[!a]`, `{a,b}`, `\\` takes the next one as it is."""
    parts: list[str] = []
    depth = position = 0
    while position < len(glob):
        character = glob[position]
        end = glob.find("]", position + 2)
        if character == "\\" and position + 1 < len(glob):
            position += 1
            parts.append(re.escape(glob[position]))
        elif character == "[" and end > 0:
            inside = glob[position + 1 : end].replace("\\", "\\\\")
            parts.append(f"[{'^' + inside[1:] if inside.startswith('!') else inside}]")
            position = end
        else:
            depth += (character == "{") - (character == "}")
            special = {"*": ".*", "?": ".", "{": "(?:", "}": ")", ",": "|" if depth else ","}
            parts.append(special.get(character) or re.escape(character))
        position += 1
    return re.compile("".join(parts), re.DOTALL)


def matches(glob: str, name: str) -> bool:
    """Whether the whole name matches. Raises TemplateError for a pattern that is none."""
    try:
        return _pattern(glob).fullmatch(name) is not None
    except re.error as error:
        raise TemplateError([Diagnostic(f'"{glob}" is not a pattern', f"{error}.")]) from None


def exactly(name: str) -> str:
    """The pattern that this name alone matches."""
    return re.sub(r"[][*?{}\\\\,]", r"\\\g<0>", name)


def selected(name: str, only: Sequence[str], exclude: Sequence[str]) -> bool:
    """Whether a build of this name is to run: `-only` first, then `-except`."""
    if only and not any(matches(glob, name) for glob in only):
        return False
    return not any(matches(glob, name) for glob in exclude)


def idle_patterns(patterns: Sequence[str], names: Sequence[str]) -> list[str]:
    """The patterns that match none of the names."""
    return [glob for glob in patterns if not any(matches(glob, name) for name in names)]
