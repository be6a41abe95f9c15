"""The breakpoints of a run: those of the command line and those that people set while it runs."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from bakehouse.engine.breakpoint_places import Places, find
from bakehouse.engine.breakpoint_spec import Spec, parse
from bakehouse.engine.ports import Breakpoint
from bakehouse.errors import UsageError
from bakehouse.record.events import BreakpointCleared, BreakpointSet
from bakehouse.template.plan import Plan


@dataclass(slots=True)
class Entry:
    """One that stands. build: key of the only build it is for, "" for all."""

    id: int
    spec: Spec
    origin: str
    by: str
    build: str
    places: Places

    @property
    def fact(self) -> BreakpointSet:
        """The event about it."""
        when, line = self.spec.when, self.places.line
        return BreakpointSet(self.id, self.spec.text, when, self.origin, self.places.steps, line, self.by)


class Book:
    """What stands. cwd: where relative paths start."""

    def __init__(self, cwd: str) -> None:
        self._cwd = cwd
        self._entries: dict[int, Entry] = {}
        self._numbers = itertools.count(1)

    def add(self, text: str, plan: Plan, origin: str, by: str = "", build: str = "") -> BreakpointSet:
        """Set one. Raises UsageError if it can be none, or if there is no such step."""
        spec = parse(text)
        places = find(spec, plan, self._cwd, build)
        if places.line:
            spec = Spec(spec.text, "line", spec.at, spec.line)
        entry = Entry(next(self._numbers), spec, origin, by, build, places)
        self._entries[entry.id] = entry
        return entry.fact

    def toggle(self, text: str, plan: Plan, by: str, build: str) -> BreakpointSet | BreakpointCleared:
        """Take away the one that a text means in a build, else set it. Raises UsageError."""
        spec = parse(text)
        places = find(spec, plan, self._cwd, build)
        for entry in self._entries.values():
            same = entry.build == build and entry.places == places
            if same and _meaning(entry.spec) == _meaning(spec):
                return self.clear(entry.id, by)
        return self.add(text, plan, "viewer", by, build)

    def clear(self, id: int, by: str) -> BreakpointCleared:
        """Take one away. Raises UsageError if there is none."""
        if id not in self._entries:
            standing = ", ".join(map(str, self._entries)) or "none"
            raise UsageError(f"There is no breakpoint {id}. Those that stand: {standing}.")
        del self._entries[id]
        return BreakpointCleared(id, by)

    def revise(self, plan: Plan) -> list[BreakpointSet]:
        """Another plan is in force: what stands elsewhere now.

        A place in a file goes with its block when lines move; a step that is gone keeps its place, if it comes back.
        """
        moved = []
        for entry in self._entries.values():
            before = entry.places
            if not (entry.spec.at and entry.spec.line and _stands(before, plan)):
                try:
                    entry.places = find(entry.spec, plan, self._cwd, entry.build)
                except UsageError:
                    continue
            if entry.places != before:
                moved.append(entry.fact)
        return moved

    def standing(self, build: str) -> list[Breakpoint]:
        """What one build needs to know."""
        found = []
        for entry in self._entries.values():
            places = entry.places
            if places.steps and build not in places.steps:
                continue
            steps = places.steps.get(build) if places.steps else None
            found.append(Breakpoint(entry.id, entry.spec, steps, places.script, places.line))
        return found


def _meaning(spec: Spec) -> tuple[object, ...]:
    """Two texts that mean the same at the same place; a line of a script is `before` it."""
    when = "before" if spec.when == "line" else spec.when
    return when, spec.pattern, spec.status, spec.differs, spec.seconds


def _stands(places: Places, plan: Plan) -> bool:
    """Whether every step it stands at is in a plan."""
    keys = {build.key: {step.key for step in build.steps} for build in plan.builds}
    return all(keys.get(build, set()).issuperset(steps) for build, steps in places.steps.items())
