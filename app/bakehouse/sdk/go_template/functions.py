"""Packer's functions for `{{ }}` in options, those that need nothing but their arguments (packer-plugin-sdk,
template/interpolate/funcs.go). `build_name`, `build_type`, `pwd` and the like become constants before a text is read.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from bakehouse import PACKER_VERSION
from bakehouse.sdk.go_template import casing
from bakehouse.sdk.go_template.errors import CallError
from bakehouse.sdk.go_template.printing import shown
from bakehouse.sdk.go_time.layout import go_layout
from bakehouse.sdk.go_time.moments import STARTED, rfc3339
from bakehouse.sdk.go_time.strftime import strftime


def isotime(*layout: str) -> str:
    """When this process began, in UTC, in a Go layout; without one, RFC 3339."""
    if len(layout) > 1:
        raise CallError("it takes one layout at most")
    return go_layout(STARTED, _text(layout[0])) if layout else rfc3339(STARTED)


def timestamp() -> str:
    """When this process began, in seconds since 1970."""
    return str(int(STARTED.timestamp()))


def uuid() -> str:
    """A random UUID that begins with the time, so that later ones sort behind."""
    rest = os.urandom(12).hex()
    return f"{int(time.time()) & 0xFFFFFFFF:08x}-{rest[:4]}-{rest[4:8]}-{rest[8:12]}-{rest[12:]}"


def split(text: str, separator: str, place: int) -> str:
    """One of the parts between separators, from 0."""
    parts = _text(text).split(separator) if _text(separator) else list(_text(text))
    if not 0 <= _whole(place) < len(parts):
        raise CallError(f"there is no part {place}: there are {len(parts)}")
    return parts[place]


def replace(old: str, new: str, count: int, text: str) -> str:
    """The text with the first `count` of `old` replaced, all of them for a negative one."""
    return _text(text).replace(_text(old), _text(new), max(_whole(count), -1))


def replace_all(old: str, new: str, text: str) -> str:
    """The text with every `old` replaced."""
    return _text(text).replace(_text(old), _text(new))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise CallError("a string is missing" if value is None else f"{shown(value)} is no string")
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise CallError("a whole number is missing" if value is None else f"{shown(value)} is no whole number")
    return value


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "isotime": isotime,
    "strftime": lambda layout: strftime(STARTED, _text(layout)),
    "timestamp": timestamp,
    "uuid": uuid,
    "packer_version": lambda: PACKER_VERSION,
    "split": split,
    "replace": replace,
    "replace_all": replace_all,
    "upper": lambda text: casing.upper(_text(text)),
    "lower": lambda text: casing.lower(_text(text)),
}
"""In every option."""
