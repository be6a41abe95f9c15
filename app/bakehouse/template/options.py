"""The options of a component: evaluated where they can be, kept as expressions where they need `build.*`."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import msgspec

from bakehouse.errors import Diagnostic, Location, TemplateError
from bakehouse.sdk.config import UNKNOWN, Argument
from bakehouse.sdk.decode import nearest
from bakehouse.sdk.go_template.constants import MOVING, put_in, words_of
from bakehouse.template.dynamic import Placed, expand
from bakehouse.template.evaluate import references
from bakehouse.template.fault import listing
from bakehouse.template.plan import Late, Option
from bakehouse.template.problems import Problems, mistake
from bakehouse.template.surroundings import Surroundings, build_value
from bakehouse.template.syntax.tree import Attribute, AttributeDefinition, Body, Expression, Range, Variable
from bakehouse.template.told import told
from bakehouse.template.values import Value, object_of, string, to_json, to_python, unknown
from bakehouse.template.volatile import moving


@dataclass(slots=True)
class Origin:
    """Where a value comes from, beside the text of the template. moving, reads: as in `plan.Option`."""

    moving: set[str] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Options:
    """plan: for the Plan. arguments: the same for decoding now, UNKNOWN where it is not known or went wrong.

    sensitive: the names of those with something sensitive in them. values: by place, what tells the values of what an
    expression names.
    """

    plan: dict[str, Option] = field(default_factory=dict)
    arguments: dict[str, Argument] = field(default_factory=dict)
    sensitive: set[str] = field(default_factory=set)
    values: dict[Location, Callable[[], tuple[str, ...]]] = field(default_factory=dict)

    def told(self, found: Diagnostic) -> Diagnostic:
        """A diagnostic about an option, with the values of what its expression names."""
        tell = self.values.get(found.location) if found.location is not None and found.values is None else None
        return found if tell is None else replace(found, values=tell())

    @property
    def doubtful(self) -> bool:
        """Whether a value is missing because something else is wrong, so that rules between options say nothing."""
        late = {name for name, option in self.plan.items() if option.late}
        return any(_has_unknown(each.value) for name, each in self.arguments.items() if name not in late)

    def put(self, name: str, value: Any, place: Range, late: Late | None = None, origin: Origin | None = None) -> None:
        """Set an option."""
        location, source = place.location, place.first_line
        moving, reads = (sorted(origin.moving), sorted(origin.reads)) if origin is not None else ([], [])
        if late is None:
            self.plan[name] = Option(location, value, source=source, moving=moving, reads=reads)
        else:
            self.plan[name] = Option(location, late=late, source=source, moving=moving, reads=reads)
        self.arguments[name] = Argument(value, location, source)

    def fill(self, words: Mapping[str, str]) -> None:
        """Put in what `{{ }}` of the values may name before they are rendered: `build_name`, `build_type`, `pwd`."""
        for name, option in self.plan.items():
            argument = self.arguments[name]
            found = words_of(argument.value) | (words_of(option.late.text) if option.late is not None else frozenset())
            if found:
                self.arguments[name] = replace(argument, value=put_in(argument.value, words))
            changes: dict[str, Any] = {"moving": sorted({*option.moving, *(found & MOVING)})}
            if option.late is not None:
                changes["late"] = msgspec.structs.replace(option.late, words=words)
            elif found:
                changes["value"] = self.arguments[name].value
            self.plan[name] = msgspec.structs.replace(option, **changes)

    def fail(self, name: str, place: Range) -> None:
        """Note that an option is given, though its value is wrong."""
        self.arguments[name] = Argument(UNKNOWN, place.location, place.first_line)


@dataclass(frozen=True, slots=True)
class BuildNames:
    """What `build.NAME` may name where a step stands: `name`, the build block's own, and the machine's facts.

    facts: None if they are not known, since the builder is not.
    """

    block: str
    facts: tuple[str, ...] | None

    def value(self) -> Value:
        """`build` while there is no machine."""
        return unknown() if self.facts is None else build_value(self.block, self.facts)

    def check(self, expression: Expression, paths: Iterable[tuple[str, ...]]) -> None:
        """Raise TemplateError for a name that there is not."""
        if self.facts is None:
            return
        for path in paths:
            if path[0] == "build" and len(path) > 1 and path[1] not in ("name", *self.facts):
                known = ["name", *self.facts]
                raise mistake(
                    _place_of(expression, path[1]) or expression.range,
                    f'There is no build value "{path[1]}"',
                    f"This builder has {listing(known, len(known))}.",
                    nearest(path[1], known),
                )


@dataclass(frozen=True, slots=True)
class OptionReader:
    """Reads bodies. build: None where `build.*` cannot be used (a source)."""

    around: Surroundings
    problems: Problems
    build: BuildNames | None = None

    def read(self, placed: Placed, skip: Collection[str] = ()) -> Options:
        """All options of a block but the ones to skip. A wrong one is noted, and left out of the plan."""
        here = replace(self, around=self._around(placed.bindings))
        options = Options()
        for attribute in placed.body.attributes.values():
            if attribute.name not in skip:
                here._attribute(options, attribute)
        here._blocks(options, placed.body, placed.bindings)
        return options

    def _around(self, bindings: Mapping[str, Value]) -> Surroundings:
        if self.build is None:
            return self.around.adding(bindings)
        return self.around.adding({"build": self.build.value(), **bindings})

    def _attribute(self, options: Options, attribute: AttributeDefinition, origin: Origin | None = None) -> None:
        origin = origin or Origin()
        options.values[attribute.range.location] = partial(told, attribute.expression, self.around.scope())
        try:
            late = self._late(attribute.expression)
            given = self._value(attribute.expression, origin)
            value = to_python(given)
        except TemplateError as error:
            self.problems.add(error.diagnostics, attribute.range)
            options.fail(attribute.name, attribute.range)
            return
        if given.is_sensitive:
            options.sensitive.add(attribute.name)
        options.put(attribute.name, value, attribute.range, late, origin)

    def _value(self, expression: Expression, origin: Origin) -> Value:
        origin.moving |= moving(expression, self.around.moving)
        around = replace(self.around, on_read=lambda path: origin.reads.add(os.path.abspath(path)))
        return around.value(expression)

    def _late(self, expression: Expression) -> Late | None:
        """The expression kept for later, if it names facts of the machine."""
        if self.build is None:
            return None
        paths = references(expression)
        self.build.check(expression, paths)
        if not any(path[0] == "build" and path[1:2] != ("name",) for path in paths):
            return None
        roots = {path[0] for path in paths} & set(self.around.roots) - {"build"}
        scope = {root: to_json(_needed(root, self.around.roots[root], paths)) for root in sorted(roots)}
        scope["build"] = to_json(object_of({"name": string(self.build.block)}))
        place, around = expression.range, self.around
        return Late(place.text, scope, place.line, place.column, around.directory, around.cwd, place.source.syntax)

    def _blocks(self, options: Options, body: Body, bindings: Mapping[str, Value]) -> None:
        """Nested blocks: each type is an option, whose value is a list of objects."""
        places: dict[str, Range] = {}
        found: dict[str, list[Any]] = {}
        origin = Origin()
        for inner in expand(body, self.around, bindings, self.problems):
            block = inner.block
            if block.labels:
                self.problems.error(block.range, f'A "{block.type}" block inside another takes no label')
            if block.type in options.arguments:
                self.problems.error(block.range, f'"{block.type}" is given as an option and as a block')
            places.setdefault(block.type, block.range)
            with self.problems.collect():
                found.setdefault(block.type, []).append(self._object(inner, origin))
        for name, items in found.items():
            options.put(name, items, places[name], None, origin)

    def _object(self, placed: Placed, origin: Origin) -> dict[str, Any]:
        here = replace(self, around=self.around.adding(placed.bindings))
        inside = Options()
        for attribute in placed.body.attributes.values():
            if here._late(attribute.expression) is not None:
                raise mistake(
                    attribute.expression.range,
                    "build values are not supported in a block inside a step yet",
                    "They are only known once the machine runs.",
                )
            here._attribute(inside, attribute, origin)
        here._blocks(inside, placed.body, placed.bindings)
        return {name: argument.value for name, argument in inside.arguments.items()}


def _has_unknown(value: Any) -> bool:
    if isinstance(value, list | dict):
        return any(map(_has_unknown, value.values() if isinstance(value, dict) else value))
    return value is UNKNOWN


def _needed(root: str, value: Value, paths: Iterable[tuple[str, ...]]) -> Value:
    """Of an object, only the attributes that are named, so that a plan does not carry every variable."""
    used = {path[1:2] for path in paths if path[0] == root}
    if not isinstance(value.payload, dict) or () in used:
        return value
    names = {name for (name,) in used}
    return object_of({name: item for name, item in value.payload.items() if name in names}).marked(value.marks)


def _place_of(node: Any, name: str) -> Range | None:
    """Where `build.NAME` stands in an expression, None if it is not written so."""
    if isinstance(node, Attribute) and node.name == name and node.object == Variable(node.range, "build"):
        return node.range
    if isinstance(node, tuple):
        return next(filter(None, (_place_of(part, name) for part in node)), None)
    if not isinstance(node, Expression):
        return None
    parts = tuple(getattr(node, each) for each in node.__struct_fields__)
    return _place_of(parts, name)
