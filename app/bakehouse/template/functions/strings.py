"""Functions of strings (go-cty, function/stdlib/string.go; strings of Go). Characters are grapheme clusters."""

from __future__ import annotations

from bakehouse.sdk.go_template import casing
from bakehouse.template.callables import Family, Parameter, text
from bakehouse.template.fault import Fault
from bakehouse.template.functions.numeric import whole
from bakehouse.template.kinds import BOOL, NUMBER, STRING, ListType
from bakehouse.template.numbers import Number
from bakehouse.template.values import Value

family = Family()
_STRINGS = ListType(STRING)
MOST_INDENTED = 64 * 1024 * 1024
"""Spaces that indent() adds in all: it cannot be made to fill the memory."""
# unicode.IsSpace of Go; str.strip() takes more.
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))


def graphemes(given: str) -> list[str]:
    """What people call the characters of a text (Unicode UAX 29)."""
    if given.isascii() and "\r" not in given:
        return list(given)
    import regex  # type: ignore[import-untyped]

    return [str(each) for each in regex.findall(r"\X", given)]


@family.function("chomp", text(), result=STRING)
def chomp(given: str) -> str:
    """Without newlines at the end."""
    return given.rstrip("\r\n")


@family.function("lower", text(), result=STRING)
def lower(given: str) -> str:
    """In small letters."""
    return casing.lower(given)


@family.function("upper", text(), result=STRING)
def upper(given: str) -> str:
    """In capital letters."""
    return casing.upper(given)


@family.function("title", text(), result=STRING)
def title(given: str) -> str:
    """The first letter of each word as a capital (Go's `strings.Title`: what is no letter, digit or _ ends a word)."""
    result, before = [], " "
    for each in given:
        result.append(_title(each) if _separates(before) else each)
        before = each
    return "".join(result)


def _title(character: str) -> str:
    mapped = character.title()
    return mapped if len(mapped) == 1 else character


def _separates(character: str) -> bool:
    if character.isascii():
        return not (character.isalnum() or character == "_")
    return character in _SPACE


@family.function("endswith", text(), text("suffix"), result=BOOL)
def ends_with(given: str, suffix: str) -> bool:
    """Whether it ends so."""
    return given.endswith(suffix)


@family.function("startswith", text(), text("prefix"), result=BOOL)
def starts_with(given: str, prefix: str) -> bool:
    """Whether it begins so."""
    return given.startswith(prefix)


@family.function("strcontains", text(), text("substr"), result=BOOL)
def contains_text(given: str, part: str) -> bool:
    """Whether it contains that."""
    return part in given


@family.function("indent", Parameter("spaces", NUMBER), text(), result=STRING)
def indent(spaces: Number, given: str) -> str:
    """Every line but the first begins with so many spaces more."""
    count = whole(spaces, 0, "spaces")
    if count < 0:
        raise Fault('Unsuitable "spaces"', "It cannot be negative.", argument=0)
    if count * given.count("\n") > MOST_INDENTED:
        raise Fault('Unsuitable "spaces"', f"The result would be longer than {MOST_INDENTED} spaces.", argument=0)
    return given.replace("\n", "\n" + " " * count) if "\n" in given else given


@family.function("join", text("separator"), rest=Parameter("lists", _STRINGS), result=STRING)
def join(separator: str, *lists: Value) -> str:
    """All items of all lists, with the separator between them."""
    if not lists:
        raise Fault("Not enough arguments", "join() needs a separator and at least one list.")
    texts = []
    for at, given in enumerate(lists, 1):
        for item in given.payload:
            if item.is_null:
                raise Fault("Null in a list", "null cannot be part of a string.", argument=at)
            texts.append(item.payload)
    return separator.join(texts)


@family.function("split", text("separator"), text(), result=_STRINGS)
def split(separator: str, given: str) -> list[str]:
    """The parts between separators; with an empty one, every code point."""
    return given.split(separator) if separator else list(given)


@family.function("replace", text(), text("substr"), text("replace"), result=STRING)
def replace(given: str, part: str, by: str) -> str:
    """Every occurrence replaced, literally."""
    return given.replace(part, by)


@family.function("strrev", text(), result=STRING)
def reverse_text(given: str) -> str:
    """The characters in reverse order."""
    return "".join(reversed(graphemes(given)))


@family.function("substr", text(), Parameter("offset", NUMBER), Parameter("length", NUMBER), result=STRING)
def substr(given: str, offset: Number, length: Number) -> str:
    """`length` characters from `offset`; a negative offset counts from the end, length -1 is all that follows."""
    start, count = whole(offset, 1, "offset"), whole(length, 2, "length")
    characters = graphemes(given)
    start = max(0, start + len(characters)) if start < 0 else start
    return "".join(characters[start:] if count < 0 else characters[start : start + count])


@family.function("trim", text(), text("cutset"), result=STRING)
def trim(given: str, cutset: str) -> str:
    """Without the characters of the set at both ends."""
    return given.strip(cutset) if cutset else given


@family.function("trimprefix", text(), text("prefix"), result=STRING)
def trim_prefix(given: str, prefix: str) -> str:
    """Without this at the beginning."""
    return given.removeprefix(prefix)


@family.function("trimsuffix", text(), text("suffix"), result=STRING)
def trim_suffix(given: str, suffix: str) -> str:
    """Without this at the end."""
    return given.removesuffix(suffix)


@family.function("trimspace", text(), result=STRING)
def trim_space(given: str) -> str:
    """Without white space at both ends."""
    return given.strip(_SPACE)
