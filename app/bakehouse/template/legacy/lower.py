"""Builders and steps of a legacy template as the blocks of one build each, which planning takes from here.

`only`, `except` and `override` are done here, since they name builders as they are written; what is left is what HCL
has, too. The builds are in the order of their names (packer: `core.go`, `BuildNames`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from bakehouse import registry
from bakehouse.errors import ComponentError
from bakehouse.sdk import weak
from bakehouse.template.builds import BuildBlock, Usage
from bakehouse.template.dynamic import Placed
from bakehouse.template.json_syntax.nodes import JsonValue, Member, Scalar
from bakehouse.template.legacy.expressions import expression_of
from bakehouse.template.legacy.loose import loosened
from bakehouse.template.legacy.rendering import rendered, settled
from bakehouse.template.legacy.structure import LegacyTemplate, Part
from bakehouse.template.legacy.substitute import Known, substitute
from bakehouse.template.problems import Problems
from bakehouse.template.syntax.tree import AttributeDefinition, Block, Body, Literal, Range

_META = ("pause_before", "timeout", "max_retries", "keep_input_artifact")
_DURATIONS = ("pause_before", "timeout")
_BLOCKS = {"builder": "source"}


@dataclass(frozen=True, slots=True)
class Lowering:
    """values: of the variables. places: `template_dir` and `pwd`."""

    values: Mapping[str, str]
    places: Mapping[str, str]
    problems: Problems
    hints: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)

    def blocks(self, template: LegacyTemplate) -> list[BuildBlock]:
        """One block for every builder."""
        named: dict[str, Part] = {}
        for builder in template.builders:
            with self.problems.collect(builder.place):
                name = self._rendered(builder.name, Known(self.values, self.places))
                if name in named:
                    self.problems.error(builder.place, f'Two builders are named "{name}"')
                named.setdefault(name, builder)
        return [self._block(template, builder, name) for name, builder in sorted(named.items())]

    def _block(self, template: LegacyTemplate, builder: Part, name: str) -> BuildBlock:
        words = {**self.places, "build_name": name, "build_type": builder.type}
        source = self._placed(builder, Known(self.values, words), name)
        steps = Known(self.values, words, facts=True)
        made = BuildBlock("", template.description, builder.place, plain=True)
        made.usages.append(Usage(builder.type, name, name, source.block, builder.place))
        written = builder.name
        made.provisioners += [
            self._placed(p, steps, "", written) for p in template.provisioners if not p.skips(written)
        ]
        if template.cleanup is not None:  # whose only and except Packer passes over
            made.cleanup = self._placed(template.cleanup, steps, "", written)
        for chain in template.chains:
            made.chains.append([self._placed(link, steps, link.name) for link in chain if not link.skips(written)])
        return made

    def _placed(self, part: Part, known: Known, name: str = "", builder: str = "") -> Placed:
        attributes: dict[str, AttributeDefinition] = {}
        if part.kind == "post-processor" and name != part.type:
            attributes["name"] = _attribute("name", Literal(part.place, name), part.place)
        for key in _META:
            if key in part.meta:
                with self.problems.collect(part.meta[key].range):
                    attributes[key] = self._meta(key, part.meta[key], known)
        for member in (*part.options, *part.override(builder)):
            with self.problems.collect(member.value.range):
                option = self._option(part, member, known)
                attributes[option.name] = option
        place = part.place
        end = place
        block = Block(
            _BLOCKS.get(part.kind, part.kind),
            (part.type, *((name,) if part.kind == "builder" else ())),
            Body(attributes, (), place, end),
            place,
            place,
            (part.type_place, part.place),
        )
        return Placed(block)

    def _meta(self, key: str, node: JsonValue, known: Known) -> AttributeDefinition:
        value = node.value if isinstance(node, Scalar) else None
        if key == "max_retries" and isinstance(value, str):
            value = self._rendered(value, known)
        elif key in _DURATIONS and isinstance(value, int | Decimal):
            value = f"{int(value)}ns"  # a number alone is Go's own unit
        return _attribute(key, Literal(node.range, value), node.range)

    def _option(self, part: Part, member: Member, known: Known) -> AttributeDefinition:
        hints = self._hints(part)
        name = member.name.lower() if member.name.lower() in hints else member.name
        hint = hints.get(name, Any)
        value = loosened(member.value, hint, lambda text: self._if_known(text, known))
        place = member.name_range
        whole = _between(place, member.value.range)
        return AttributeDefinition(name, expression_of(value, known), whole, place)

    def _hints(self, part: Part) -> Mapping[str, Any]:
        """The types of a component's options; none if there is no such component, which planning says."""
        key = (part.kind.replace("-", "_"), part.type)
        if key not in self.hints:
            try:
                component = registry.load(*key)
                self.hints[key] = weak.field_types(component.Config, component)
            except ComponentError:
                self.hints[key] = {}
        return self.hints[key]

    def _rendered(self, text: str, known: Known) -> str:
        return rendered(substitute(text, known).text)

    def _if_known(self, text: str, known: Known) -> str | None:
        """A string's value, unless it needs the machine, or what only its component knows."""
        if "{{" not in text:
            return text
        done = substitute(text, known)
        return settled(done.text) if done.template is None else None


def _attribute(name: str, expression: Any, place: Range) -> AttributeDefinition:
    return AttributeDefinition(name, expression, place, place)


def _between(start: Range, end: Range) -> Range:
    return Range(start.source, start.start + 1, end.end, start.line, start.column + 1, end.end_line, end.end_column)
