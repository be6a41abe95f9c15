"""The syntax tree of HCL native syntax, as the evaluator and the decoder of blocks read it.

Made by `bakehouse.template.syntax.parse`. Every node knows its `Range`. Strings are decoded (escapes done, heredocs
dedented, `~` applied); nothing is evaluated. HCL specification: hclsyntax/spec.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from bakehouse.errors import Location


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A text and its name as people know it."""

    name: str
    text: str

    def line(self, number: int) -> str:
        """Line `number`, from 1, without its end; "" if there is none."""
        lines = self.text.split("\n")
        return lines[number - 1].rstrip("\r") if 0 < number <= len(lines) else ""


@dataclass(frozen=True, slots=True)
class Range:
    """Where a node stands. start, end: offsets in characters, end exclusive; lines and columns count from 1."""

    source: SourceFile = field(compare=False, repr=False)
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


@dataclass(frozen=True, slots=True)
class Expression:
    """Anything that has a value."""

    range: Range = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Literal(Expression):
    """null, true, false, a number (int or Decimal, exact), or a string without any template in it."""

    value: None | bool | int | Decimal | str


@dataclass(frozen=True, slots=True)
class Template(Expression):
    """A quoted template or a heredoc with something to evaluate: the parts are converted to strings and joined.

    A template of exactly one interpolation (`"${x}"`) is a TemplateWrap instead.
    """

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class TemplateWrap(Expression):
    """`"${x}"`: the value itself, of whatever type."""

    wrapped: Expression


@dataclass(frozen=True, slots=True)
class TemplateIf(Expression):
    """`%{if c}...%{else}...%{endif}` inside a template; branches are Template or Literal."""

    condition: Expression
    then: Expression
    otherwise: Expression


@dataclass(frozen=True, slots=True)
class TemplateFor(Expression):
    """`%{for k, v in c}...%{endfor}` inside a template."""

    key: str | None
    value: str
    collection: Expression
    body: Expression


@dataclass(frozen=True, slots=True)
class Variable(Expression):
    """A root name: `var`, `local`, or a name bound by a for expression."""

    name: str


@dataclass(frozen=True, slots=True)
class Attribute(Expression):
    """`object.name`; the legacy `object.0` is an Index."""

    object: Expression
    name: str


@dataclass(frozen=True, slots=True)
class Index(Expression):
    """`object[key]`."""

    object: Expression
    key: Expression


@dataclass(frozen=True, slots=True)
class Splat(Expression):
    """`object[*]...` (full) or `object.*...` (attribute only). `each` is evaluated with SplatItem as the element."""

    object: Expression
    each: Expression
    full: bool


@dataclass(frozen=True, slots=True)
class SplatItem(Expression):
    """The element at hand inside the nearest Splat around it."""


@dataclass(frozen=True, slots=True)
class Call(Expression):
    """`name(arguments)`; expand: the last argument is followed by `...`. name_range: of the name alone."""

    name: str
    arguments: tuple[Expression, ...]
    expand: bool
    name_range: Range = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Unary(Expression):
    """`-x` or `!x`."""

    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary(Expression):
    """`+ - * / % == != < <= > >= && ||`."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Conditional(Expression):
    """`condition ? then : otherwise`."""

    condition: Expression
    then: Expression
    otherwise: Expression


@dataclass(frozen=True, slots=True)
class Parentheses(Expression):
    """`(x)`: kept, since an object key in parentheses is an expression and a bare one is a name."""

    inner: Expression


@dataclass(frozen=True, slots=True)
class TupleNode(Expression):
    """`[a, b]`."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class ObjectNode(Expression):
    """`{a = 1}`. A key that is a bare name is a Literal string; anything else is the expression it is."""

    items: tuple[tuple[Expression, Expression], ...]


@dataclass(frozen=True, slots=True)
class ForTuple(Expression):
    """`[for k, v in c : value if condition]`."""

    key: str | None
    value_name: str
    collection: Expression
    value: Expression
    condition: Expression | None


@dataclass(frozen=True, slots=True)
class ForObject(Expression):
    """`{for k, v in c : key_expression => value... if condition}`."""

    key: str | None
    value_name: str
    collection: Expression
    key_expression: Expression
    value: Expression
    grouped: bool
    condition: Expression | None


@dataclass(frozen=True, slots=True)
class AttributeDefinition:
    """`name = expression` in a body."""

    name: str
    expression: Expression
    range: Range = field(compare=False, repr=False)
    name_range: Range = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Block:
    """`type "label" { body }`. range: of the header (type and labels), which is what diagnostics point at."""

    type: str
    labels: tuple[str, ...]
    body: Body
    range: Range = field(compare=False, repr=False)
    type_range: Range = field(compare=False, repr=False)
    label_ranges: tuple[Range, ...] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Body:
    """Attributes by name, in order, and blocks in order. end_range: the closing brace or the end of the file."""

    attributes: dict[str, AttributeDefinition]
    blocks: tuple[Block, ...]
    range: Range = field(compare=False, repr=False)
    end_range: Range = field(compare=False, repr=False)
