"""The `packer` block: the version and the plugins that a template asks for."""

from __future__ import annotations

from dataclasses import dataclass

from bakehouse import PACKER_VERSION
from bakehouse.template import versions
from bakehouse.template.problems import Problems, mistake
from bakehouse.template.schema import Module, check_content
from bakehouse.template.surroundings import constant
from bakehouse.template.syntax.tree import AttributeDefinition, Expression, ObjectNode, Range
from bakehouse.template.values import Value


@dataclass(frozen=True, slots=True)
class Requirement:
    """An entry of `required_plugins`. accessor: what the template calls it; source: "github.com/hashicorp/docker";
    constraint: of its version."""

    accessor: str
    source: str
    constraint: str
    place: Range

    @property
    def name(self) -> str:
        """The plugin's own name, the last part of its source."""
        return self.source.rpartition("/")[2]


def check_version(module: Module, directory: str) -> None:
    """Raise TemplateError if the template asks for another Packer: nothing else of it can be judged then."""
    problems = Problems()
    for block in module.of("packer"):
        attribute = block.body.attributes.get("required_version")
        if attribute is None:
            continue
        with problems.collect():
            text = _text(attribute.expression, constant(attribute.expression, directory, "required_version"), "version")
            if not _satisfied(text, attribute.expression.range):
                raise mistake(
                    attribute.expression.range,
                    f'The template asks for Packer "{text}"',
                    f"Bakehouse does what Packer {PACKER_VERSION} does.",
                    "Change required_version if the template works with that.",
                )
    problems.stop_if_fatal()


def required_plugins(module: Module, directory: str, problems: Problems) -> dict[str, Requirement]:
    """The plugins asked for, by the name that the template gives them."""
    plugins: dict[str, Requirement] = {}
    for block in module.of("packer"):
        check_content(block.body, "a packer block", ("required_version",), ("required_plugins",), problems)
        for inner in block.body.blocks:
            if inner.type == "required_plugins":
                check_content(inner.body, "required_plugins", inner.body.attributes, (), problems)
                for attribute in inner.body.attributes.values():
                    with problems.collect():
                        plugins.setdefault(attribute.name, _plugin(attribute, directory))
    return plugins


def _plugin(attribute: AttributeDefinition, directory: str) -> Requirement:
    place = attribute.expression.range
    if not isinstance(attribute.expression, ObjectNode):
        raise mistake(
            place,
            f'"{attribute.name}" is not a plugin requirement',
            "",
            f'Write {attribute.name} = {{ version = ">= 1.0", source = "github.com/OWNER/{attribute.name}" }}.',
        )
    value = constant(attribute.expression, directory, "A plugin requirement")
    fields: dict[str, Value] = value.payload
    if surplus := sorted(set(fields) - {"source", "version"}):
        raise mistake(place, f'A plugin requirement has no "{surplus[0]}"', "It has a source and a version.")
    for name in ("source", "version"):
        if name not in fields:
            raise mistake(place, f'The plugin requirement "{attribute.name}" has no {name}')
    version = _text(attribute.expression, fields["version"], "version")
    _satisfied(version, place)
    source = _text(attribute.expression, fields["source"], "source")
    parts = source.split("/")
    if len(parts) < 3 or len(parts) > 16 or "" in parts or "://" in source:
        raise mistake(place, f'"{source}" is not the source of a plugin', "", "Write HOST/OWNER/NAME.")
    name = parts[-1]
    if name.startswith("packer-"):
        shorter = name.removeprefix("packer-").removeprefix("plugin-")
        raise mistake(place, f'"{source}" is not the source of a plugin', "", f'Leave the prefix out: "{shorter}".')
    return Requirement(attribute.name, source, version, attribute.range)


def _text(expression: Expression, value: Value, what: str) -> str:
    if not isinstance(value.payload, str):
        raise mistake(expression.range, f"The {what} must be a string")
    return value.payload


def _satisfied(constraint: str, place: Range) -> bool:
    try:
        return versions.satisfies(PACKER_VERSION, constraint)
    except ValueError as error:
        raise mistake(place, "This is not a version constraint", f"{error}.", 'Write ">= 1.2, < 2.0".') from None
