"""From what a template gives to a component's Config, with every mistake named at its place."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bakehouse.errors import Diagnostic, Location
from bakehouse.sdk import late, weak
from bakehouse.sdk.component import Component
from bakehouse.sdk.config import UNKNOWN, Argument, Duration

__all__ = ["Duration", "decode", "nearest", "not_yet"]


def decode(
    component: type[Component], arguments: Mapping[str, Argument], common: Sequence[str] = (), check: bool = True
) -> tuple[Any | None, list[Diagnostic]]:
    """The component's Config and what is wrong; the Config is None if any of it is an error.

    Every mistake is found, not only the first. An option that is UNKNOWN has its default, or an empty value of its
    type if it has none; inside a list or a map an unknown string is `weak.PLACEHOLDER`. Then `component.check` is
    asked. A diagnostic without a place (a missing option) is about the component's whole block.

    common: options that its block has besides, which somebody may have meant. check: whether to ask `component.check`.
    """
    fields = {field.name: field for field in dataclasses.fields(component.Config)}
    warnings: list[Diagnostic] = []
    hints = weak.field_types(component.Config, component)
    problems: list[Diagnostic] = []
    values: dict[str, Any] = {}
    for name, argument in arguments.items():
        field = fields.get(name)
        if field is None:
            problems.append(_unknown(component, name, argument, list(fields), common))
        elif argument.value is not None and not (argument.value is UNKNOWN and _has_default(field)):
            problems.extend(_take(values, field, hints[name], argument))
            warnings.extend(_strangers(field, argument) if field.name in values else ())
    for name, field in fields.items():
        if not _has_default(field) and name not in values and not _is_given(arguments.get(name)):
            problems.append(
                Diagnostic(f'Missing option "{name}"', f'"{component.type}" needs {weak.described(hints[name])} here.')
            )
    if problems:
        return None, problems
    config = component.Config(**values)
    if not check:
        return config, warnings
    problems = [found for found in component.check(config, arguments) if not _about_placeholder(found)]
    return (None if any(problem.severity == "error" for problem in problems) else config), [*problems, *warnings]


def not_yet(component: type[Component], config: Any, arguments: Mapping[str, Argument]) -> list[Diagnostic]:
    """What a right Config asks for that no build can do yet. An option that is given its default asks for nothing.

    A diagnostic without a place is about the component's whole block.
    """
    found = []
    for field in dataclasses.fields(config):
        argument = arguments.get(field.name)
        if field.metadata.get("not_yet") and argument is not None and getattr(config, field.name) != _default(field):
            found.append(_not_yet(component, field.name, argument))
    if reason := component.not_yet(config):
        found.append(Diagnostic(f'"{component.type}" cannot do this yet', reason))
    return found


def _default(field: dataclasses.Field[Any]) -> Any:
    return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()


def _about_placeholder(found: Diagnostic) -> bool:
    """Whether a component complains of a value that only stands for one that is not known yet."""
    return weak.PLACEHOLDER in found.summary or weak.PLACEHOLDER in found.detail


def nearest(name: str, names: list[str]) -> str:
    """'Did you mean "x"?' for the name that looks most like it, or ""."""
    import difflib  # when something is misspelt: 4 ms

    found = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    return f'Did you mean "{found[0]}"?' if found else ""


def _has_default(field: dataclasses.Field[Any]) -> bool:
    return field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING


def _is_given(argument: Argument | None) -> bool:
    return argument is not None and argument.value is not None


def _take(values: dict[str, Any], field: dataclasses.Field[Any], hint: Any, argument: Argument) -> Iterator[Diagnostic]:
    """Put the option's value into `values`, or say what is wrong with it."""
    names: tuple[str, ...] = field.metadata.get("late", ())
    choices: tuple[str, ...] = field.metadata.get("choices", ())
    try:
        value = weak.convert(_rendered(argument.value, names), hint)
    except weak.Mismatch as error:
        yield _about(argument, f'Wrong value for option "{field.name}"', f'"{field.name}" {error}.')
        return
    except late.GoTemplateError as error:
        at = _at(argument, error)
        yield _about(at, f'{{{{ }}}} in option "{field.name}"', f"{error}.", error.help)
        return
    if choices and argument.value is not UNKNOWN:
        wrong = next(
            (item for item in (value if isinstance(value, list | tuple) else [value]) if item not in choices), None
        )
        if wrong is not None and wrong != weak.PLACEHOLDER:
            allowed = ", ".join(f'"{choice}"' for choice in choices)
            detail = f'"{field.name}" must be one of {allowed}; this is {weak.described_value(wrong)}.'
            yield _about(argument, f'Wrong value for option "{field.name}"', detail, nearest(str(wrong), list(choices)))
            return
    values[field.name] = value


