"""What a template can say, and nobody can mean: steps that never run, and builds that overwrite each other."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from typing import Any

from bakehouse.errors import Diagnostic, Location
from bakehouse.sdk import Argument, Builder, Component, Provisioner, weak
from bakehouse.template.dynamic import Placed
from bakehouse.template.fault import nearest
from bakehouse.template.meta import Meta
from bakehouse.template.problems import Problems
from bakehouse.template.syntax.tree import Range, TupleNode


def warn_of_names(
    placed: Placed, about: Meta, here: Sequence[str], everywhere: Collection[str], problems: Problems
) -> None:
    """`only` and `except` hold whole `TYPE.NAME`s; one that no build has is most often misspelt.

    here: of the build block; everywhere: of the template, for a list that several build blocks share.
    """
    for option, names in (("only", about.only), ("except", about.exclude)):
        never = option == "only" and not set(names) & set(here)
        for position, name in enumerate(names):
            if name in here or (name in everywhere and not never):
                continue
            problems.warning(
                _place(placed, option, position, len(names)),
                f'"{option}" names "{name}", and there is no such build',
                "The step is part of no build." if never else "",
                nearest(name, here)
                or f"There {'is' if len(set(here)) == 1 else 'are'} {', '.join(dict.fromkeys(here))}.",
            )


def _place(placed: Placed, option: str, position: int, count: int) -> Range:
    expression = placed.body.attributes[option].expression
    if isinstance(expression, TupleNode) and len(expression.items) == count:
        return expression.items[position].range
    return expression.range


def warn_of_no_machine(
    builder: type[Builder], config: Any, step: type[Component], placed: Placed, problems: Problems
) -> None:
    """A provisioner that works on a machine, in a build that has none. config: the builder's, None if it is wrong."""
    if config is None or builder.has_machine(config) or not issubclass(step, Provisioner) or step.on_host:
        return
    problems.warning(
        placed.block.range,
        f"{step.type} needs a machine, and {builder.type} builds have none",
        "",
        "Use shell-local for what is to run on this host." if step.type == "shell" else "Take it out of these builds.",
    )


class Outputs:
    """The paths that the builds of a plan write. cwd: where relative ones start."""

    def __init__(self, cwd: str, problems: Problems) -> None:
        self._cwd = cwd
        self._problems = problems
        self._writers: dict[str, tuple[str, Location | None]] = {}

    def add(self, build: str, component: type[Component], config: Any, arguments: dict[str, Argument]) -> None:
        """Note what a build writes; a path that another one has already is an error. build: its name."""
        for output in component.outputs(config):
            if not output or weak.PLACEHOLDER in output:
                continue
            given = next((each for each in arguments.values() if each.value == output), Argument(output))
            path = os.path.realpath(os.path.join(self._cwd, output))
            if path not in self._writers:
                self._writers[path] = (build, given.location)
                continue
            first, place = self._writers[path]
            where = f" ({place.file}:{place.line})" if place else ""
            self._problems.add(
                [
                    Diagnostic(
                        f'Two builds write "{output}"',
                        f"They are {first}{where} and {build}.",
                        given.location,
                        source=given.source,
                        help="Give each a path of its own; ${source.name} may be part of it.",
                    )
                ]
            )
