"""`dynamic` blocks: as many blocks as a collection has elements (hcl/ext/dynblock)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from bakehouse.template.kinds import STRING, ListType, SetType
from bakehouse.template.problems import Problems, mistake
from bakehouse.template.schema import check_content, check_labels
from bakehouse.template.surroundings import Surroundings
from bakehouse.template.syntax.tree import Block, Body, Variable
from bakehouse.template.values import Value, number, object_of, string


@dataclass(frozen=True, slots=True)
class Placed:
    """A block, and the iterators that its expressions may name."""

    block: Block
    bindings: Mapping[str, Value] = field(default_factory=dict)

    @property
    def body(self) -> Body:
        """The block's body."""
        return self.block.body


def expand(body: Body, around: Surroundings, bindings: Mapping[str, Value], problems: Problems) -> list[Placed]:
    """The blocks of a body in order, `dynamic` ones replaced by what they stand for."""
    found: list[Placed] = []
    for block in body.blocks:
        if block.type != "dynamic":
            found.append(Placed(block, bindings))
        elif check_labels(block, ("type",), problems):
            with problems.collect():
                found += _expanded(block, around.adding(bindings), bindings, problems)
    return found


def _expanded(
    block: Block, around: Surroundings, bindings: Mapping[str, Value], problems: Problems
) -> Iterator[Placed]:
    check_content(block.body, "a dynamic block", ("for_each", "iterator", "labels"), ("content",), problems)
    attributes = block.body.attributes
    contents = [inner for inner in block.body.blocks if inner.type == "content"]
    if "for_each" not in attributes or len(contents) != 1:
        raise mistake(block.range, "A dynamic block needs one for_each and one content block")
    iterator = block.labels[0]
    if "iterator" in attributes:
        named = attributes["iterator"].expression
        if not isinstance(named, Variable):
            raise mistake(named.range, "An iterator is a bare name", "", "Write iterator = NAME.")
        iterator = named.name
    for key, value in _elements(block, around):
        inside = {**bindings, iterator: object_of({"key": key, "value": value})}
        labels: tuple[str, ...] = ()
        if "labels" in attributes:
            given = around.adding(inside).typed(attributes["labels"].expression, ListType(STRING), "labels")
            labels = tuple(item.payload for item in given.payload or ())
        made = replace(
            block,
            type=block.labels[0],
            labels=labels,
            body=contents[0].body,
            label_ranges=tuple(block.range for _ in labels),
        )
        yield Placed(made, inside)


def _elements(block: Block, around: Surroundings) -> list[tuple[Value, Value]]:
    expression = block.body.attributes["for_each"].expression
    value = around.known(expression, "for_each").unmarked()
    if isinstance(value.payload, dict):
        return [(string(key), item) for key, item in value.payload.items()]
    if isinstance(value.payload, tuple):
        keyed = isinstance(value.type, SetType)
        return [(item if keyed else number(position), item) for position, item in enumerate(value.payload)]
    detail = "for_each must be a list, a set, a map or an object."
    raise mistake(expression.range, "for_each has nothing to go through", detail)
