"""Functions of numbers (go-cty, function/stdlib/number.go)."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from bakehouse.template import numbers
from bakehouse.template.callables import Family, Parameter
from bakehouse.template.fault import Fault
from bakehouse.template.kinds import DYNAMIC, NUMBER, STRING, ListType
from bakehouse.template.numbers import Number
from bakehouse.template.values import Value

family = Family()
_NUM = Parameter("num", NUMBER)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def whole(value: Number, argument: int, name: str) -> int:
    """A number that must be integral, else Fault of that argument."""
    if isinstance(value, int):
        return value
    raise Fault(f'Unsuitable "{name}"', "A whole number is needed here.", argument=argument)


@family.function("abs", _NUM, result=NUMBER)
def absolute(num: Number) -> Number:
    """The number without its sign."""
    return num if num >= 0 else -num


@family.function("ceil", _NUM, result=NUMBER)
def ceil(num: Number) -> Number:
    """The least whole number that is not below."""
    return num if isinstance(num, int) or num.is_infinite() else num.to_integral_value(ROUND_CEILING, numbers.EXACT)


@family.function("floor", _NUM, result=NUMBER)
def floor(num: Number) -> Number:
    """The greatest whole number that is not above."""
    return num if isinstance(num, int) or num.is_infinite() else num.to_integral_value(ROUND_FLOOR, numbers.EXACT)


@family.function("max", rest=Parameter("numbers", NUMBER), result=NUMBER)
def maximum(*given: Number) -> Number:
    """The greatest."""
    if not given:
        raise Fault("Not enough arguments", "max() needs at least one number.")
    return max(given)


@family.function("min", rest=Parameter("numbers", NUMBER), result=NUMBER)
def minimum(*given: Number) -> Number:
    """The least."""
    if not given:
        raise Fault("Not enough arguments", "min() needs at least one number.")
    return min(given)


@family.function("signum", _NUM, result=NUMBER)
def signum(num: Number) -> int:
    """-1, 0 or 1."""
    return (whole(num, 0, "num") > 0) - (num < 0)


@family.function("sum", Parameter("list", ListType(NUMBER)), result=NUMBER)
def total(given: Value) -> Number:
    """All of a list added up; 0 for an empty one is a Fault, as in Packer."""
    if not given.payload:
        raise Fault("Empty list", "The sum of an empty list is not defined.", argument=0)
    result: Number = 0
    for item in given.payload:
        if item.is_null:
            raise Fault("Null in a list", "Only numbers can be added.", argument=0)
        result = numbers.add(result, item.payload)
    return result


@family.function("log", _NUM, Parameter("base", NUMBER), result=NUMBER)
def logarithm(num: Number, base: Number) -> Number:
    """The logarithm of `num` in `base`, as exact as 64-bit floats are."""
    for at, given in enumerate((num, base)):
        if given < 0:
            raise Fault("No logarithm", "A negative number has none.", argument=at)
    top, bottom = (math.log(each) if each else -math.inf for each in (num, base))
    if bottom == 0:
        if top == 0:
            raise Fault("No logarithm", "The base 1 has none.", argument=1)
        return Decimal("Infinity" if top > 0 else "-Infinity")
    return _from_float(top / bottom)


@family.function("pow", _NUM, Parameter("power", NUMBER), result=NUMBER)
def power(num: Number, exponent: Number) -> Number:
    """`num` to the power, as exact as 64-bit floats are."""
    base = numbers.to_float(num)
    try:
        return _from_float(math.pow(base, numbers.to_float(exponent)))
    except OverflowError:
        odd = isinstance(exponent, int) and exponent % 2
        return Decimal("-Infinity" if base < 0 and odd else "Infinity")
    except ValueError:
        if base == 0:
            return Decimal("Infinity")
        raise Fault("No such power", "A negative number has no fractional power.") from None


def _from_float(value: float) -> Number:
    if math.isnan(value):
        raise Fault("Operation failed", "The result is not a number.")
    return Decimal(value) if math.isinf(value) else numbers.normal(Decimal(repr(value)))


@family.function("parseint", Parameter("number", DYNAMIC), Parameter("base", NUMBER), result=NUMBER)
def parse_int(given: Value, base: Number) -> int:
    """A whole number written in a base from 2 to 62 (above 36, capital letters are digits of their own)."""
    if given.type != STRING:
        raise Fault('Unsuitable "number"', "parseint() reads a string.", argument=0)
    base = whole(base, 1, "base")
    if not 2 <= base <= 62:
        raise Fault('Unsuitable "base"', "A base is from 2 to 62.", argument=1)
    text: str = given.payload
    digits = text[1:] if text[:1] in ("+", "-") else text
    values = [_DIGITS.find(digit if base > 36 else digit.lower()) for digit in digits]
    if not values or not all(0 <= value < base for value in values):
        raise Fault("Not a whole number", f'"{text}" is no whole number in base {base}.', argument=0)
    result = 0
    for value in values:
        result = result * base + value
    return -result if text.startswith("-") else result
