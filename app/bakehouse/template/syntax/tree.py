"""The syntax tree of HCL native syntax, as the evaluator and the decoder of blocks read it.

Made by `bakehouse.template.syntax.parse`. Every node knows its `Range`. Strings are decoded (escapes done, heredocs
dedented, `~` applied); nothing is evaluated. HCL specification: hclsyntax/spec.md.
"""

from __future__ import annotations

import functools
from decimal import Decimal
from typing import Any

import msgspec

from bakehouse.errors import Location

PLACES = frozenset(("source", "range", "name_range", "type_range", "label_ranges", "end_range"))
"""Fields that say where a node stands: two nodes are equal, and look equal, wherever they do."""


class Node(msgspec.Struct, frozen=True):
    """What all of the tree has in common. Structs, since 25 frozen dataclasses take 10 ms to be made at each start."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._said() == other._said()

    def __hash__(self) -> int:
        return hash(self._said())

    def __repr__(self) -> str:
        names = (name for name in self.__struct_fields__ if name not in PLACES)
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    def _said(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.__struct_fields__ if name not in PLACES)


@functools.lru_cache(maxsize=8)
def _lines(text: str) -> list[str]:
    """Kept, since every option of every block says on which line it stands."""
    return text.split("\n")


class SourceFile(msgspec.Struct, frozen=True):
    """A text and its name as people know it. syntax: "hcl", or "json" for HCL's JSON syntax."""

    name: str
    text: str
    syntax: str = "hcl"

    def line(self, number: int) -> str:
        """Line `number`, from 1, without its end; "" if there is none."""
        lines = _lines(self.text)
        return lines[number - 1].rstrip("\r") if 0 < number <= len(lines) else ""


class Range(Node, frozen=True):
    """Where a node stands. start, end: offsets in characters, end exclusive; lines and columns count from 1."""

    source: SourceFile
    start: int = 0
    end: int = 0
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0

    @property
    def location(self) -> Location:
        """The same, as diagnostics have it."""
        return Location(self.source.name, self.line, self.column, self.end_line, self.end_column)

    @property
    def text(self) -> str:
        """The source text of the node."""
        return self.source.text[self.start : self.end]

    @property
    def first_line(self) -> str:
        """The whole source line on which the node begins."""
        return self.source.line(self.line)


class WrittenRange(Range, frozen=True):
    """A place whose text is not what stands there: a block in JSON syntax is called by its type and labels."""

    written: str = ""

    @property
    def text(self) -> str:
        """What the node is, written out."""
        return self.written


class Expression(Node, frozen=True):
    """Anything that has a value."""

    range: Range


class Literal(Expression, frozen=True):
    """null, true, false, a number (int or Decimal, exact), or a string without any template in it."""

    value: None | bool | int | Decimal | str


class Template(Expression, frozen=True):
    """A quoted template or a heredoc with something to evaluate: the parts are converted to strings and joined.

    A template of exactly one interpolation (`"${x}"`) is a TemplateWrap instead.
    """

    parts: tuple[Expression, ...]


class TemplateWrap(Expression, frozen=True):
    """`"${x}"`: the value itself, of whatever type."""

    wrapped: Expression


class TemplateIf(Expression, frozen=True):
    """`%{if c}...%{else}...%{endif}` inside a template; branches are Template or Literal."""

    condition: Expression
    then: Expression
    otherwise: Expression


class TemplateFor(Expression, frozen=True):
    """`%{for k, v in c}...%{endfor}` inside a template."""

    key: str | None
    value: str
    collection: Expression
    body: Expression


class Variable(Expression, frozen=True):
    """A root name: `var`, `local`, or a name bound by a for expression."""

    name: str


class Attribute(Expression, frozen=True):
    """`object.name`; the legacy `object.0` is an Index."""

    object: Expression
    name: str


class Index(Expression, frozen=True):
    """`object[key]`."""

    object: Expression
    key: Expression


class Splat(Expression, frozen=True):
    """`object[*]...` (full) or `object.*...` (attribute only). `each` is evaluated with SplatItem as the element."""

    object: Expression
    each: Expression
    full: bool


class SplatItem(Expression, frozen=True):
    """The element at hand inside the nearest Splat around it."""


class Call(Expression, frozen=True):
    """`name(arguments)`; expand: the last argument is followed by `...`. name_range: of the name alone."""

    name: str
    arguments: tuple[Expression, ...]
    expand: bool
    name_range: Range


class Unary(Expression, frozen=True):
    """`-x` or `!x`."""

    operator: str
    operand: Expression


class Binary(Expression, frozen=True):
    """`+ - * / % == != < <= > >= && ||`."""

    operator: str
    left: Expression
    right: Expression


class Conditional(Expression, frozen=True):
    """`condition ? then : otherwise`."""

    condition: Expression
    then: Expression
    otherwise: Expression


class Parentheses(Expression, frozen=True):
    """`(x)`: kept, since an object key in parentheses is an expression and a bare one is a name."""

    inner: Expression


class TupleNode(Expression, frozen=True):
    """`[a, b]`."""

    items: tuple[Expression, ...]


class ObjectNode(Expression, frozen=True):
    """`{a = 1}`. A key that is a bare name is a Literal string; anything else is the expression it is."""

    items: tuple[tuple[Expression, Expression], ...]


class ForTuple(Expression, frozen=True):
    """`[for k, v in c : value if condition]`."""

    key: str | None
    value_name: str
    collection: Expression
    value: Expression
    condition: Expression | None


class ForObject(Expression, frozen=True):
    """`{for k, v in c : key_expression => value... if condition}`."""

    key: str | None
    value_name: str
    collection: Expression
    key_expression: Expression
    value: Expression
    grouped: bool
    condition: Expression | None


class AttributeDefinition(Node, frozen=True):
    """`name = expression` in a body."""

    name: str
    expression: Expression
    range: Range
    name_range: Range


class Block(Node, frozen=True):
    """`type "label" { body }`. range: of the header (type and labels), which is what diagnostics point at."""

    type: str
    labels: tuple[str, ...]
    body: Body
    range: Range
    type_range: Range
    label_ranges: tuple[Range, ...]


class Body(Node, frozen=True):
    """Attributes by name, in order, and blocks in order. end_range: the closing brace or the end of the file."""

    attributes: dict[str, AttributeDefinition]
    blocks: tuple[Block, ...]
    range: Range
    end_range: Range
