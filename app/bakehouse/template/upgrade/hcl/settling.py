"""What only JSON lets people write for an option, written as HCL asks for it: one text where a list is wanted.

Only for components that are installed, for only they say what they want.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bakehouse import registry
from bakehouse.errors import ComponentError
from bakehouse.sdk import weak
from bakehouse.template.json_syntax.nodes import Array, JsonValue, Member, Object, Scalar
from bakehouse.template.legacy.loose import loosened

_KINDS = {
    "builders": "builder",
    "provisioners": "provisioner",
    "error-cleanup-provisioner": "provisioner",
    "post-processors": "post_processor",
}


def settled(root: Object) -> Object:
    """The template with the options of installed components as these want them."""
    return replace(root, members=tuple(map(_section, root.members)))


def _section(member: Member) -> Member:
    kind = _KINDS.get(member.name.lower())
    return replace(member, value=_parts(member.value, kind)) if kind else member


def _parts(node: JsonValue, kind: str) -> JsonValue:
    if isinstance(node, Array):
        return replace(node, items=tuple(_parts(item, kind) for item in node.items))
    return _part(node, kind) if isinstance(node, Object) else node


def _part(node: Object, kind: str) -> Object:
    types = [
        member.value.value for member in node.members if member.name == "type" and isinstance(member.value, Scalar)
    ]
    return _options(node, _hints(kind, str(types[-1]))) if types else node


def _options(node: Object, hints: Mapping[str, Any]) -> Object:
    return replace(node, members=tuple(_option(member, hints) for member in node.members))


def _option(member: Member, hints: Mapping[str, Any]) -> Member:
    if member.name in hints:
        return replace(member, value=loosened(member.value, hints[member.name], _known))
    if member.name == "override" and isinstance(member.value, Object):
        overrides = (
            replace(each, value=_options(each.value, hints)) if isinstance(each.value, Object) else each
            for each in member.value.members
        )
        return replace(member, value=replace(member.value, members=tuple(overrides)))
    return member


def _hints(kind: str, type: str) -> Mapping[str, Any]:
    """The options of a component and their types; none if it is not installed."""
    if type not in registry.names(kind):
        return {}
    try:
        component = registry.load(kind, type)
        return weak.field_types(component.Config, component)
    except ComponentError:
        return {}


def _known(text: str) -> str | None:
    """The text that is to be split; one with `{{ }}` is not known before the build."""
    return None if "{{" in text else text
