"""The tree of a template. `start` and `end` of each node are characters of the text, from 0."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A part of a template."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Constant(Node):
    """A literal: str, int, float, bool, or None for `nil`. shown: as it stands there."""

    value: Any
    shown: str


@dataclass(frozen=True, slots=True)
class Dot(Node):
    """`.`"""


@dataclass(frozen=True, slots=True)
class Variable(Node):
    """`$name`; `$` is the data."""

    name: str


@dataclass(frozen=True, slots=True)
class Function(Node):
    """The name of a function, where it is called."""

    name: str


@dataclass(frozen=True, slots=True)
class Fields(Node):
    """`.a.b` of something."""

    of: Node
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Command(Node):
    """One stage of a pipeline: words, the first of which may be called."""

    words: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Pipeline(Node):
    """`$a, $b := command | command`. assigns: whether it is `=`."""

    commands: tuple[Command, ...]
    names: tuple[str, ...] = ()
    assigns: bool = False


@dataclass(frozen=True, slots=True)
class Text(Node):
    """What stands between actions."""

    text: str


@dataclass(frozen=True, slots=True)
class Action(Node):
    """`{{ pipeline }}`: shown unless it declares."""

    pipeline: Pipeline


@dataclass(frozen=True, slots=True)
class Branch(Node):
    """kind: "if", "with" or "range"."""

    kind: str
    pipeline: Pipeline
    body: tuple[Node, ...]
    otherwise: tuple[Node, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Jump(Node):
    """kind: "break" or "continue"."""

    kind: str


@dataclass(frozen=True, slots=True)
class Include(Node):
    """`{{ template "name" pipeline }}`"""

    name: str
    pipeline: Pipeline | None


def walk(node: Any) -> Iterator[Node]:
    """A node and all below it."""
    if isinstance(node, tuple):
        for each in node:
            yield from walk(each)
    elif isinstance(node, Node):
        yield node
        for each_field in fields(node):
            yield from walk(getattr(node, each_field.name))
