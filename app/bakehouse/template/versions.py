"""Version constraints as Packer takes them (hashicorp/go-version): ">= 1.2, < 2.0", "~> 1.4.1"."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CONSTRAINT = re.compile(r"\s*(=|!=|>=|<=|>|<|~>)?\s*v?(\d+(?:\.\d+)*)(-[0-9A-Za-z.~-]+)?(\+[0-9A-Za-z.~-]+)?\s*")


@dataclass(frozen=True, slots=True)
class Constraint:
    """One comparison. segments: the numbers as they were written."""

    operator: str
    segments: tuple[int, ...]

    def allows(self, version: tuple[int, ...]) -> bool:
        """Whether a version of three numbers satisfies it."""
        wanted = self.segments + (0,) * (3 - len(self.segments))
        match self.operator:
            case "!=":
                return version != wanted
            case ">":
                return version > wanted
            case "<":
                return version < wanted
            case ">=":
                return version >= wanted
            case "<=":
                return version <= wanted
            case "~>":
                fixed = max(1, len(self.segments) - 1)
                return version >= wanted and version[:fixed] == wanted[:fixed]
        return version == wanted


def parse(text: str) -> list[Constraint]:
    """The comparisons, all of which must hold. Raises ValueError for what is none."""
    constraints = []
    for part in text.split(","):
        match = _CONSTRAINT.fullmatch(part)
        if match is None:
            raise ValueError(f'"{part.strip()}" is not a version constraint')
        constraints.append(Constraint(match[1] or "=", tuple(map(int, match[2].split(".")))))
    return constraints


def satisfies(version: str, text: str) -> bool:
    """Whether `version` ("1.2.3") satisfies the constraint. Raises ValueError."""
    numbers = tuple(map(int, version.split(".")))
    return all(constraint.allows(numbers) for constraint in parse(text))
