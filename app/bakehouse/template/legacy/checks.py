"""What Packer refuses of a whole legacy template, beyond its form (packer: `template/template.go`, `Validate`)."""

from __future__ import annotations

from bakehouse import PACKER_VERSION
from bakehouse.sdk.decode import nearest
from bakehouse.template.json_syntax.nodes import Member, Object
from bakehouse.template.json_syntax.values import repeated
from bakehouse.template.legacy.structure import LegacyTemplate, Part
from bakehouse.template.problems import Problems
from bakehouse.template.syntax.tree import Range

HCL_ONLY = ("name", "continue_on_error")


def check_whole(template: LegacyTemplate, place: Range, problems: Problems) -> None:
    """Note what is wrong. place: the template's own."""
    if not template.builders:
        help = 'Write "builders": [{"type": "…", …}].'
        problems.error(place, "The template has no builders", "So there is nothing to do.", help)
        return
    names = [builder.name for builder in template.builders]
    links = [link for chain in template.chains for link in chain]
    for step in [*template.provisioners, *links]:
        _check_names(step, names, problems)
    cleanup = [template.cleanup] if template.cleanup is not None else []
    for part in [*template.builders, *template.provisioners, *cleanup, *links]:
        _check_options(part, problems)


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


def _check_options(step: Part, problems: Problems) -> None:
    """Two spellings of one option, and what provisioners have in HCL only."""
    first: dict[str, Member] = {}
    for member in step.options:
        if step.kind == "provisioner" and member.name in HCL_ONLY:
            detail = "Provisioners of JSON templates have none of this name."
            problems.error(member.name_range, f'Unknown option "{member.name}"', detail)
        if other := first.get(member.name.lower()):
            problems.add(repeated(member, other).diagnostics)
        first[member.name.lower()] = member


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
