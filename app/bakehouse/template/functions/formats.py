"""`format` and `formatlist` (go-cty, function/stdlib/format.go): Go's verbs, on values of the language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from bakehouse.template import numbers
from bakehouse.template.callables import Family, Parameter, text
from bakehouse.template.convert import convert
from bakehouse.template.fault import Fault
from bakehouse.template.functions.json_text import encode
from bakehouse.template.functions.strings import graphemes
from bakehouse.template.kinds import BOOL, NUMBER, STRING, ListType, SetType, TupleType, Type, one
from bakehouse.template.numbers import Number
from bakehouse.template.values import Value, list_of, string

family = Family()
_ARGUMENTS = Parameter("args", null=True)
_VERB = re.compile(
    r"%(?P<flags>[#0\-+ ]*)(?P<width>\d+)?(?:\.(?P<precision>\d+)?)?(?:\[(?P<at>[^\]]*)\])?(?P<mode>.?)", re.S
)
WIDEST = 10_000
"""Characters of a width and digits of a precision: a format cannot be made to fill the memory."""
_INTEGERS = {"b": "b", "d": "d", "o": "o", "x": "x", "X": "X"}
_PREFIXES = {"b": "0b", "o": "0", "x": "0x", "X": "0X", "d": ""}


@dataclass(frozen=True, slots=True)
class Verb:
    """One `%...` of a format. precision: None if there is none; `%.f` has 0."""

    raw: str
    flags: str
    width: int
    precision: int | None
    mode: str

    def pad(self, shown: str) -> str:
        """To the width, counted in characters as people see them."""
        fill = ("0" if "0" in self.flags else " ") * (self.width - len(graphemes(shown)))
        return shown + fill if "-" in self.flags else fill + shown


@family.function("format", text("format"), rest=_ARGUMENTS, result=STRING)
def format_text(layout: str, *arguments: Value) -> str:
    """The format with its verbs replaced by the arguments."""
    result, used = [], 0
    following, position = 0, 0
    for match in _VERB.finditer(layout):
        result.append(layout[position : match.start()])
        position = match.end()
        if match["mode"] == "%" and match[0] == "%%":
            result.append("%")
            continue
        verb = _verb(match)
        at = following if match["at"] is None else _explicit(match)
        if at >= len(arguments):
            raise Fault("Not enough arguments", f'"{verb.raw}" asks for argument {at + 1} of {len(arguments)}.')
        result.append(_formatted(verb, arguments[at]))
        following = at + 1
        used = max(used, following)
    if used < len(arguments):
        raise Fault("Too many arguments", f"The format uses only {used}.", argument=used + 1)
    return "".join(result) + layout[position:]


def _verb(match: re.Match[str]) -> Verb:
    if not match["mode"]:
        raise Fault("Unfinished format", f'"{match[0]}" has no letter at its end.', argument=0)
    precision = match["precision"]
    dotted = "." in match[0][: match.start("mode") - match.start()]
    return Verb(
        match[0],
        match["flags"],
        _size(match["width"] or "0", match[0]),
        _size(precision, match[0]) if precision else 0 if dotted else None,
        match["mode"],
    )


def _size(digits: str, verb: str) -> int:
    if len(digits) > len(str(WIDEST)) or int(digits) > WIDEST:
        shown = verb if len(verb) < 40 else f"{verb[:39]}…"
        raise Fault("Too wide", f'In "{shown}" there is a number above {WIDEST}.', argument=0)
    return int(digits)


def _explicit(match: re.Match[str]) -> int:
    if not match["at"].isdigit() or int(match["at"]) == 0:
        raise Fault("Unsuitable format", f'"{match[0]}" names no argument: they count from 1.', argument=0)
    return int(match["at"]) - 1


def _formatted(verb: Verb, value: Value) -> str:
    if value.is_null and verb.mode != "v":
        raise _unsuitable(verb, "null cannot be formatted.")
    match verb.mode:
        case "v":
            return verb.pad(_as_it_is(verb, value))
        case "t":
            return "true" if _converted(verb, value, BOOL) else "false"
        case "s" | "q":
            shown: str = _converted(verb, value, STRING)
            shown = "".join(graphemes(shown)[: verb.precision]) if verb.precision else shown
            return verb.pad(encode(string(shown)) if verb.mode == "q" else shown)
        case "b" | "d" | "o" | "x" | "X":
            return _integer(verb, _converted(verb, value, NUMBER))
        case "e" | "E" | "f" | "g" | "G":
            return _float(verb, _converted(verb, value, NUMBER))
    raise Fault("Unknown verb", f'There is no "{verb.raw}".', argument=0)


def _unsuitable(verb: Verb, reason: str) -> Fault:
    return Fault(f'Unsuitable value for "{verb.raw}"', reason)


def _converted(verb: Verb, value: Value, kind: Type) -> Any:
    try:
        return convert(value, kind).payload
    except Fault:
        raise _unsuitable(verb, f"A {kind} is needed here; this is {one(value.type)}.") from None


def _as_it_is(verb: Verb, value: Value) -> str:
    if "#" not in verb.flags and isinstance(value.payload, str):
        return value.payload
    if "#" not in verb.flags and value.type == NUMBER and not value.is_null:
        return _general(value.payload, None, "e")
    return encode(value)


def _integer(verb: Verb, value: Number) -> str:
    if not isinstance(value, int):
        raise _unsuitable(verb, "A whole number is needed here.")
    digits = format(abs(value), _INTEGERS[verb.mode]).rjust(verb.precision or 0, "0")
    prefix = _PREFIXES[verb.mode] if "#" in verb.flags else ""
    return _signed(verb, value < 0, prefix, digits, zeros=verb.precision is None)


def _signed(verb: Verb, negative: bool, prefix: str, digits: str, *, zeros: bool) -> str:
    sign = "-" if negative else "+" if "+" in verb.flags else " " if " " in verb.flags else ""
    head = sign + prefix
    if "0" in verb.flags and "-" not in verb.flags and zeros:
        return head + digits.rjust(verb.width - len(head), "0")
    shown = head + digits
    return shown.ljust(verb.width) if "-" in verb.flags else shown.rjust(verb.width)


def _float(verb: Verb, value: Number) -> str:
    if isinstance(value, Decimal) and value.is_infinite():
        return ("-Inf" if value < 0 else "+Inf").rjust(verb.width)
    size = abs(Decimal(value))
    mode = verb.mode.lower()
    if mode == "f":
        digits = format(_rounded(size, -(6 if verb.precision is None else verb.precision)), "f")
    elif mode == "e":
        digits = _scientific(size, 6 if verb.precision is None else verb.precision, "e")
    else:
        digits = _general(size, verb.precision, "e")
    return _signed(verb, value < 0, "", digits.upper() if verb.mode in "EG" else digits, zeros=True)


def _rounded(value: Decimal, exponent: int) -> Decimal:
    context = numbers.EXACT.copy()
    context.prec = max(context.prec, value.adjusted() - exponent + 2)
    return value.quantize(Decimal((0, (1,), exponent)), ROUND_HALF_EVEN, context)


def _scientific(value: Decimal, precision: int, letter: str) -> str:
    exponent = value.adjusted() if value else 0
    rounded = _rounded(value, exponent - precision)
    if rounded.adjusted() > exponent and rounded:
        exponent += 1
        rounded = _rounded(value, exponent - precision)
    digits = "".join(map(str, rounded.as_tuple().digits)).ljust(precision + 1, "0")
    return f"{digits[0]}{'.' if precision else ''}{digits[1 : precision + 1]}{letter}{exponent:+03d}"


def _general(value: Number, precision: int | None, letter: str) -> str:
    """Go's 'g': the shortest digits, or `precision` of them, with an exponent below 1e-4 and from 1e+06 on."""
    if isinstance(value, Decimal) and value.is_infinite():
        return "-Inf" if value < 0 else "+Inf"
    exact = Decimal(value)
    if precision is not None and exact:
        exact = _rounded(exact, exact.adjusted() - max(precision, 1) + 1)
    exact = exact.normalize(numbers.EXACT)
    digits = len(exact.as_tuple().digits)
    limit = 6 if precision is None else max(precision, 1)
    if precision is not None and limit > digits >= exact.adjusted() + 1:
        limit = digits
    if exact and not -4 <= exact.adjusted() < limit:
        sign = "-" if exact < 0 else ""
        return sign + _scientific(abs(exact), digits - 1, letter)
    return format(exact, "f")


@family.function("formatlist", text("format"), rest=_ARGUMENTS)
def format_list(layout: str, *arguments: Value) -> Value:
    """The format applied to the first items of all lists, then to the second ones; other arguments stay the same."""
    lists = {at: each.payload for at, each in enumerate(arguments) if _is_list(each)}
    lengths = {at: len(items) for at, items in lists.items()}
    count = next(iter(lengths.values()), 1)
    for at, length in lengths.items():
        if length != count:
            raise Fault(
                "Different lengths", f"The lists before have {count} items, this one {length}.", argument=at + 1
            )
    texts = []
    for turn in range(count):
        row = [lists[at][turn] if at in lists else each for at, each in enumerate(arguments)]
        texts.append(string(format_text(layout, *row)))
    return list_of(STRING, texts)


def _is_list(value: Value) -> bool:
    return isinstance(value.type, (ListType, SetType, TupleType)) and not value.is_null
