"""`bakehouse plugins`: what is built in, and what a template asks for."""

from __future__ import annotations

from collections.abc import Callable

from bakehouse.cli import requirements, template
from bakehouse.cli.flags import Flag
from bakehouse.cli.page import HELP, Page
from bakehouse.errors import BakehouseError, UsageError

TEXT = "Bakehouse loads no plugins from elsewhere yet; what it can do is built in."
SUMMARIES = {
    "installed": "list all components: builders, provisioners and the rest",
    "required": "how each plugin stands that a template asks for",
    "install": "say whether a plugin is built in",
    "remove": "say why nothing can be removed",
}
KINDS = {
    "builder": "builder",
    "provisioner": "provisioner",
    "post_processor": "post-processor",
    "data_source": "data source",
}
JSON = Flag("json", help="one JSON object a line")
SOURCE = "github.com/hashicorp/docker"


def main(arguments: list[str]) -> int:
    """Exit code 0, or 1 for what cannot be done, and without a known subcommand 127, as with Packer."""
    verb, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if verb in _VERBS:
        return _VERBS[verb](rest)
    usage = "\n".join(
        (
            "usage: bakehouse plugins VERB [arguments]",
            "",
            TEXT,
            "",
            *(f"  {name:11}{summary}" for name, summary in SUMMARIES.items()),
        )
    )
    print(usage)
    return 0 if verb in HELP else 127


def _installed(arguments: list[str]) -> int:
    page = Page("plugins installed [flags]", f"Lists all components. {TEXT}", (JSON,))
    parsed = page.read(arguments)
    if parsed is None:
        return 0
    from bakehouse import registry

    found = [(words, name) for kind, words in KINDS.items() for name in registry.names(kind)]
    if parsed.on("json"):
        from bakehouse.cli.output import Installed, show

        for kind, name in found:
            show(Installed(kind, name))
        return 0
    for kind, name in found:
        print(f"{kind:16}{name}")
    return 0


def _required(arguments: list[str]) -> int:
    page = Page(
        "plugins required [flags] TEMPLATE",
        "Says how each plugin stands that a template asks for.",
        (JSON, *template.FLAGS),
        least=1,
        most=1,
        wanted=template.WANTED,
    )
    parsed = page.read(arguments)
    if parsed is None:
        return 0
    surveyed = requirements.survey(template.request(parsed))
    if parsed.on("json"):
        requirements.as_json(surveyed)
        return 0
    for each in surveyed:
        print(requirements.words(each))
    if not surveyed:
        print("The template asks for no plugins.")
    return 0


def _install(arguments: list[str]) -> int:
    page = Page(
        "plugins install [flags] SOURCE [CONSTRAINT]",
        f"Says whether a plugin is built in. {TEXT}",
        (Flag("path", "text", later=TEXT), Flag("force")),
        ((f"plugins install {SOURCE}", "is there already"),),
        least=1,
        most=2,
        wanted="needs the source of a plugin, and perhaps a constraint of its version",
    )
    parsed = page.read(arguments)
    if parsed is None:
        return 0
    source = parsed.arguments[0]
    _check(source, parsed.arguments[1:])
    from bakehouse.template.plugins import is_built_in

    if not is_built_in(_name(source)):
        raise BakehouseError(f'"{source}" is not built in. {TEXT}\nbakehouse plugins installed lists what is.')
    print(f"{source} is built in: there is nothing to install.")
    return 0


def _remove(arguments: list[str]) -> int:
    page = Page(
        "plugins remove SOURCE [CONSTRAINT]",
        f"Removes nothing. {TEXT}",
        least=1,
        most=2,
        wanted="needs the source of a plugin",
    )
    parsed = page.read(arguments)
    if parsed is None:
        return 0
    from bakehouse.template.plugins import is_built_in

    source = parsed.arguments[0]
    built_in = is_built_in(_name(source))
    raise BakehouseError(
        f'"{source}" is {"built in and cannot be removed" if built_in else "not installed: nothing was removed"}.'
    )


def _name(source: str) -> str:
    return source.rstrip("/").rpartition("/")[2]


def _check(source: str, constraints: list[str]) -> None:
    """Refuse what Packer refuses: a source of less than three parts, and a constraint that is none."""
    from bakehouse.template import versions

    parts = source.split("/")
    if not 3 <= len(parts) <= 16 or "" in parts or "://" in source:
        raise UsageError(f'"{source}" is not the source of a plugin. Write HOST/OWNER/NAME, as in {SOURCE}.')
    for constraint in constraints:
        try:
            versions.parse(constraint)
        except ValueError as error:
            raise UsageError(f'{error}. Write ">= 1.2, < 2.0".') from None


_VERBS: dict[str, Callable[[list[str]], int]] = {
    "installed": _installed,
    "required": _required,
    "install": _install,
    "remove": _remove,
}
