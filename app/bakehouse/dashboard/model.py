"""What the dashboard knows of a run: the fold of its events, who is attached, and what is selected."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from bakehouse.dashboard import formats
from bakehouse.dashboard.watching.company import Company
from bakehouse.dashboard.watching.deeds import Deed, deed
from bakehouse.record.events import ControlAsked, Event, EvidenceCollected, OutputGrew, Presence, SpanStarted
from bakehouse.record.fold import fold
from bakehouse.record.state import BuildState, RunState, SpanState, StepState, worked

GROUPS = {"machine": "machine", "provisioner": "provision", "cleanup": "provision"}


@dataclass
class RunModel:
    """state: as `fold` has it. span_order: ids of a build's spans as they began. commands: ids of the spans of a traced
    script's commands, by the attempt they belong to. lost: since when the socket is gone, ns, 0 for not. now: the
    clock, nanoseconds since 1970. files: how many files of a machine have changed, and since the checkpoint before
    which step, by build and span of the attempt. deeds: what people did, by build.
    """

    now: Callable[[], int] = time.time_ns
    state: RunState = field(default_factory=RunState)
    span_order: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    commands: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    files: dict[tuple[str, int], tuple[int, str]] = field(default_factory=dict)
    deeds: dict[str, list[Deed]] = field(default_factory=lambda: defaultdict(list))
    viewers: int = 1
    company: Company = field(default_factory=Company)
    lost: int = 0
    selected: str = ""
    steps_of: dict[str, str] = field(default_factory=dict)
    _roots: dict[int, int] = field(default_factory=dict, repr=False)

    def apply(self, facts: Sequence[Event]) -> set[str]:
        """Take the events in; returns the keys of the builds whose logs grew."""
        grew: set[str] = set()
        for fact in facts:
            if fact.seq == 0:
                self._live(fact, grew)
            elif fact.seq > self.state.seq and fact.kind == "SpanStarted":
                self._began(fact)
            elif fact.kind == "EvidenceCollected":
                self._collected(fact)
            if fact.seq > self.state.seq and (done := deed(fact)) is not None:
                self.deeds[fact.build].append(done)
        fold(facts, self.state)
        if self.selected not in self.state.builds and (self.state.builds or not self.company.replay):
            self.selected = next(iter(self.state.builds), "")
        return grew

    def _began(self, fact: Event) -> None:
        body = fact.decode(SpanStarted)
        if not body.parent:
            self.span_order[fact.build].append(fact.span)
            return
        self._roots[fact.span] = attempt = self._roots.get(body.parent, body.parent)
        if body.type == "command":
            self.commands[attempt].append(fact.span)

    def _collected(self, fact: Event) -> None:
        body = fact.decode(EvidenceCollected)
        if body.changed is not None:
            self.files[fact.build, fact.span] = body.changed, body.since

    def commands_of(self, step: StepState) -> list[SpanState]:
        """The commands of its script in the latest attempt, as they began."""
        spans = self.state.spans
        return [spans[number] for number in self.commands.get(step.span, ()) if number in spans]

    def restart(self) -> None:
        """Know nothing of the run again, except what of it is looked at."""
        self.state = RunState()
        for known in (self.span_order, self.commands, self.files, self.deeds, self._roots):
            known.clear()

    def cut_off(self) -> None:
        """The engine is gone: nothing moves after the moment at which its socket went, what was not over is lost."""
        moment = self.lost or self.now()
        self.now = lambda: moment
        for build in self.builds:
            if not build.ended:
                build.status, build.pause = ("lost" if build.started else "never began"), None
            for step in build.steps.values():
                if step.status in ("running", "paused"):
                    step.status, step.finished = "lost", step.finished or moment
        for span in self.state.spans.values():
            if not span.finished:
                span.outcome, span.finished = "lost", moment

    def _live(self, fact: Event, grew: set[str]) -> None:
        try:
            if fact.kind == "OutputGrew":
                fact.decode(OutputGrew)
                grew.add(fact.build)
            elif fact.kind == "Presence":
                self.company.present(fact.decode(Presence).viewers)
                self.viewers = max(1, len(self.company.viewers))
            elif fact.kind == "ControlAsked":
                self.company.ask(fact.decode(ControlAsked), self.now())
        except msgspec.ValidationError:
            return

    def open_shell(self, build: BuildState) -> int:
        """The span of a shell in the build's machine that somebody left open; 0 for none."""
        spans = [self.state.spans[number] for number in self.span_order[build.key] if number in self.state.spans]
        return next((span.id for span in reversed(spans) if span.type == "shell" and not span.finished), 0)

    @property
    def builds(self) -> list[BuildState]:
        """In the order of the template."""
        return list(self.state.builds.values())

    @property
    def build(self) -> BuildState | None:
        """The selected one."""
        return self.state.builds.get(self.selected)

    @property
    def paused(self) -> BuildState | None:
        """The selected build, if it is paused."""
        build = self.build
        return build if build is not None and build.pause is not None else None

    @property
    def asked(self) -> BuildState | None:
        """The selected build, if a program of its running step waits for somebody to type."""
        build = self.build
        return build if build is not None and build.question and build.pause is None else None

    def select(self, key: str) -> None:
        """Look at another build."""
        if key in self.state.builds:
            self.selected = key

    def neighbour(self, by: int) -> str:
        """The key of the build `by` places further, round the ends."""
        keys = list(self.state.builds)
        return keys[(keys.index(self.selected) + by) % len(keys)] if keys else ""

    def next_paused(self) -> str:
        """The key of the next build in the inbox, which goes from the longest waiting one to the newest and round;
        "" if no other is paused.
        """
        keys = [build.key for build in self.state.paused]
        at = keys.index(self.selected) + 1 if self.selected in keys else 0
        return next((key for key in [*keys[at:], *keys[:at]] if key != self.selected), "")

    def changed_files(self, build: BuildState) -> tuple[int, int] | None:
        """How many files have changed where it is paused, and since before the step of which number; None if nobody
        knows yet.
        """
        count, since = self.files.get((build.key, build.pause.span), (None, "")) if build.pause else (None, "")
        step = build.steps.get(since) or (build.steps.get(build.pause.step) if build.pause else None)
        return (count, step.info.number) if count is not None and step is not None else None

    def step_cursor(self, build: BuildState) -> str:
        """The step that the cursor is on: the one chosen, else the current one."""
        chosen = self.steps_of.get(build.key, "")
        if chosen in build.steps:
            return chosen
        current = build.current
        return current.info.key if current is not None else next(iter(build.steps), "")

    def elapsed(self) -> int:
        """Of the run, ns."""
        state = self.state
        return (state.finished or self.now()) - state.started if state.started else 0

    def build_time(self, build: BuildState) -> int:
        """Elapsed, ns; of a paused one since the pause."""
        if build.pause is not None:
            return self.now() - build.pause.since
        return (build.finished or self.now()) - build.started if build.started else 0

    def step_time(self, step: StepState) -> int:
        """Of the latest attempt, ns."""
        if not step.started:
            return 0
        return worked(step, self.now())

    def short_name(self, build: BuildState) -> str:
        """The shortest part of its name that tells it from the others."""
        builds = self.builds
        return formats.short_names([other.name for other in builds])[builds.index(build)]

    def counts(self) -> dict[str, int]:
        """How many builds are paused, running, failed, lost, succeeded, waiting; zeros are left out."""
        names = {"removing": "running", "cancelled": "failed", "never began": "waiting"}
        counts: dict[str, int] = {}
        for build in self.builds:
            name = names.get(build.status, build.status)
            counts[name] = counts.get(name, 0) + 1
        return counts


def group(step: StepState) -> str:
    """The group that the step list shows it in."""
    return GROUPS.get(step.info.kind, "artifact")


def grouped(build: BuildState) -> list[tuple[str, list[StepState]]]:
    """The build's steps in their order, those of one group that stand together under its name."""
    groups: list[tuple[str, list[StepState]]] = []
    for step in build.steps.values():
        name = group(step)
        if not groups or groups[-1][0] != name:
            groups.append((name, []))
        groups[-1][1].append(step)
    return groups


def step_rows(build: BuildState) -> int:
    """How many rows the step list needs: groups, steps, and a blank between groups."""
    groups = len(grouped(build))
    return len(build.steps) + groups + max(0, groups - 1)


def position(build: BuildState) -> tuple[int, int]:
    """Number of the current step (0 before the first) and of all steps."""
    current = build.current
    return (current.info.number if current is not None else 0), sum(not step.gone for step in build.steps.values())
