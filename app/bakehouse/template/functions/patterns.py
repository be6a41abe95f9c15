"""Regular expressions: RE2, as Packer has them (Go's regexp). Replacements are Go's: `$1`, `${name}`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bakehouse.template.callables import Family, text
from bakehouse.template.fault import Fault
from bakehouse.template.kinds import STRING, ObjectType, TupleType, Type
from bakehouse.template.values import Value, list_of, null, object_of, string, tuple_of

family = Family()
_REFERENCE = re.compile(r"\$(?:\$|\{(?P<braced>\w+)\}|(?P<bare>\w+))")


def compiled(pattern: str, argument: int) -> Any:
    """The pattern, ready; Fault of that argument if it is none."""
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options=options)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        reason = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise Fault(
            "Not a regular expression",
            f"{reason[:1].upper()}{reason[1:]}.",
            help="Patterns are RE2's: without look-around and back references.",
            argument=argument,
        ) from None


def _names(pattern: Any) -> list[str]:
    """The names of the groups; Fault if only some have one."""
    names: list[str] = sorted(pattern.groupindex, key=pattern.groupindex.__getitem__)
    if names and len(names) != pattern.groups:
        raise Fault("Groups with and without names", "Name all groups of the pattern or none.", argument=0)
    return names


def _shape(pattern: Any) -> Type:
    names = _names(pattern)
    if names:
        return ObjectType(dict.fromkeys(names, STRING))
    return TupleType((STRING,) * pattern.groups) if pattern.groups else STRING


def _found(match: Any, names: list[str]) -> Value:
    groups = [null(STRING) if group is None else string(group) for group in match.groups()]
    if names:
        return object_of(dict(zip(names, groups, strict=True)))
    return tuple_of(groups) if groups else string(match.group())


@family.function("regex", text("pattern"), text("string"))
def regex(pattern: str, given: str) -> Value:
    """The first match: a string, or the groups as a tuple, or as an object if they have names."""
    ready = compiled(pattern, 0)
    names = _names(ready)
    match = ready.search(given)
    if match is None:
        raise Fault("No match", "The pattern does not match.", help="can() and try() tell without an error.")
    return _found(match, names)


@family.function("regexall", text("pattern"), text("string"))
def regex_all(pattern: str, given: str) -> Value:
    """Every match, each as `regex` would give it."""
    ready = compiled(pattern, 0)
    names = _names(ready)
    return list_of(_shape(ready), [_found(match, names) for match in _matches(ready, given)])


def _matches(pattern: Any, given: str) -> Iterator[Any]:
    """Go's FindAll: an empty match right after another one does not count."""
    position, before = 0, -1
    while position <= len(given) and (match := pattern.search(given, position)):
        empty = match.end() == position
        if not (empty and match.start() == before):
            yield match
        position = position + 1 if empty else match.end()
        before = match.end()


@family.function("regex_replace", text(), text("pattern"), text("replace"), result=STRING)
def regex_replace(given: str, pattern: str, replacement: str) -> str:
    """Every match replaced; `$1`, `$name` and `${name}` stand for groups, `$$` for a dollar sign."""
    ready = compiled(pattern, 1)
    result, copied, position = [], 0, 0
    while position <= len(given) and (match := ready.search(given, position)):
        result.append(given[copied : match.start()])
        if match.end() > copied or match.start() == 0:
            result.append(_expand(match, replacement))
        copied = match.end()
        position = max(position + 1, match.end())
    return "".join(result) + given[copied:]


def _expand(match: Any, replacement: str) -> str:
    def group(reference: re.Match[str]) -> str:
        name = reference["braced"] or reference["bare"]
        if name is None:
            return "$"
        if name.isdigit():
            return (match.group(int(name)) or "") if int(name) <= match.re.groups else ""
        return (match.group(name) or "") if name in match.re.groupindex else ""

    return _REFERENCE.sub(group, replacement)
