"""Functions of lists, tuples and sets (go-cty, function/stdlib/collection.go and sequence.go)."""

from __future__ import annotations

from collections.abc import Iterator

from bakehouse.template import numbers
from bakehouse.template.callables import Family, Needs, Parameter
from bakehouse.template.convert import convert, unify
from bakehouse.template.fault import Fault
from bakehouse.template.functions.numeric import whole
from bakehouse.template.kinds import BOOL, DYNAMIC, NUMBER, STRING, ListType, SetType, TupleType, one
from bakehouse.template.numbers import Number
from bakehouse.template.traversal import index as item_at
from bakehouse.template.values import Value, boolean, equal, list_of, number, tuple_of, unknown

family = Family()
_BOOLS = Parameter("list", ListType(BOOL), needs=Needs.ITSELF)
_LIST = Parameter("list", ListType(DYNAMIC), needs=Needs.ITSELF)
_ANY = Parameter("list", needs=Needs.ITSELF)
_VALUE = Parameter("value", needs=Needs.NOTHING)
_MOST_IN_RANGE = 1024  # Packer's limit


def sequence(value: Value, argument: int, *kinds: type[ListType | SetType | TupleType]) -> Value:
    """The value, which must be a list, tuple or set (or one of `kinds`), else Fault of that argument."""
    wanted = kinds or (ListType, TupleType, SetType)
    if isinstance(value.type, wanted):
        return value
    names = " or ".join(kind.__name__.removesuffix("Type").lower() for kind in wanted)
    raise Fault("Wrong type", f"A {names} is needed here; this is {one(value.type)}.", argument=argument)


@family.function("alltrue", _BOOLS, result=BOOL)
def all_true(given: Value) -> Value:
    """Whether every item is true; null counts as false."""
    if any(item.is_null or item.payload is False for item in given.payload):
        return boolean(False)
    return boolean(True) if given.wholly_known() else unknown(BOOL)


@family.function("anytrue", _BOOLS, result=BOOL)
def any_true(given: Value) -> Value:
    """Whether some item is true."""
    if any(item.payload is True for item in given.payload):
        return boolean(True)
    return boolean(False) if given.wholly_known() else unknown(BOOL)


@family.function("chunklist", _LIST, Parameter("size", NUMBER), structural=True)
def chunk_list(given: Value, size: Number) -> Value:
    """Lists of at most `size` items each; of all items if it is 0."""
    count = whole(size, 1, "size")
    if count < 0:
        raise Fault('Unsuitable "size"', "It cannot be negative.", argument=1)
    items = given.payload
    starts = range(0, len(items), count) if count else range(min(1, len(items)))
    chunks = [Value(given.type, items[at : at + count] if count else items) for at in starts]
    return list_of(given.type, chunks)


@family.function("coalescelist", rest=Parameter("lists", null=True, needs=Needs.NOTHING), structural=True)
def coalesce_list(*lists: Value) -> Value:
    """The first that is not empty."""
    for at, given in enumerate(lists):
        if given.type == DYNAMIC and not given.is_known:
            return unknown()
        if given.is_null or not isinstance(given.type, (ListType, TupleType, SetType)):
            raise Fault("Wrong type", "Every argument must be a list.", argument=at)
        if not given.is_known:
            return unknown()
        if given.payload:
            return given
    raise Fault("Nothing left", "Every list is empty.")


@family.function("compact", Parameter("list", ListType(STRING)), result=ListType(STRING))
def compact(given: Value) -> list[str]:
    """Without null and empty strings."""
    return [item.payload for item in given.payload if item.payload]


@family.function("concat", rest=Parameter("seqs", needs=Needs.ITSELF), structural=True)
def concat(*given: Value) -> Value:
    """All items one after the other: a list if only lists are given, and their items unify; else a tuple."""
    if not given:
        raise Fault("Not enough arguments", "concat() needs at least one list.")
    for at, each in enumerate(given):
        sequence(each, at, ListType, TupleType)
    kind = unify([each.type for each in given]) if all(isinstance(each.type, ListType) for each in given) else None
    if isinstance(kind, ListType):
        return list_of(kind.element, [item for each in given for item in convert(each, kind).payload])
    return tuple_of(item for each in given for item in each.payload)


@family.function("contains", _ANY, _VALUE, result=BOOL)
def contains(given: Value, value: Value) -> Value:
    """Whether an item equals the value; "1" does not equal 1."""
    answers = [equal(item, value) for item in sequence(given, 0).payload]
    return boolean(True) if True in answers else unknown(BOOL) if None in answers else boolean(False)


