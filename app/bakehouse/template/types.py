"""Type expressions, as in `variable { type = ... }` and `convert` (hcl, ext/typeexpr), and the defaults inside them.

The types themselves are those of `bakehouse.template.kinds`, which can be imported from here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bakehouse.template.convert import convert
from bakehouse.template.evaluate import error_at, evaluate
from bakehouse.template.fault import Fault, nearest
from bakehouse.template.kinds import (
    BOOL,
    DYNAMIC,
    NUMBER,
    PRIMITIVES,
    STRING,
    ListType,
    MapType,
    ObjectType,
    SetType,
    TupleType,
    Type,
    describe,
)
from bakehouse.template.printing import quote
from bakehouse.template.scope import LITERALS
from bakehouse.template.syntax import tree
from bakehouse.template.values import Value, null, object_of, render, tuple_of

__all__ = [
    "BOOL",
    "DYNAMIC",
    "NUMBER",
    "STRING",
    "Defaults",
    "ListType",
    "MapType",
    "ObjectType",
    "SetType",
    "TupleType",
    "Type",
    "describe",
    "parse_type",
    "written_type",
]

_COLLECTIONS: dict[str, type[ListType | SetType | MapType]] = {"list": ListType, "set": SetType, "map": MapType}
_KEYWORDS = (*PRIMITIVES, "any")
_CONSTRUCTORS = (*_COLLECTIONS, "object", "tuple")


@dataclass(frozen=True, slots=True)
class Defaults:
    """What `optional(T, default)` says: values by attribute name, and the defaults further inside.

    inside: by attribute name, by position in a tuple, or under "*" for the items of a collection.
    """

    values: Mapping[str, Value] = field(default_factory=dict)
    inside: Mapping[str | int, Defaults] = field(default_factory=dict)

    def apply(self, value: Value) -> Value:
        """The value with defaults where an optional attribute is missing or null; before it is converted."""
        if value.is_null or not value.is_known:
            return value
        if isinstance(value.payload, dict):
            given: dict[str, Value] = dict(value.payload)
            for name, default in self.values.items():
                if given.get(name, null()).is_null:
                    given[name] = default
            return object_of({name: self._below(name, item) for name, item in given.items()}).marked(value.marks)
        if isinstance(value.payload, tuple):
            return tuple_of(self._below(at, item) for at, item in enumerate(value.payload)).marked(value.marks)
        return value

    def _below(self, place: str | int, item: Value) -> Value:
        defaults = self.inside.get(place, self.inside.get("*"))
        return item if defaults is None else defaults.apply(item)


def written_type(kind: Type, defaults: Defaults | None) -> str:
    """The type as it is written, with the defaults in its optional(...)."""
    if defaults is None:
        return str(kind)
    inside = defaults.inside
    match kind:
        case ListType(element) | SetType(element) | MapType(element):
            return f"{str(kind).partition('(')[0]}({written_type(element, inside.get('*'))})"
        case TupleType(items):
            return f"tuple([{', '.join(written_type(item, inside.get(at)) for at, item in enumerate(items))}])"
        case ObjectType(attributes):
            fields = (
                f"{name} = {_written_field(kind, name, written_type(each, inside.get(name)), defaults)}"
                for name, each in sorted(attributes.items())
            )
            return f"object({{{', '.join(fields)}}})"
    return str(kind)


def _written_field(kind: ObjectType, name: str, type: str, defaults: Defaults) -> str:
    if name not in kind.optional:
        return type
    default = defaults.values.get(name)
    return f"optional({type})" if default is None else f"optional({type}, {_written_value(default)})"


def _written_value(value: Value) -> str:
    if isinstance(value.payload, dict):
        return f"{{{', '.join(f'{name} = {_written_value(item)}' for name, item in value.payload.items())}}}"
    if isinstance(value.payload, (tuple, frozenset)):
        return f"[{', '.join(map(_written_value, value.payload))}]"
    return quote(value.payload) if isinstance(value.payload, str) else render(value)


def parse_type(expression: tree.Expression) -> tuple[Type, Defaults | None]:
    """The type that an expression stands for, and its defaults if there are any. TemplateError if it is no type."""
    match expression:
        case tree.Variable(name=name):
            return _keyword(expression, name), None
        case tree.Call(name=name, arguments=arguments) if name in _CONSTRUCTORS:
            if len(arguments) != 1 or expression.expand:
                raise error_at(expression, Fault("Not a type", f"{name}(...) takes one argument."))
            return _constructed(name, arguments[0])
        case tree.Call(name="optional"):
            raise error_at(expression, Fault("Not a type", "optional(...) stands only inside object({...})."))
        case tree.Parentheses(inner=inner):
            return parse_type(inner)
        case tree.Call(name=name):
            help = nearest(name, (*_CONSTRUCTORS, *_KEYWORDS))
            raise error_at(expression.name_range, Fault("Not a type", f'There is no type "{name}(...)".', help=help))
    raise error_at(expression, Fault("Not a type", "A type is string, number, bool, any, or list(...) and the like."))


def _keyword(expression: tree.Expression, name: str) -> Type:
    if name == "any":
        return DYNAMIC
    if name in PRIMITIVES:
        return PRIMITIVES[name]
    if name in _CONSTRUCTORS:
        inner = {"object": "{name = string}", "tuple": "[string, number]"}.get(name, "string")
        raise error_at(
            expression, Fault("Not a type", f"{name} needs to know of what.", help=f"Write {name}({inner}).")
        )
    help = nearest(name, (*_KEYWORDS, *_CONSTRUCTORS))
    raise error_at(expression, Fault("Not a type", f'There is no type "{name}".', help=help))


def _constructed(name: str, argument: tree.Expression) -> tuple[Type, Defaults | None]:
    if name == "object":
        return _object(argument)
    if name == "tuple":
        if not isinstance(argument, tree.TupleNode):
            raise error_at(argument, Fault("Not a type", "tuple(...) takes a list of types, as in tuple([string])."))
        items = [parse_type(item) for item in argument.items]
        inside: dict[str | int, Defaults] = {at: each for at, (_, each) in enumerate(items) if each is not None}
        return TupleType(tuple(kind for kind, _ in items)), Defaults({}, inside) if inside else None
    element, defaults = parse_type(argument)
    return _COLLECTIONS[name](element), None if defaults is None else Defaults({}, {"*": defaults})


def _object(argument: tree.Expression) -> tuple[Type, Defaults | None]:
    if not isinstance(argument, tree.ObjectNode):
        raise error_at(argument, Fault("Not a type", "object(...) takes names and types, as in object({a = string})."))
    attributes: dict[str, Type] = {}
    optional: set[str] = set()
    values: dict[str, Value] = {}
    inside: dict[str | int, Defaults] = {}
    for key, given in argument.items:
        name = _attribute_name(key)
        if name in attributes:
            raise error_at(key, Fault("Duplicate attribute", f'"{name}" stands here twice.'))
        wanted = given
        if isinstance(given, tree.Call) and given.name == "optional":
            wanted = _optional(given)
            optional.add(name)
        attributes[name], defaults = parse_type(wanted)
        if defaults is not None:
            inside[name] = defaults
        if isinstance(given, tree.Call) and given.name == "optional" and len(given.arguments) == 2:
            values[name] = _default(given.arguments[1], attributes[name], defaults)
    return ObjectType(attributes, frozenset(optional)), Defaults(values, inside) if values or inside else None


def _attribute_name(key: tree.Expression) -> str:
    if isinstance(key, tree.Literal) and isinstance(key.value, str) and not key.range.text.startswith('"'):
        return key.value
    raise error_at(key, Fault("Not an attribute name", "A name stands here, without quotes."))


def _optional(call: tree.Call) -> tree.Expression:
    if not 1 <= len(call.arguments) <= 2 or call.expand:
        raise error_at(call, Fault("Not a type", "It is optional(type) or optional(type, default)."))
    return call.arguments[0]


def _default(expression: tree.Expression, kind: Type, defaults: Defaults | None) -> Value:
    """The value of a default, which may name nothing, as one of its type."""
    value = evaluate(expression, LITERALS)
    try:
        return convert(defaults.apply(value) if defaults else value, kind)
    except Fault as fault:
        raise error_at(expression, Fault("Default of the wrong type", fault.detail, help=fault.help)) from None
