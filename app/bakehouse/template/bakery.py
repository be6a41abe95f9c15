"""Components of a template: found, configured, and asked which files they read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from bakehouse import registry
from bakehouse.errors import ComponentError, Diagnostic
from bakehouse.sdk import Argument, Component
from bakehouse.sdk.decode import decode, nearest, not_yet
from bakehouse.template.cautions import Outputs
from bakehouse.template.inputs import InputFiles
from bakehouse.template.known_plugins import WHAT_TO_DO, source_of
from bakehouse.template.options import Options
from bakehouse.template.problems import Problems, with_block
from bakehouse.template.surroundings import Surroundings
from bakehouse.template.syntax.tree import Range
from bakehouse.template.values import strings

_WORDS = {
    "builder": "builder",
    "provisioner": "provisioner",
    "post_processor": "post-processor",
    "data_source": "data source",
}


@dataclass(frozen=True, slots=True)
class Bakery:
    """What all builds of a plan share while it is made.

    excluded: the `-except` patterns. secrets: strings to mask. outputs: what builds write. names: every `TYPE.NAME`.
    missing_plugins: what the template asks for and is not built in.
    """

    around: Surroundings
    files: InputFiles
    problems: Problems
    excluded: tuple[str, ...]
    secrets: set[str]
    outputs: Outputs
    names: frozenset[str]
    missing_plugins: frozenset[str]

    def component(self, kind: str, name: str, place: Range) -> type[Component] | None:
        """The class of a component; None, with the problem noted, if there is none.

        A component of a plugin that is missing is not one problem more.
        """
        if any(name == plugin or name.startswith(f"{plugin}-") for plugin in self.missing_plugins):
            return None
        try:
            found: type[Component] = registry.load(kind, name)
            return found
        except ComponentError as error:
            words, known = _WORDS[kind], registry.names(kind)
            if name in known:
                self.problems.error(place, f'The {words} "{name}" cannot be used', str(error))
            elif source := source_of(name):
                summary, detail = f'There is no {words} "{name}" yet', f"It is one of {source}."
                help = f"Built in are {', '.join(known)}.\n{WHAT_TO_DO}"
                self.problems.error(place, summary, detail, help)
            else:
                help = nearest(name, known) or f"There are {', '.join(known)}."
                self.problems.error(place, f'Unknown {words} "{name}"', f"There is no {words} of this name.", help)
            return None

    def config(
        self, component: type[Component], options: Options, place: Range, common: Sequence[str] = ()
    ) -> Any | None:
        """The component's Config; None, with the problems noted, if the options are wrong.

        common: options of the block that are not the component's.
        """
        config, found = decode(component, options.arguments, common, check=not options.doubtful)
        self.problems.add((with_block(options.told(each), place) for each in found), place)
        self._hide(component, options)
        if config is not None:
            self.problems.not_yet(
                (with_block(each, place) for each in not_yet(component, config, options.arguments)), place
            )
        return config

    def _hide(self, component: type[Component], options: Options) -> None:
        for each in fields(component.Config):
            if each.metadata.get("sensitive") and each.name in options.arguments:
                self.secrets.update(strings(options.arguments[each.name].value))

    def inputs(self, component: type[Component], config: Any, options: Options, place: Range) -> tuple[list[str], str]:
        """Record what the component reads; the paths and the first script. A script that is missing is noted."""
        read = component.inputs(config)
        paths = self.files.add(read)
        if not getattr(config, "generated", False):
            for name in self.files.missing(read):
                given = (each for each in options.arguments.values() if name in strings(each.value))
                problem = _missing_script(name, self.files.path(name), next(given, None))
                self.problems.add([with_block(options.told(problem), place)], place)
        return paths, self.files.path(read.scripts[0]) if read.scripts else ""


def _missing_script(name: str, path: str, argument: Argument | None) -> Diagnostic:
    return Diagnostic(
        f'There is no script "{name}"',
        f"Looked for {path}.",
        argument.location if argument else None,
        source=argument.source if argument else "",
        help="Relative paths start from the directory in which bakehouse was started.",
    )
