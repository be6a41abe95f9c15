"""Keys and titles: what the record and the screen call builds and steps (DESIGN 4)."""

from __future__ import annotations

import re
from collections import Counter

LONGEST_SLUG = 40
LONGEST_TITLE = 40


def slug(text: str, otherwise: str = "build") -> str:
    """`text` as part of a file name: letters, digits, `.`, `_`, `-`; never empty, hidden, `..`, or over 40 long."""
    cleaned = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.")
    return cleaned[:LONGEST_SLUG].rstrip("-.") or otherwise


def shortened(title: str) -> str:
    """At most 40 characters. Secrets are masked before: half of one is none that could be found."""
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1]}…"


def build_key(ordinal: int, name: str) -> str:
    """`003-ubuntu`."""
    return f"{ordinal:03d}-{slug(name)}"


class StepKeys:
    """Makes `BLOCK/kind:type[.name]#k`, k counting equals within one build."""

    def __init__(self, block: str) -> None:
        self._block = block or "build"
        self._seen: Counter[str] = Counter()

    def take(self, kind: str, type: str, name: str = "") -> str:
        """The key of the next step of this kind, type and name."""
        stem = f"{self._block}/{kind}:{type}{f'.{name}' if name else ''}"
        self._seen[stem] += 1
        return f"{stem}#{self._seen[stem]}"
