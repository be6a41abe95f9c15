"""Numbers: exact integers, and decimals of 155 significant digits, which is what a 512-bit binary float holds.

Packer counts in 512-bit binary floats and prints the nearest 64-bit one. Results are compared after rounding to 150
digits, so that 1/3 + 1/3 + 1/3 == 1, as it is there; 0.1 + 0.2 is 0.3, as it is there.
"""

from __future__ import annotations

import decimal
import re
from decimal import Decimal

from bakehouse.template.fault import Fault

Number = int | Decimal

EXACT = decimal.Context(prec=155, Emax=999_999_999, Emin=-999_999_999, traps=[])
_ROUNDED = decimal.Context(prec=150, Emax=999_999_999, Emin=-999_999_999, traps=[])
_BIGGEST_POWER = 3_900  # above 10^this an integer stays a Decimal: `1e999999999` must not fill the memory
_MOST_BITS = 13_000  # 10^3900, about
_INT64 = range(-(2**63), 2**63)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z", re.ASCII)
_INFINITY = re.compile(r"[+-]?inf(inity)?\Z", re.ASCII | re.IGNORECASE)


def normal(number: Number) -> Number:
    """The one form of a number: an int if it is integral, else a Decimal without trailing zeros."""
    if isinstance(number, int):
        return number if number.bit_length() < _MOST_BITS else EXACT.create_decimal(number)
    if number.is_nan():
        raise Fault("Operation failed", "The result is not a number.")
    if number.is_infinite():
        return number
    rounded = _ROUNDED.plus(number)
    if rounded == 0:
        return 0
    if rounded.adjusted() < _BIGGEST_POWER and rounded == rounded.to_integral_value(context=EXACT):
        return int(number.to_integral_value(context=EXACT)) if len(number.as_tuple().digits) > 150 else int(rounded)
    return EXACT.plus(number).normalize(EXACT)


def parse(text: str) -> Number:
    """The number that a string stands for (Go's `big.ParseFloat`, decimal); ValueError if it is none."""
    if _NUMBER.match(text):
        return int(text) if text.isdigit() and len(text) < 150 else normal(EXACT.create_decimal(text))
    if _INFINITY.match(text):
        return Decimal("-Infinity" if text.startswith("-") else "Infinity")
    raise ValueError(text)


def plain(number: Number) -> str:
    """All digits, no exponent: how a number becomes a string or JSON."""
    if isinstance(number, int):
        return str(number)
    if number.is_infinite():
        return "-Inf" if number < 0 else "+Inf"
    return format(number, "f")


def shown(number: Number) -> str:
    """How Packer prints a number: an int64 as it is, anything else as Go's %v of the nearest 64-bit float."""
    if isinstance(number, int) and number in _INT64:
        return str(number)
    return go_float(to_float(number))


def to_float(number: Number) -> float:
    """The nearest 64-bit float; infinite if there is none."""
    try:
        return float(number)
    except OverflowError:
        return float("-inf") if number < 0 else float("inf")


def go_float(value: float) -> str:
    """Go's %v of a float64: the shortest digits, with an exponent below 1e-4 and from 1e+06 on (strconv/ftoa.go)."""
    if value in (float("inf"), float("-inf")):
        return "-Inf" if value < 0 else "+Inf"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    assert isinstance(exponent, int)
    text = "".join(map(str, digits))
    point = exponent + len(text)
    prefix = "-" if sign else ""
    if text != "0" and not -4 <= point - 1 < 6:
        mantissa = text[0] + (f".{text[1:]}" if len(text) > 1 else "")
        return f"{prefix}{mantissa}e{point - 1:+03d}"
    if point <= 0:
        return f"{prefix}0.{'0' * -point}{text}"
    return prefix + (text.ljust(point, "0") if point >= len(text) else f"{text[:point]}.{text[point:]}")


def compare(left: Number, right: Number) -> int:
    """-1, 0 or 1."""
    if not (isinstance(left, int) and isinstance(right, int)):
        left = _ROUNDED.plus(left) if isinstance(left, Decimal) else left
        right = _ROUNDED.plus(right) if isinstance(right, Decimal) else right
    return (left > right) - (left < right)


def add(left: Number, right: Number) -> Number:
    """left + right."""
    if isinstance(left, int) and isinstance(right, int):
        return left + right
    return normal(EXACT.add(Decimal(left), Decimal(right)))


def subtract(left: Number, right: Number) -> Number:
    """left - right."""
    return add(left, -right)


def multiply(left: Number, right: Number) -> Number:
    """left * right."""
    if isinstance(left, int) and isinstance(right, int):
        return normal(left * right)
    return normal(EXACT.multiply(Decimal(left), Decimal(right)))


def divide(left: Number, right: Number) -> Number:
    """left / right; by zero it is infinite, and 0/0 is a Fault."""
    if isinstance(left, int) and isinstance(right, int) and right and left % right == 0:
        return left // right
    if right == 0:
        if left == 0:
            raise Fault("Operation failed", "Zero divided by zero is not a number.")
        return Decimal("-Infinity" if left < 0 else "Infinity")
    return normal(EXACT.divide(Decimal(left), Decimal(right)))


def modulo(left: Number, right: Number) -> Number:
    """left % right with the sign of left; by zero it is left (cty, value_ops.go)."""
    if isinstance(left, Decimal) and left.is_infinite():
        raise Fault("Operation failed", "The remainder of an infinite number is not a number.")
    if right == 0 or (isinstance(right, Decimal) and right.is_infinite()):
        return left
    if isinstance(left, int) and isinstance(right, int):
        rest = abs(left) % abs(right)
        return -rest if left < 0 else rest
    quotient = EXACT.divide(Decimal(left), Decimal(right)).to_integral_value(decimal.ROUND_DOWN, EXACT)
    return normal(EXACT.subtract(Decimal(left), EXACT.multiply(quotient, Decimal(right))))
