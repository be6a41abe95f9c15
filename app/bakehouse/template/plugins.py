"""The plugins that a template asks for: which of them are built in, and which a build cannot do without."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from bakehouse import registry
from bakehouse.template.builds import BuildBlock, Usage
from bakehouse.template.dynamic import Placed
from bakehouse.template.known_plugins import WHAT_TO_DO
from bakehouse.template.problems import Problems
from bakehouse.template.requirements import Requirement
from bakehouse.template.schema import Module

_KINDS = ("builder", "provisioner", "post_processor", "data_source")
Standing = Literal["built in", "missing", "not needed"]


@dataclass(frozen=True, slots=True)
class Survey:
    """One requirement. components: those of the plugin that the chosen builds name ("docker", "docker-tag")."""

    requirement: Requirement
    standing: Standing
    components: tuple[str, ...]


def missing_plugins(plugins: Mapping[str, Requirement]) -> frozenset[str]:
    """The names, with which those of components begin, of the plugins that are not built in."""
    missing = (each for each in plugins.values() if not is_built_in(each.name))
    return frozenset(name for each in missing for name in (each.accessor, each.name))


@cache
def is_built_in(plugin: str) -> bool:
    """Whether any component of a plugin of this name is there."""
    return any(belongs(name, (plugin,)) for kind in _KINDS for name in registry.names(kind))


def belongs(component: str, plugins: Collection[str]) -> bool:
    """Whether a component is one of these plugins': it has the plugin's name, or begins with it."""
    return any(component == name or component.startswith(f"{name}-") for name in plugins)


def components(module: Module, chosen: Iterable[tuple[BuildBlock, Usage]]) -> list[str]:
    """The types of all components that the chosen builds name, and of all data sources."""
    found = {block.labels[0]: None for block in module.of("data")}
    for block, usage in chosen:
        found[usage.builder] = None
        found.update((placed.block.labels[0], None) for placed in _steps(block))
    return list(found)


def survey(plugins: Mapping[str, Requirement], used: Collection[str], chose: bool) -> list[Survey]:
    """How each plugin stands. used: of `components`; chose: whether -only or -except left builds out.

    Only then a missing plugin of which nothing is used is "not needed": Packer asks for it even so, and a template
    that asks for what it does not use is to be told.
    """
    found = []
    for each in plugins.values():
        mine = tuple(name for name in used if belongs(name, (each.accessor, each.name)))
        lacking: Standing = "not needed" if chose and not mine else "missing"
        found.append(Survey(each, "built in" if is_built_in(each.name) else lacking, mine))
    return found


def check(surveyed: Iterable[Survey], problems: Problems) -> None:
    """One error that names every plugin that is missing."""
    missing = [each for each in surveyed if each.standing == "missing"]
    if not missing:
        return
    places = ((each.requirement.name, each.requirement.place) for each in missing)
    listed = ", ".join(f'"{name}" ({place.location.file}:{place.line})' for name, place in places)
    summary = "A plugin is missing" if len(missing) == 1 else f"{len(missing)} plugins are missing"
    detail = [f"Not built in: {listed}."]
    if used := ", ".join(dict.fromkeys(name for each in missing for name in each.components)):
        detail.append(f"The template uses of it: {used}.")
    problems.error(missing[0].requirement.place, summary, "\n".join(detail), WHAT_TO_DO)


def _steps(block: BuildBlock) -> Iterator[Placed]:
    yield from block.provisioners
    if block.cleanup is not None:
        yield block.cleanup
    for chain in block.chains:
        yield from chain
