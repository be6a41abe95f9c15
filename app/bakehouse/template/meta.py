"""The options that every provisioner and post-processor block has, beside those of its component."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bakehouse.sdk import weak
from bakehouse.template.dynamic import Placed
from bakehouse.template.kinds import BOOL, NUMBER, STRING, ListType, Type
from bakehouse.template.options import Options
from bakehouse.template.problems import Problems, mistake
from bakehouse.template.surroundings import Surroundings
from bakehouse.template.syntax.tree import AttributeDefinition
from bakehouse.template.values import to_python

PROVISIONER = (
    "name",
    "only",
    "except",
    "override",
    "pause_before",
    "timeout",
    "max_retries",
    "continue_on_error",
)
POST_PROCESSOR = ("name", "only", "except", "keep_input_artifact")
_TYPES: dict[str, Type] = {
    "name": STRING,
    "only": ListType(STRING),
    "except": ListType(STRING),
    "pause_before": STRING,
    "timeout": STRING,
    "max_retries": NUMBER,
    "continue_on_error": BOOL,
    "keep_input_artifact": BOOL,
}


@dataclass(slots=True)
class Meta:
    """What the block says about itself. only, exclude: exact `TYPE.NAME`s. Durations in seconds."""

    name: str = ""
    only: list[str] = field(default_factory=list)
    exclude: list[str] = field(default_factory=list)
    pause_before: float = 0.0
    timeout: float = 0.0
    max_retries: int = 0
    continue_on_error: bool = False
    keep_input: bool | None = None
    override: dict[str, Any] = field(default_factory=dict)

    def applies_to(self, name: str) -> bool:
        """Whether the step is part of the build of this `TYPE.NAME`."""
        return name in self.only if self.only else name not in self.exclude

    def apply_override(self, options: Options, name: str, placed: Placed) -> None:
        """Put the options that `override` gives for a source's local name over the block's own."""
        place = placed.body.attributes["override"].range if self.override else placed.block.range
        for option, value in self.override.get(name, {}).items():
            options.put(option, value, place)


def read(placed: Placed, allowed: tuple[str, ...], around: Surroundings, problems: Problems) -> Meta:
    """Read them. What is wrong is noted, and as if it were not given."""
    values: dict[str, Any] = {}
    attributes = {name: each for name, each in placed.body.attributes.items() if name in allowed}
    here = around.adding(placed.bindings)
    for name, attribute in attributes.items():
        with problems.collect():
            values[name] = _value(name, attribute, here)
    if values.get("only") and values.get("except"):
        problems.error(
            attributes["except"].range, '"only" and "except" exclude each other', "", "Take one of them out."
        )
    if values.get("pause_before") and values.get("timeout"):
        text = "As in Packer, a step that pauses before it begins has no timeout."
        problems.warning(attributes["timeout"].range, '"timeout" does nothing beside "pause_before"', text)
    return Meta(
        name=values.get("name") or "",
        only=values.get("only") or [],
        exclude=values.get("except") or [],
        pause_before=values.get("pause_before") or 0.0,
        timeout=values.get("timeout") or 0.0,
        max_retries=values.get("max_retries") or 0,
        continue_on_error=values.get("continue_on_error") or False,
        keep_input=values.get("keep_input_artifact"),
        override=values.get("override") or {},
    )


def _value(name: str, attribute: AttributeDefinition, around: Surroundings) -> Any:
    expression = attribute.expression
    if name == "override":
        value = to_python(around.known(expression, name))
        if value is None:
            return None
        if not isinstance(value, dict) or not all(isinstance(each, dict) for each in value.values()):
            help = "Write override = { SOURCE = { OPTION = … } }."
            raise mistake(expression.range, '"override" must be an object of objects', "", help)
        return value
    value = to_python(around.typed(expression, _TYPES[name], name))
    if name in ("timeout", "pause_before") and value is not None:
        return _seconds(name, value, attribute)
    if name == "max_retries" and (not isinstance(value, int | None) or (value or 0) < 0):
        raise mistake(expression.range, '"max_retries" must be a whole number', "It counts the tries after the first.")
    return value


def _seconds(name: str, text: str, attribute: AttributeDefinition) -> float:
    try:
        return weak.duration(text)
    except weak.Mismatch as error:
        raise mistake(attribute.expression.range, f'Wrong value for "{name}"', f'"{name}" {error}.') from None
