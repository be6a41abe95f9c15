"""Functions of sets (go-cty, function/stdlib/set.go)."""

from __future__ import annotations

import itertools

from bakehouse.template.callables import Family, Parameter
from bakehouse.template.convert import convert, unify
from bakehouse.template.fault import Fault
from bakehouse.template.functions.lists import sequence
from bakehouse.template.kinds import DYNAMIC, ListType, SetType, TupleType, Type
from bakehouse.template.values import Value, list_of, set_of, tuple_of

family = Family()
_FIRST = Parameter("first_set", SetType(DYNAMIC))
_REST = Parameter("other_sets", SetType(DYNAMIC))


def _together(sets: tuple[Value, ...]) -> tuple[Type, list[Value]]:
    """The sets as sets of one type."""
    elements = [each.type.element for each in sets if isinstance(each.type, SetType)]
    kind = unify([each for each in elements if each != DYNAMIC] or [DYNAMIC])
    if kind is None:
        raise Fault("Different types", "The items of all sets must fit one type.")
    return kind, [convert(each, SetType(kind)) for each in sets]


@family.function("setunion", _FIRST, rest=_REST)
def union(*sets: Value) -> Value:
    """What is in any of the sets."""
    kind, ready = _together(sets)
    return set_of(kind, [item for each in ready for item in each.payload])


@family.function("setintersection", _FIRST, rest=_REST)
def intersection(*sets: Value) -> Value:
    """What is in all of the sets."""
    kind, ready = _together(sets)
    first, *others = ready
    return set_of(kind, [item for item in first.payload if all(item in each.payload for each in others)])


@family.function("setproduct", rest=Parameter("sets"))
def product(*given: Value) -> Value:
    """Every combination of one item of each: a set if all are sets, else a list."""
    if len(given) < 2:
        raise Fault("Not enough arguments", "setproduct() needs at least two lists or sets.")
    ready = [_collection(each, at) for at, each in enumerate(given)]
    kinds = [each.type.element for each in ready if isinstance(each.type, (ListType, SetType))]
    rows = [tuple_of(row) for row in itertools.product(*(each.payload for each in ready))]
    if all(isinstance(each.type, SetType) for each in ready):
        return set_of(TupleType(tuple(kinds)), rows)
    return list_of(TupleType(tuple(kinds)), rows)


def _collection(value: Value, argument: int) -> Value:
    sequence(value, argument)
    try:
        return convert(value, ListType(DYNAMIC)) if isinstance(value.type, TupleType) else value
    except Fault as fault:
        raise Fault("Different types", fault.detail, argument=argument) from None
