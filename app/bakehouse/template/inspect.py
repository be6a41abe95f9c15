"""`inspect`: what a template declares, whatever else is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from bakehouse.errors import TemplateError
from bakehouse.template.builds import BuildBlock
from bakehouse.template.dynamic import Placed
from bakehouse.template.inspection import Build, Component, Inspection, Local, Variable
from bakehouse.template.kinds import STRING
from bakehouse.template.plan import Request
from bakehouse.template.printing import HIDDEN
from bakehouse.template.reading import Read, read_template
from bakehouse.template.surroundings import Surroundings
from bakehouse.template.valuing import Valued, printable, value_template

if TYPE_CHECKING:
    from bakehouse.template.legacy.structure import LegacyTemplate, Part

Hide = Callable[[str], str]


def inspect(request: Request) -> Inspection:
    """What could not run is told as far as it can be: a variable that is not set and a local that has no value have
    none here. Raises TemplateError for a template that cannot be read.
    """
    read = read_template(request)
    if read.legacy is not None:
        return _legacy(request.template, read.legacy.template)
    read.problems.stop_if_fatal()
    valued = value_template(read, strict=False)
    read.problems.secrets |= valued.secrets()
    hide = read.problems.mask
    return Inspection(
        request.template,
        "hcl",
        "",
        _variables(read, valued, hide),
        _locals(read, valued, hide),
        [Component(block.labels[0], block.labels[1]) for block in read.module.of("data") if len(block.labels) == 2],
        [_build(block, valued.around, hide) for block in valued.blocks],
    )


def _variables(read: Read, valued: Valued, hide: Hide) -> list[Variable]:
    values = printable({name: assigned.value for name, assigned in valued.values.items()})
    return [
        Variable(
            name,
            hide(values[name]) if name in values else None,
            declared.sensitive,
            declared.default is None,
        )
        for name, declared in sorted(read.declared.items())
    ]


def _locals(read: Read, valued: Valued, hide: Hide) -> list[Local]:
    values = printable(valued.locals)
    return [
        Local(name, hide(values[name]) if name in values else None, local.sensitive)
        for name, local in sorted(read.locals.items())
    ]


def _build(block: BuildBlock, around: Surroundings, hide: Hide) -> Build:
    def component(placed: Placed) -> Component:
        return Component(placed.block.labels[0], hide(_name(placed, around)))

    return Build(
        hide(block.name),
        hide(block.description),
        [Component(usage.builder, hide(usage.name)) for usage in block.usages],
        [component(each) for each in block.provisioners],
        [[component(link) for link in chain] for chain in block.chains],
        component(block.cleanup) if block.cleanup is not None else None,
    )


def _name(placed: Placed, around: Surroundings) -> str:
    """The name of a step, "" for none; one that depends on the source is left out."""
    attribute = placed.body.attributes.get("name")
    if attribute is not None:
        with suppress(TemplateError):
            name = around.adding(placed.bindings).typed(attribute.expression, STRING, "name").payload
            return name if isinstance(name, str) else ""
    return ""


def _legacy(template: str, found: LegacyTemplate) -> Inspection:
    """Names and defaults as they are written, `{{ }}` and all."""
    secret = set(found.sensitive)
    variables = [
        Variable(name, HIDDEN if name in secret and each.default is not None else each.default, name in secret,
                 each.default is None)
        for name, each in sorted(found.variables.items())
    ]  # fmt: skip
    build = Build(
        "",
        "",
        _parts(sorted(found.builders, key=lambda part: part.name)),
        _parts(found.provisioners),
        [_parts(chain) for chain in found.chains],
        _parts([found.cleanup])[0] if found.cleanup is not None else None,
    )
    return Inspection(template, "json", found.description, variables, [], [], [build])


def _parts(parts: Iterable[Part]) -> list[Component]:
    return [
        Component(part.type, part.name if part.name != part.type or part.kind == "builder" else "") for part in parts
    ]
