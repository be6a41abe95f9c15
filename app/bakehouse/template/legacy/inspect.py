"""`inspect` of a legacy JSON template: its parts, and the text that Packer prints of them.

Nothing is rendered, and what could not run is shown all the same. A default is hidden if its variable is sensitive;
Packer goes by the value, and hides every default that equals a sensitive one, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bakehouse.template.legacy.structure import LegacyTemplate

HIDDEN = "<sensitive>"


@dataclass(frozen=True, slots=True)
class Parts:
    """required: names of variables, sorted; optional: their names and defaults, sorted.

    builders: names and types, sorted by name; provisioners: types in order.
    """

    description: str
    required: tuple[str, ...]
    optional: tuple[tuple[str, str], ...]
    builders: tuple[tuple[str, str], ...]
    provisioners: tuple[str, ...]


def parts_of(template: LegacyTemplate) -> Parts:
    """What a template is made of."""
    variables = sorted(template.variables.values(), key=lambda variable: variable.name)
    return Parts(
        template.description,
        tuple(each.name for each in variables if each.default is None),
        tuple(
            (each.name, HIDDEN if each.name in template.sensitive else each.default)
            for each in variables
            if each.default is not None
        ),
        tuple(sorted((builder.name, builder.type) for builder in template.builders)),
        tuple(provisioner.type for provisioner in template.provisioners),
    )


def text_of(parts: Parts) -> str:
    """The parts as Packer prints them, without the last newline."""
    return "\n".join(_lines(parts))


def _lines(parts: Parts) -> Iterator[str]:
    yield "Packer Inspect: JSON mode"
    if parts.description:
        yield from ("Description:", "", parts.description, "")
    yield from _variables(parts)
    yield from ("", "Builders:", "")
    width = max((len(name) for name, _ in parts.builders), default=0)
    for name, type in parts.builders:
        yield f"  {name.ljust(width)} ({type})" if name != type else f"  {name.ljust(width)}"
    if not parts.builders:
        yield "  <No builders>"
    yield from ("", "Provisioners:", "")
    yield from (f"  {type}" for type in parts.provisioners)
    if not parts.provisioners:
        yield "  <No provisioners>"
    yield from ("", "Note: If your build names contain user variables or template")
    yield from ("functions such as 'timestamp', these are processed at build time,",)
    yield "and therefore only show in their raw form here."


def _variables(parts: Parts) -> Iterator[str]:
    if not parts.required and not parts.optional:
        yield from ("Variables:", "", "  <No variables>")
        return
    if parts.required:
        yield from ("Required variables:", "", *(f"  {name}" for name in parts.required), "")
    yield from ("Optional variables and their defaults:", "")
    width = max((len(name) for name, _ in parts.optional), default=0)
    yield from (f"  {name.ljust(width)} = {default}" for name, default in parts.optional)
