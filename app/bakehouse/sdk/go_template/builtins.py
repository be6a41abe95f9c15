"""The functions that every Go template has (Go's text/template, funcs.go); `and` and `or` are the evaluator's."""

from __future__ import annotations

import html as html_text
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bakehouse.sdk.go_template.errors import CallError
from bakehouse.sdk.go_template.formatting import sprintf
from bakehouse.sdk.go_template.printing import shown, sprint, type_name

_JS = {
    "\\": "\\\\", "'": "\\'", '"': '\\"', "<": "\\u003C", ">": "\\u003E", "&": "\\u0026", "=": "\\u003D",
}  # fmt: skip
_HTML = {"&#x27;": "&#39;", "&quot;": "&#34;"}


def _kind(value: Any) -> str:
    """Which values can be compared with it."""
    return "bool" if isinstance(value, bool) else type_name(value)


def _same(first: Any, second: Any) -> bool:
    if first is None or second is None:
        return first is second
    if isinstance(first, dict | list | tuple) or isinstance(second, dict | list | tuple):
        raise CallError("lists and maps cannot be compared")
    if _kind(first) != _kind(second):
        raise CallError(f"a {_kind(first)} cannot be compared with a {_kind(second)}")
    return bool(first == second)


def eq(first: Any, *others: Any) -> bool:
    """Whether the first is one of the others."""
    if not others:
        raise CallError("there is nothing to compare with")
    return any(_same(first, other) for other in others)


def ne(first: Any, second: Any) -> bool:
    """Whether they differ."""
    return not _same(first, second)


def lt(first: Any, second: Any) -> bool:
    """Whether the first is less."""
    if _kind(first) != _kind(second):
        raise CallError(f"a {_kind(first)} cannot be compared with a {_kind(second)}")
    if _kind(first) not in ("int", "float64", "string"):
        raise CallError(f"a {_kind(first)} has no order")
    return bool(first < second)


def le(first: Any, second: Any) -> bool:
    """Whether the first is not more."""
    return lt(first, second) or _same(first, second)


def gt(first: Any, second: Any) -> bool:
    """Whether the first is more."""
    return not le(first, second)


def ge(first: Any, second: Any) -> bool:
    """Whether the first is not less."""
    return not lt(first, second)


def length(value: Any) -> int:
    """Items of a list or map, bytes of a string."""
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, list | tuple | dict):
        return len(value)
    raise CallError(f"a {type_name(value)} has no length")


def index(value: Any, *keys: Any) -> Any:
    """An item of a list, of a map, or a byte of a string, and so on inside it."""
    for key in keys:
        if isinstance(value, dict):
            value = value.get(str(key))
            continue
        items = value.encode() if isinstance(value, str) else value
        if not isinstance(items, list | tuple | bytes):
            raise CallError(f"a {type_name(value)} has no items")
        if not isinstance(key, int) or isinstance(key, bool):
            raise CallError(f"{shown(key)} is no place in a list")
        if not 0 <= key < len(items):
            raise CallError(f"there is no item {key}: it has {len(items)}")
        value = items[key]
    return value


def cut(value: Any, *bounds: Any) -> Any:
    """A part of a list or of a string, in bytes, from the first bound to before the second."""
    if not isinstance(value, str | list | tuple) or len(bounds) > 2:
        raise CallError(f"a {type_name(value)} cannot be cut" if len(bounds) < 3 else "there are too many bounds")
    items = value.encode() if isinstance(value, str) else list(value)
    start = bounds[0] if bounds else 0
    end = bounds[1] if len(bounds) > 1 else len(items)
    if not all(type(bound) is int for bound in (start, end)) or not 0 <= start <= end <= len(items):
        raise CallError(f"there is no part {shown(start)} to {shown(end)}: it has {len(items)} items")
    return items[start:end].decode(errors="replace") if isinstance(items, bytes) else items[start:end]


def _joined(values: Sequence[Any]) -> str:
    """What the escaping functions escape; unlike print, they show nothing as an action does."""
    return sprint(["<no value>" if value is None else value for value in values])


def html(*values: Any) -> str:
    """Escaped for HTML."""
    text = html_text.escape(_joined(values)).replace("\0", "\ufffd")
    for ours, gos in _HTML.items():
        text = text.replace(ours, gos)
    return text


def js(*values: Any) -> str:
    """Escaped for JavaScript."""
    return "".join(
        _JS.get(each) or (each if each.isprintable() or each == "\x7f" else f"\\u{ord(each):04X}")
        for each in _joined(values)
    )


def urlquery(*values: Any) -> str:
    """Escaped for the query of a URL."""
    return urllib.parse.quote_plus(_joined(values), safe="", errors="replace")


def call(function: Any, *arguments: Any) -> Any:
    """No value here is a function."""
    raise CallError(f"a {type_name(function)} is no function")


def negation(value: Any) -> bool:
    """`not`."""
    return not value


BUILTINS: Mapping[str, Callable[..., Any]] = {
    "and": negation,
    "or": negation,
    "not": negation,
    "eq": eq,
    "ne": ne,
    "lt": lt,
    "le": le,
    "gt": gt,
    "ge": ge,
    "len": length,
    "index": index,
    "slice": cut,
    "print": lambda *values: sprint(values),
    "printf": sprintf,
    "println": lambda *values: " ".join(map(shown, values)) + "\n",
    "html": html,
    "js": js,
    "urlquery": urlquery,
    "call": call,
}
"""By name. `and` and `or` stand here to be known; the evaluator never calls them."""
