"""`yamldecode` (zclconf/go-cty-yaml): YAML 1.1 with rules of its own for what a plain text is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from bakehouse.template import numbers
from bakehouse.template.callables import Family, text
from bakehouse.template.convert import convert
from bakehouse.template.fault import Fault
from bakehouse.template.kinds import STRING
from bakehouse.template.values import Value, boolean, null, number, object_of, string, tuple_of

family = Family()
_TAG = "tag:yaml.org,2002:"
_NULLS = {"", "~", "null", "Null", "NULL"}
_TRUE = {"y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"}
_FALSE = {"n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"}
_INFINITE = re.compile(r"(?P<sign>[+-]?)\.(?:inf|Inf|INF)")
_BINARY = re.compile(r"(?P<sign>[+-]?)0b(?P<digits>[01]+)")
_NUMBER = re.compile(r"[+-]?(?:\d|\.\d)", re.ASCII)
_KNOWN_TAGS = {"str", "int", "float", "bool", "null", "binary", "timestamp", "merge"}


@family.function("yamldecode", text("src"))
def yaml_decode(given: str) -> Value:
    """What a YAML text with one document says."""
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        return _Reader(yaml.parse(given, Loader=loader)).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f", at line {mark.line + 1}, column {mark.column + 1} of the text" if mark else ""
        raise Fault("Not YAML", f"{error.problem or error.context}{place}.", argument=0) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Fault("Not YAML", str(error), argument=0) from None


class _Reader:
    """Values from the events of a parser."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self._anchors: dict[str, Value | None] = {}

    def document(self) -> Value:
        """The only document. ValueError if there are none or several."""
        import yaml

        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            raise ValueError("There is no document in it.")
        value = self._node(next(self._events))
        next(self._events)
        if not isinstance(next(self._events), yaml.StreamEndEvent):
            raise ValueError("There is more than one document in it.")
        return value

    def _node(self, event: Any) -> Value:
        import yaml

        if isinstance(event, yaml.AliasEvent):
            known = self._anchors.get(str(event.anchor))
            if known is None:
                raise ValueError(f'The anchor "{event.anchor}" is not known here.')
            return known
        if event.anchor:
            self._anchors[event.anchor] = None
        if isinstance(event, yaml.ScalarEvent):
            value = _scalar(event.value, event.tag, event.implicit[0], event.style)
        elif isinstance(event, yaml.SequenceStartEvent):
            _check(event.tag, "seq")
            value = tuple_of(self._until(yaml.SequenceEndEvent))
        else:
            _check(event.tag, "map")
            value = self._mapping()
        if event.anchor:
            self._anchors[event.anchor] = value
        return value

    def _until(self, end: type) -> Iterator[Value]:
        while not isinstance(event := next(self._events), end):
            yield self._node(event)

    def _mapping(self) -> Value:
        import yaml

        own: dict[str, Value] = {}
        merged: dict[str, Value] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            merges = isinstance(event, yaml.ScalarEvent) and event.value == "<<" and event.implicit[0]
            key = None if merges else _key(self._node(event))
            value = self._node(next(self._events))
            if key is None:
                merged = _merge(value) | merged
            else:
                own[key] = value
        return object_of(merged | own)


def _merge(value: Value) -> dict[str, Value]:
    """What `<<` brings in: a mapping, or a list of them of which the first wins."""
    sources = value.payload if isinstance(value.payload, tuple) else (value,)
    result: dict[str, Value] = {}
    for source in reversed(sources):
        if not isinstance(source.payload, dict):
            raise ValueError("<< takes a mapping or a list of mappings.")
        result |= source.payload
    return result


def _key(value: Value) -> str:
    if value.is_null:
        raise ValueError("A key cannot be null.")
    try:
        return str(convert(value, STRING).payload)
    except Fault:
        raise ValueError("A key must be a scalar.") from None


def _check(tag: str | None, kind: str) -> None:
    if tag not in (None, "!", f"{_TAG}{kind}"):
        raise ValueError(f'The tag "{tag}" is not supported here.')


def _scalar(given: str, tag: str | None, plain: bool, style: str | None) -> Value:
    """The value of a scalar. plain: without a tag or quotes. What is in quotes stays a text whatever its tag."""
    if tag in (None, "!"):
        return _resolved(given) if plain else string(given)
    name = str(tag).removeprefix(_TAG)
    if name not in _KNOWN_TAGS:
        raise ValueError(f'The tag "{tag}" is not supported.')
    if name == "null":
        return null()
    if name in ("int", "float", "bool") and not style:
        return _resolved(given)
    return string(given)


def _resolved(given: str) -> Value:
    """What a plain scalar stands for."""
    if given in _NULLS:
        return null()
    if given in _TRUE or given in _FALSE:
        return boolean(given in _TRUE)
    if given in (".nan", ".NaN", ".NAN"):
        raise ValueError("There is no NaN in the language.")
    if infinite := _INFINITE.fullmatch(given):
        return number(Decimal(f"{infinite['sign']}Infinity"))
    compact = given.replace("_", "")
    if binary := _BINARY.fullmatch(compact):
        return number(int(f"{binary['sign']}{binary['digits']}", 2))
    if _NUMBER.match(compact):
        try:
            return number(numbers.parse(compact))
        except ValueError:
            return string(given)
    return string(given)