@family.function("distinct", Parameter("list", ListType(DYNAMIC)))
def distinct(given: Value) -> Value:
    """Each item once, where it comes first."""
    kept: list[Value] = []
    for item in given.payload:
        if not any(equal(item, other) for other in kept):
            kept.append(item)
    return Value(given.type, tuple(kept))


@family.function("element", _ANY, Parameter("index", NUMBER), structural=True)
def element(given: Value, index: Number) -> Value:
    """The item at the index, which starts again at 0 where the list ends."""
    items = sequence(given, 0, ListType, TupleType).payload
    place = whole(index, 1, "index")
    if place < 0:
        raise Fault('Unsuitable "index"', "It cannot be negative.", argument=1)
    if not items:
        raise Fault("Empty list", "An empty list has no element.", argument=0)
    return item_at(given, number(place % len(items)))


@family.function("flatten", _ANY, structural=True)
def flatten(given: Value) -> Value:
    """The items of all lists inside, at any depth, as one tuple."""
    items = list(_flat(sequence(given, 0)))
    if any(not item.is_known and isinstance(item.type, (ListType, SetType, TupleType)) for item in items):
        return unknown()
    return tuple_of(items)


def _flat(value: Value) -> Iterator[Value]:
    for item in value.payload:
        if isinstance(item.payload, tuple):
            yield from (inner.marked(item.marks) for inner in _flat(item))
        else:
            yield item


@family.function("index", _ANY, _VALUE, result=NUMBER)
def index(given: Value, value: Value) -> Value:
    """The place of the first item that equals the value."""
    for at, item in enumerate(sequence(given, 0, ListType, TupleType).payload):
        same = equal(item, value)
        if same is None:
            return unknown(NUMBER)
        if same:
            return number(at)
    raise Fault("Not in the list", "No item equals the value.", argument=1)


@family.function("range", rest=Parameter("params", NUMBER), result=ListType(NUMBER))
def number_range(*given: Number) -> list[Number]:
    """Numbers from `start` (0) up or down to before `limit`, by `step` (1 or -1); at most 1024."""
    if not 1 <= len(given) <= 3:
        usage = "It is range(limit), range(start, limit) or range(start, limit, step)."
        raise Fault("Wrong number of arguments", usage)
    start, limit = (given[0], given[1]) if len(given) > 1 else (0, given[0])
    down = limit < start
    step = given[2] if len(given) == 3 else -1 if down else 1
    if step == 0 or (step < 0) != down and start != limit:
        raise Fault('Unsuitable "step"', "It must lead from the start to the limit.", argument=2)
    result: list[Number] = []
    at: Number = start
    while (numbers.compare(at, limit) > 0) if step < 0 else (numbers.compare(at, limit) < 0):
        if len(result) == _MOST_IN_RANGE:
            raise Fault("Too many numbers", f"A range has at most {_MOST_IN_RANGE}.")
        result.append(at)
        at = numbers.add(at, step)
    return result


@family.function("reverse", _ANY, structural=True)
def reverse(given: Value) -> Value:
    """The items in reverse order; of a set, a list."""
    items = tuple(reversed(sequence(given, 0).payload))
    if isinstance(given.type, SetType):
        return list_of(given.type.element, items)
    return tuple_of(items) if isinstance(given.type, TupleType) else Value(given.type, items)


@family.function("slice", _ANY, Parameter("start_index", NUMBER), Parameter("end_index", NUMBER), structural=True)
def slice_list(given: Value, start: Number, end: Number) -> Value:
    """The items from the start to before the end."""
    items = sequence(given, 0, ListType, TupleType).payload
    first, last = whole(start, 1, "start_index"), whole(end, 2, "end_index")
    if not 0 <= first <= len(items):
        raise Fault("No such item", f"The list has {len(items)} items.", argument=1)
    if not first <= last <= len(items):
        raise Fault("No such item", f"The list has {len(items)} items, and the slice starts at {first}.", argument=2)
    part = items[first:last]
    return tuple_of(part) if isinstance(given.type, TupleType) else Value(given.type, part)


@family.function("sort", Parameter("list", ListType(STRING)), result=ListType(STRING))
def sort(given: Value) -> list[str]:
    """Strings in the order of their code points."""
    if any(item.is_null for item in given.payload):
        raise Fault("Null in a list", "null has no place in the order.", argument=0)
    return sorted(item.payload for item in given.payload)
