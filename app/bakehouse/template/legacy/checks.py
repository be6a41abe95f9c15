"""What Packer refuses of a whole legacy template, beyond its form (packer: `template/template.go`, `Validate`)."""

from __future__ import annotations

from bakehouse.sdk.decode import nearest
from bakehouse.template.json_syntax.nodes import Object
from bakehouse.template.legacy.structure import LegacyTemplate, Part
from bakehouse.template.problems import Problems
from bakehouse.template.surroundings import PACKER_VERSION
from bakehouse.template.syntax.tree import Range


def check_whole(template: LegacyTemplate, place: Range, problems: Problems) -> None:
    """Note what is wrong. place: the template's own."""
    if not template.builders:
        help = 'Write "builders": [{"type": "…", …}].'
        problems.error(place, "The template has no builders", "So there is nothing to do.", help)
        return
    names = [builder.name for builder in template.builders]
    for step in template.steps:
        _check_names(step, names, problems)


def check_minimum(template: LegacyTemplate, problems: Problems) -> None:
    """Note that another Packer is asked for."""
    if template.minimum is None:
        return
    text, place = template.minimum
    numbers = text.removeprefix("v").split("-")[0].split("+")[0].split(".")
    if not all(number.isdecimal() for number in numbers):
        problems.error(place, f'"{text}" is no version', "", "Write it as 1.2.3.")
    elif [int(number) for number in numbers] > [int(number) for number in PACKER_VERSION.split(".")]:
        detail = f"Bakehouse does what Packer {PACKER_VERSION} does."
        help = "Change min_packer_version if the template works with that."
        problems.error(place, f"The template asks for Packer {text} or newer", detail, help)


def _check_names(step: Part, names: list[str], problems: Problems) -> None:
    if step.names("only") and step.names("except"):
        place = step.names("except")[0][1]
        problems.error(place, '"only" and "except" exclude each other', "", "Take one of them out.")
    override = step.meta.get("override")
    overridden = override.members if isinstance(override, Object) else ()
    for name, place in [
        *step.names("only"),
        *step.names("except"),
        *((member.name, member.name_range) for member in overridden),
    ]:
        if name not in names:
            help = nearest(name, names) or f"There are {', '.join(names)}."
            problems.error(place, f'There is no builder "{name}"', "", help)
