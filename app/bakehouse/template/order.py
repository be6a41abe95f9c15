"""Locals and data sources, each computed once all that it needs is there (Packer 1.12: one graph of both)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bakehouse.errors import DataError, TemplateError
from bakehouse.template import data as blocks
from bakehouse.template.bakery import Bakery
from bakehouse.template.data import Configured, Data
from bakehouse.template.data_reading import Reader, Reading
from bakehouse.template.evaluate import references
from bakehouse.template.locals import Local
from bakehouse.template.outputs import output_type, output_value
from bakehouse.template.references import Reference
from bakehouse.template.surroundings import Surroundings
from bakehouse.template.values import SENSITIVE, Value, object_of, unknown

Node = Local | Data
MOST_SHOWN = 20
"""Members of a circle that its error names."""


@dataclass(slots=True)
class Found:
    """What came of them. locals: by name; data: by type and name. What failed, or needs what failed, is missing."""

    locals: dict[str, Value] = field(default_factory=dict)
    data: dict[tuple[str, str], Value] = field(default_factory=dict)


def name_of(node: Node) -> str:
    """As an expression names it."""
    return f"local.{node.name}" if isinstance(node, Local) else f"data.{node.type}.{node.name}"


def data_value(found: Mapping[tuple[str, str], Value]) -> Value:
    """`data`: an object of objects, by type and name."""
    types: dict[str, dict[str, Value]] = {}
    for (type, name), value in found.items():
        types.setdefault(type, {})[name] = value
    return object_of({type: object_of(each) for type, each in types.items()})


class Order:
    """One evaluation. Whatever needs nothing that is missing is computed; what is read meanwhile holds nothing else up.

    stand_ins: unknown values for locals whose declaration is wrong.
    """

    def __init__(
        self,
        locals: Mapping[str, Local],
        data: Sequence[Data],
        bakery: Bakery,
        reading: Reading,
        stand_ins: Mapping[str, Value],
    ) -> None:
        self._locals = locals
        self._data = {(each.type, each.name): each for each in data}
        nodes: list[Node] = [*data, *locals.values()]
        self._nodes = {name_of(node): node for node in nodes}
        self._bakery = bakery
        self._reading = reading
        self._found = Found(dict(stand_ins))
        self._stand_ins = dict(stand_ins)
        self._needs = {name: self._needed(node) for name, node in self._nodes.items()}
        self._configured: dict[str, Configured] = {}
        self._failed: set[str] = set()

    def run(self) -> Found:
        """Compute all of them. What is wrong is noted among the problems of the bakery."""
        wanted_by: dict[str, list[str]] = {name: [] for name in self._nodes}
        missing = {name: len(needs) for name, needs in self._needs.items()}
        for name, needs in self._needs.items():
            for need in needs:
                wanted_by[need].append(name)
        ready = deque(name for name, count in missing.items() if not count)
        with Reader(self._reading.notice) as reader:
            while ready or reader.busy:
                if not ready:
                    name, result = reader.next()
                    self._take(name, result)
                elif self._begun(name := ready.popleft(), reader):
                    continue
                for other in wanted_by[name]:
                    missing[other] -= 1
                    if not missing[other]:
                        ready.append(other)
        self._tell_cycles([name for name, count in missing.items() if count])
        found = self._found
        return Found({name: found.locals[name] for name in self._locals if name in found.locals}, found.data)

    def _needed(self, node: Node) -> dict[str, None]:
        """The names of the nodes that it needs."""
        paths = references(node.expression) if isinstance(node, Local) else blocks.needs(node.block.body)
        return {
            name: None for path in paths for name in self._named(path, name_of(node)) if name not in self._stand_ins
        }

    def _named(self, path: Reference, of: str) -> Iterator[str]:
        """The nodes that a path names: a whole root or type names all that is in it, but not the one it stands in."""
        if path[0] == "local":
            if len(path) == 1:
                yield from (name for each in self._locals if (name := f"local.{each}") != of)
            elif path[1] in self._locals:
                yield f"local.{path[1]}"
        elif path[0] == "data":
            if path[1:3] in self._data:
                yield f"data.{path[1]}.{path[2]}"
            elif len(path) < 3:
                found = (name_of(each) for each in self._data.values() if path[1:] in ((), (each.type,)))
                yield from (name for name in found if name != of)

    def _begun(self, name: str, reader: Reader) -> bool:
        """Compute a node; True if it is not there yet, since it is being read."""
        node = self._nodes[name]
        if any(need in self._failed for need in self._needs[name]):
            self._failed.add(name)
        elif isinstance(node, Local):
            self._compute(node)
        else:
            return self._read(node, reader)
        return False

    def _compute(self, local: Local) -> None:
        name = name_of(local)
        self._failed.add(name)
        with self._bakery.problems.collect():
            try:
                value = self._around(self._needs[name]).value(local.expression)
            except TemplateError:
                value = self._around().value(local.expression)  # again, to tell which names there are
            self._found.locals[local.name] = value.marked(SENSITIVE) if local.sensitive else value
            self._failed.discard(name)

    def _read(self, data: Data, reader: Reader) -> bool:
        name = name_of(data)
        configured = blocks.configure(data, self._around(), self._bakery)
        if configured is None or configured.config is None:
            self._failed.add(name)
            return False
        if not (self._reading.execute and configured.known):
            self._found.data[data.type, data.name] = unknown(output_type(configured.component))
            return False
        self._configured[name] = configured
        kept = self._reading.kept.get(self._key(name))
        if kept is not None:
            self._take(name, kept)
            return False
        reader.start(name, configured.component(configured.config))
        return True

    def _key(self, name: str) -> tuple[str, str]:
        return name, repr(self._configured[name].config)

    def _take(self, name: str, result: Any) -> None:
        """Note what was read, or what went wrong."""
        data, configured = self._nodes[name], self._configured[name]
        assert isinstance(data, Data)
        if not isinstance(result, DataError):
            try:
                value = output_value(configured.component, result, configured.sensitive)
            except TypeError as error:
                result = DataError(f"This is a fault of the data source: {error}.")
        if isinstance(result, DataError):
            self._failed.add(name)
            self._bakery.problems.error(data.place, f"{name} cannot be read", str(result))
            return
        self._reading.kept[self._key(name)] = result
        self._found.data[data.type, data.name] = value

    def _around(self, needed: Iterable[str] | None = None) -> Surroundings:
        """Where a node is computed. needed: what it can name; None for all that there is or will be."""
        locals, data = self._found.locals, self._found.data
        if needed is not None:
            nodes = [self._nodes[name] for name in needed]
            locals = {each.name: locals[each.name] for each in nodes if isinstance(each, Local)} | self._stand_ins
            data = {(each.type, each.name): data[each.type, each.name] for each in nodes if isinstance(each, Data)}
        else:
            locals = dict.fromkeys(self._locals, unknown()) | locals
            data = dict.fromkeys(self._data, unknown()) | data
        roots = {"local": object_of(locals)}
        return self._bakery.around.adding({**roots, "data": data_value(data)} if self._data else roots)

    def _tell_cycles(self, left: list[str]) -> None:
        """One error for each circle of needs. left: the nodes that wait for themselves, or for one that does."""
        seen: set[str] = set()
        waiting = set(left)
        for start in left:
            path: dict[str, None] = {}
            name = start
            while name not in seen:
                seen.add(name)
                path[name] = None
                name = next(need for need in self._needs[name] if need in waiting)
            if name in path:
                names = list(path)
                self._tell_cycle(names[names.index(name) :])

    def _tell_cycle(self, names: list[str]) -> None:
        first = self._nodes[names[0]]
        summary = f'{"Local" if isinstance(first, Local) else "Data source"} "{first.name}" needs itself'
        shown = [f"{name} ({self._where(name)})" if len(names) > 1 else name for name in names[:MOST_SHOWN]]
        if len(names) > MOST_SHOWN:
            shown.append(f"{len(names) - MOST_SHOWN} more")
        detail = f"{' → '.join([*shown, names[0]])}."
        self._bakery.problems.error(first.place, summary, detail, "Take one of these references out.")

    def _where(self, name: str) -> str:
        place = self._nodes[name].place
        return f"{place.location.file}:{place.line}"
