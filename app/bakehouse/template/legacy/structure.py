"""What a legacy JSON template says: its parts, as written, each with its place."""

from __future__ import annotations

from dataclasses import dataclass, field

from bakehouse.template.json_syntax.nodes import JsonValue, Member, Object
from bakehouse.template.syntax.tree import Range


@dataclass(frozen=True, slots=True)
class UserVariable:
    """default: None if a value must be given."""

    name: str
    default: str | None
    place: Range


@dataclass(frozen=True, slots=True)
class Part:
    """A builder, a provisioner or a post-processor.

    kind: "builder" and so on. name: as written, `{{ }}` and all; the type if there is none. options: what is the
    component's own. meta: what every part of its kind has ("only", "timeout"), by name.
    """

    kind: str
    type: str
    type_place: Range
    name: str
    place: Range
    options: tuple[Member, ...] = ()
    meta: dict[str, JsonValue] = field(default_factory=dict)

    def names(self, key: str) -> list[tuple[str, Range]]:
        """The names in `only` or `except`."""
        value = self.meta.get(key)
        items = getattr(value, "items", ())
        return [(str(item.value), item.range) for item in items]

    def skips(self, builder: str) -> bool:
        """Whether it is no part of the build of this builder, by its name as written."""
        only = [name for name, _ in self.names("only")]
        return builder not in only if only else builder in [name for name, _ in self.names("except")]

    def override(self, builder: str) -> tuple[Member, ...]:
        """The options that take the place of its own for this builder."""
        value = self.meta.get("override")
        members = value.members if isinstance(value, Object) else ()
        chosen = [member.value for member in members if member.name == builder]
        return chosen[-1].members if chosen and isinstance(chosen[-1], Object) else ()


@dataclass(slots=True)
class LegacyTemplate:
    """chains: post-processors, each chain fed by the builder. sensitive: names of variables."""

    description: str = ""
    minimum: tuple[str, Range] | None = None
    variables: dict[str, UserVariable] = field(default_factory=dict)
    sensitive: list[str] = field(default_factory=list)
    builders: list[Part] = field(default_factory=list)
    provisioners: list[Part] = field(default_factory=list)
    cleanup: Part | None = None
    chains: list[list[Part]] = field(default_factory=list)
