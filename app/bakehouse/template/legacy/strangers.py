"""`{{user}}` of a variable that there is not: Packer puts nothing in its place, and nobody can mean that."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bakehouse.template.fault import nearest
from bakehouse.template.json_syntax.nodes import Array, JsonValue, Object, Scalar
from bakehouse.template.legacy.structure import LegacyTemplate
from bakehouse.template.legacy.substitute import users
from bakehouse.template.problems import Problems


def warn_of_strangers(template: LegacyTemplate, known: Collection[str], problems: Problems) -> None:
    """Warn of every variable that an option of a part names, and that is not declared. known: those that are."""
    cleanup = [template.cleanup] if template.cleanup is not None else []
    links = [link for chain in template.chains for link in chain]
    for part in (*template.builders, *template.provisioners, *cleanup, *links):
        for member in part.options:
            for text in _texts(member.value):
                for name in users(str(text.value)):
                    if name not in known:
                        help = nearest(name, known) or f'Declare it: "variables": {{"{name}": "..."}}.'
                        detail = "Nothing is put in its place, as Packer does."
                        problems.warning(text.range, f'There is no variable "{name}"', detail, help)


def _texts(node: JsonValue) -> Iterator[Scalar]:
    match node:
        case Object():
            for member in node.members:
                yield from _texts(member.value)
        case Array():
            for item in node.items:
                yield from _texts(item)
        case Scalar() if isinstance(node.value, str) and "{{" in node.value:
            yield node