def _rendered(value: Any, names: tuple[str, ...]) -> Any:
    """The value with its strings rendered, or, in an option that has names, only tried and left for later."""
    if isinstance(value, str) and "{{" in value:
        done = late.render(value, dict.fromkeys(names, weak.PLACEHOLDER))
        return value if names else done
    if isinstance(value, list):
        return [_rendered(item, names) for item in value]
    if isinstance(value, dict):
        return {key: _rendered(item, names) for key, item in value.items()}
    return value


def _strangers(field: dataclasses.Field[Any], argument: Argument) -> Iterator[Diagnostic]:
    """Warnings of names in `{{ }}` that nobody gives: `<no value>` stands there then, which nobody can mean."""
    names: tuple[str, ...] = field.metadata.get("late", ())
    known = f"It knows {', '.join(f'{{{{ .{name} }}}}' for name in names)}." if names else ""
    for name in _mentioned(argument.value, names):
        summary = f'{{{{ .{name} }}}} is not known in option "{field.name}"'
        help = f'{known} For the characters themselves write {{{{ "{{{{" }}}}.'.strip()
        detail = "<no value> is put in its place, as Packer does."
        yield dataclasses.replace(_about(argument, summary, detail, help), severity="warning")


def _mentioned(value: Any, names: tuple[str, ...]) -> list[str]:
    if isinstance(value, str):
        return late.strangers(value, names)
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return sorted({name for item in items for name in _mentioned(item, names)})


def _at(argument: Argument, error: late.GoTemplateError) -> Argument:
    """The option with the place of the mistake, if the template's line has this action once, and as it is."""
    action, before = error.action
    if argument.location is None or not argument.location.column or argument.source.count(action) != 1:
        return argument
    line, column = argument.location.line, argument.source.index(action) + before + 1
    length = max(1, min(error.end - error.start, len(action) - before))
    place = dataclasses.replace(argument.location, column=column, end_line=line, end_column=column + length)
    return dataclasses.replace(argument, location=place)


def _about(argument: Argument, summary: str, detail: str, help: str = "") -> Diagnostic:
    return Diagnostic(summary, detail, argument.location, source=argument.source, help=help)


def _name_only(name: str, location: Location | None) -> Location | None:
    """The place of the option's name: an argument's place begins with it."""
    if location is None or not location.column:
        return location
    return dataclasses.replace(location, end_line=location.line, end_column=location.column + len(name))


def _unknown(
    component: type[Component], name: str, argument: Argument, names: list[str], common: Sequence[str]
) -> Diagnostic:
    help = nearest(name, [*names, *common]) or _listed(names, common)
    return Diagnostic(
        f'Unknown option "{name}"',
        f'"{component.type}" has no option of this name.',
        _name_only(name, argument.location),
        source=argument.source,
        help=help,
    )


def _listed(names: list[str], common: Sequence[str]) -> str:
    own = f"Its options are {', '.join(sorted(names))}." if names else "It has no options of its own."
    return f"{own}\nEvery block of its kind also has {', '.join(common)}." if common else own


def _not_yet(component: type[Component], name: str, argument: Argument) -> Diagnostic:
    return Diagnostic(
        f'Option "{name}" is not supported yet',
        f'Packer\'s "{component.type}" knows this option; Bakehouse does not do it yet.',
        _name_only(name, argument.location),
        source=argument.source,
        help="Take it out to build without it.",
    )
