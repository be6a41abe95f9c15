"""Options of a component: one frozen dataclass `Config`, one field an option.

A field's annotation is its type, its default makes it optional, and `option(...)` adds what a type cannot say.
Decoding follows Packer's weak rules (packer-plugin-sdk `config.Decode`): "5" is a number where a number is
asked for, 1 is a string where a string is, "5m" is a duration (see `bakehouse.sdk.weak`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

from bakehouse.errors import Location

DURATION = "duration"
Duration = Annotated[float, DURATION]
"""Seconds, written in a template as Go writes durations: "300ms", "1h2m3.5s"."""


class Unknown:
    """The value that is not known yet: `build.*` while a template is only validated."""

    def __repr__(self) -> str:
        return "<unknown>"


UNKNOWN = Unknown()


@dataclass(frozen=True, slots=True)
class Argument:
    """What a template gives for one option: a plain Python value and where it stands.

    value: None, bool, int, float, str, list, dict (string keys), or UNKNOWN at any depth.
    source: the template line at `location`, for a diagnostic's caret.
    """

    value: Any
    location: Location | None = None
    source: str = ""


def option(
    *,
    default: Any = ...,
    factory: Any = None,
    late: tuple[str, ...] = (),
    choices: tuple[str, ...] = (),
    sensitive: bool = False,
    not_yet: bool = False,
) -> Any:
    """A Config field with more than a type.

    late: the names that `{{ .Name }}` in this option may use; such an option is rendered by the component with
        `bakehouse.sdk.late.render`, when it knows them. In every other option it is rendered before.
    choices: the only values allowed.
    not_yet: an option of Packer's that is known, and warned about by `validate` and refused by `build` if it is given
        another value than its default.
    """
    metadata = {"late": late, "choices": choices, "sensitive": sensitive, "not_yet": not_yet}
    if factory is not None:
        return field(default_factory=factory, metadata=metadata)
    if default is ...:
        return field(metadata=metadata)
    return field(default=default, metadata=metadata)
