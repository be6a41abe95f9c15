"""What holds of every value: round trips, idempotence, order."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bakehouse.template import numbers
from bakehouse.template.convert import convert, convertible, unify
from bakehouse.template.fault import Fault
from bakehouse.template.functions import FUNCTIONS
from bakehouse.template.kinds import (
    BOOL,
    DYNAMIC,
    NUMBER,
    STRING,
    ListType,
    MapType,
    Type,
    type_from_json,
    type_to_json,
)
from bakehouse.template.values import (
    SENSITIVE,
    Value,
    equal,
    from_json,
    from_python,
    set_of,
    to_json,
    to_python,
    unknown,
)

QUICK = settings(max_examples=40, deadline=None, derandomize=True)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12)
TEXTS = st.text(st.characters(blacklist_categories=["Cs"]), max_size=12)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-(10**30), 10**30), DECIMALS, TEXTS)
PLAIN = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)
VALUES = PLAIN.map(from_python)


def _sprinkled(value: Value, choices: list[int]) -> Value:
    """The value with some parts made unknown or sensitive."""
    choice = choices.pop() if choices else 0
    if choice == 1:
        return unknown(value.type)
    payload: Any = value.payload
    if isinstance(payload, tuple):
        payload = tuple(_sprinkled(item, choices) for item in payload)
    elif isinstance(payload, dict):
        payload = {name: _sprinkled(item, choices) for name, item in payload.items()}
    return Value(value.type, payload, SENSITIVE if choice == 2 else frozenset())


@QUICK
@given(VALUES, st.lists(st.integers(0, 2), max_size=12))
def test_typed_json_round_trip(value: Value, choices: list[int]) -> None:
    value = _sprinkled(value, choices)
    assert from_json(json.loads(json.dumps(to_json(value)))) == value


@QUICK
@given(VALUES)
def test_types_round_trip_and_values_equal_themselves(value: Value) -> None:
    assert type_from_json(json.loads(json.dumps(type_to_json(value.type)))) == value.type
    assert equal(value, value) is True


@QUICK
@given(VALUES)
def test_jsondecode_undoes_jsonencode(value: Value) -> None:
    text = FUNCTIONS["jsonencode"].body(value)
    assert equal(FUNCTIONS["jsondecode"].body(text), value) is True
    json.loads(text)


@QUICK
@given(VALUES)
def test_yamldecode_undoes_yamlencode(value: Value) -> None:
    assert equal(FUNCTIONS["yamldecode"].body(FUNCTIONS["yamlencode"].body(value)), value) is True


@QUICK
@given(st.lists(SCALARS, min_size=1, max_size=5), st.sampled_from([STRING, NUMBER, BOOL, DYNAMIC]))
def test_a_conversion_once_done_changes_nothing(items: list[Any], element: Type) -> None:
    value = from_python(items)
    target = ListType(element)
    if convertible(value.type, target):
        try:
            converted = convert(value, target)
        except Fault:  # a string that is no number
            return
        assert convert(converted, converted.type) == converted
        assert isinstance(converted.type, ListType)
        assert all(item.type == converted.type.element for item in converted.payload)


@QUICK
@given(st.lists(VALUES, min_size=1, max_size=4))
def test_all_convert_to_the_type_they_unify_to(values: list[Value]) -> None:
    kind = unify([value.type for value in values])
    if kind is not None:
        assert all(convertible(value.type, kind) for value in values)
        assert unify([kind, *(value.type for value in values)]) is not None


@QUICK
@given(st.lists(TEXTS))
def test_a_set_has_each_item_once_in_order(texts: list[str]) -> None:
    items = to_python(set_of(STRING, [from_python(text) for text in texts]))
    assert items == sorted(set(items))


@QUICK
@given(st.dictionaries(TEXTS, st.integers(), max_size=5))
def test_a_map_keeps_its_keys_in_order(given_: dict[str, int]) -> None:
    keys = list(convert(from_python(given_), MapType(STRING)).payload)
    assert keys == sorted(keys)


@QUICK
@given(DECIMALS)
def test_a_number_survives_its_text(value: Decimal) -> None:
    number = numbers.normal(value)
    assert numbers.parse(numbers.plain(number)) == number


@QUICK
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_shown_float_reads_back(value: float) -> None:
    assert float(numbers.go_float(value)) == value


@QUICK
@given(DECIMALS, DECIMALS.filter(bool))
def test_arithmetic_is_exact(left: Decimal, right: Decimal) -> None:
    quotient = numbers.divide(numbers.normal(left), numbers.normal(right))
    assert numbers.compare(numbers.multiply(quotient, numbers.normal(right)), numbers.normal(left)) == 0
    total = numbers.add(numbers.normal(left), numbers.normal(right))
    assert numbers.subtract(total, numbers.normal(right)) == numbers.normal(left)
    rest = numbers.modulo(numbers.normal(left), numbers.normal(right))
    assert math.copysign(1, rest) == math.copysign(1, left) or rest == 0
