"""`data` blocks: what is declared, and one block's options, which must be known before it is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bakehouse.sdk import DataSource
from bakehouse.template.bakery import Bakery
from bakehouse.template.dynamic import Placed
from bakehouse.template.evaluate import references
from bakehouse.template.options import OptionReader
from bakehouse.template.problems import Problems
from bakehouse.template.references import Reference
from bakehouse.template.schema import Module
from bakehouse.template.surroundings import Surroundings
from bakehouse.template.syntax.tree import Block, Body, Range
from bakehouse.template.variables import NAME, NAMES


@dataclass(frozen=True, slots=True)
class Data:
    """One data block: `data.TYPE.NAME`."""

    type: str
    name: str
    block: Block

    @property
    def place(self) -> Range:
        """Where it is declared."""
        return self.block.range


@dataclass(frozen=True, slots=True)
class Configured:
    """A data block whose options are right. config: None if they are not; known: whether all of them are known.

    sensitive: names of options that are.
    """

    component: type[DataSource]
    config: Any
    known: bool
    sensitive: frozenset[str]


def declare(module: Module, problems: Problems) -> list[Data]:
    """All data sources of a template, in order, each name once."""
    declared: dict[tuple[str, str], Data] = {}
    for block in module.of("data"):
        found = Data(block.labels[0], block.labels[1], block)
        for label, place in zip(block.labels, block.label_ranges, strict=False):
            if not NAME.fullmatch(label):
                problems.error(place, f'"{label}" cannot name a data source', NAMES)
        if other := declared.get((found.type, found.name)):
            where = f"{other.place.location.file}:{other.place.line}"
            summary = f'Data source "{found.type}.{found.name}" is declared twice'
            problems.error(found.place, summary, f"The first time was in {where}.", "Give it another name.")
            continue
        declared[found.type, found.name] = found
    return list(declared.values())


def needs(body: Body) -> Iterator[Reference]:
    """What the expressions of a body name, also those of the blocks in it."""
    for attribute in body.attributes.values():
        yield from references(attribute.expression)
    for block in body.blocks:
        yield from needs(block.body)


def configure(data: Data, around: Surroundings, bakery: Bakery) -> Configured | None:
    """The component and its options; None, with the problems noted, if there is no such component."""
    component = bakery.component("data_source", data.type, data.block.label_ranges[0])
    if component is None or not issubclass(component, DataSource):
        return None
    options = OptionReader(around, bakery.problems).read(Placed(data.block))
    config = bakery.config(component, options, data.place)
    return Configured(component, config, not options.doubtful, frozenset(options.sensitive))
