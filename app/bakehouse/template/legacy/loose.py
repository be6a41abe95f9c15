"""What a JSON template may give for an option of a type (mapstructure's weak decoding, packer-plugin-sdk's hooks).

HCL converts by its own types first, which is stricter. Here a string is a list, split at ",", where a list is asked
for; anything else is a list of one; and true is "1" where a string is asked for. The rest is `sdk.weak`'s.
"""

from __future__ import annotations

import dataclasses
import re
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

from bakehouse.template.json_syntax.nodes import Array, JsonValue, Member, Object, Scalar
from bakehouse.template.legacy.rendering import literal

_COMMA = re.compile(r"\{\{.*?\}\}|,", re.DOTALL)
Render = Callable[[str], str | None]
"""The text of a string when its `{{ }}` are done; None if that cannot be known yet."""


def loosened(node: JsonValue, hint: Any, render: Render) -> JsonValue:
    """The value as the type asks, as far as that differs from HCL's rules."""
    origin = get_origin(hint)
    if origin is Annotated:
        return loosened(node, get_args(hint)[0], render)
    if origin in (Union, types.UnionType):
        inner = [each for each in get_args(hint) if each is not types.NoneType]
        return loosened(node, inner[0], render) if len(inner) == 1 else node
    if origin in (list, tuple, Sequence):
        return _list(node, get_args(hint)[0], render)
    if origin in (dict, Mapping) and isinstance(node, Object):
        return _members(node, lambda name: get_args(hint)[1], render)
    if dataclasses.is_dataclass(hint) and isinstance(node, Object):
        kinds = {field.name: field.type for field in dataclasses.fields(hint)}
        return _members(node, lambda name: kinds.get(name, Any), render)
    if hint in (str, Path) and isinstance(node, Scalar) and isinstance(node.value, bool):
        return replace(node, value="1" if node.value else "0")
    return node


def _list(node: JsonValue, item: Any, render: Render) -> JsonValue:
    if isinstance(node, Array):
        return replace(node, items=tuple(loosened(each, item, render) for each in node.items))
    if isinstance(node, Scalar) and node.value is None:
        return node
    if isinstance(node, Scalar) and isinstance(node.value, str):
        text = render(node.value)
        if text is None:
            parts = _outside_actions(node.value)
        else:
            parts = [literal(part) for part in text.split(",")] if text else []
        return Array(tuple(Scalar(part, node.range) for part in parts), node.range)
    return Array((loosened(node, item, render),), node.range)


def _outside_actions(text: str) -> list[str]:
    """The text split where a comma stands that is not inside of `{{ }}`: what these give is not known yet."""
    return _COMMA.sub(lambda match: "\0" if match[0] == "," else match[0], text).split("\0")


def _members(node: Object, kind: Callable[[str], Any], render: Render) -> Object:
    members = (
        Member(each.name, each.name_range, loosened(each.value, kind(each.name), render)) for each in node.members
    )
    return replace(node, members=tuple(members))
