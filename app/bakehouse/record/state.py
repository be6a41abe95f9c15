"""What `fold` makes of events: the one picture of a run that engine, viewers, printer and replay share."""

from __future__ import annotations

from dataclasses import dataclass, field

from bakehouse.record.commands import Expects
from bakehouse.record.events import (
    ArtifactMade,
    BreakpointSet,
    BuildInfo,
    CheckpointMade,
    Diagnostic,
    FailureSwallowed,
    ResourceClaimed,
    StepInfo,
    Tainted,
)


@dataclass(slots=True)
class SpanState:
    """id, parent: as in SpanStarted. build: its key. started, finished: nanoseconds since 1970, 0 for not yet.

    outcome: "" while it is open. stood, standing: as of a step.
    """

    id: int
    parent: int
    type: str
    title: str
    step: str
    attempt: int
    revision: int
    started: int
    finished: int = 0
    outcome: str = ""
    error: str = ""
    exit_status: int | None = None
    line: int = 0
    seconds: float = 0.0
    by: str = ""
    build: str = ""
    stood: int = 0
    standing: int = 0


@dataclass(slots=True)
class StepState:
    """status: waiting, running, paused, ok, failed, skipped, cancelled. span: of its latest attempt, 0 for none.

    accepted: it failed and somebody went on all the same. gone: the newest revision no longer has it.
    cached: an earlier run's work stands for it; cache_note: why it was run again, or why always.
    swallowed: commands of its script that failed and were passed over, in its latest attempt. trace_note: why its
    script is not traced. stood: how long its latest attempt has stood while people looked at it from inside, in ns;
    standing: since when it stands now, 0 for not.
    """

    info: StepInfo
    status: str = "waiting"
    attempt: int = 0
    span: int = 0
    started: int = 0
    finished: int = 0
    error: str = ""
    exit_status: int | None = None
    accepted: bool = False
    gone: bool = False
    cached: bool = False
    cache_note: str = ""
    swallowed: list[FailureSwallowed] = field(default_factory=list)
    trace_note: str = ""
    stood: int = 0
    standing: int = 0


def worked(timed: StepState | SpanState, now: int) -> int:
    """For how long it has run, in ns, without the time that it stood while people looked at it."""
    return max(0, (timed.finished or timed.standing or now) - timed.started - timed.stood)


@dataclass(slots=True)
class Pause:
    """Why a build waits, since when, how long its machine is kept (0 for ever), whether a shell can be opened in it.
    round, skips: as in BuildPaused."""

    step: str
    span: int
    reason: str
    since: int
    until: int
    attempt: int = 0
    error: str = ""
    exit_status: int | None = None
    note: str = ""
    shell: bool = True
    place: str = "after"
    line: int = 0
    command: str = ""
    breakpoints: list[int] = field(default_factory=list)
    round: int = 0
    skips: bool = True


@dataclass(slots=True)
class BreakpointState:
    """A breakpoint that stands. hits: how often it was reached."""

    info: BreakpointSet
    hits: int = 0


@dataclass(slots=True)
class BuildState:
    """status: waiting, running, paused, removing, succeeded, failed, cancelled.

    steps: in order, by key. pause: set only while paused. taints: what people did by hand.
    artifacts: what stands at the end, in order. resources: what is in the ledger now, by (owner, type, name).
    checkpoints: those that can be had now, by id, oldest first.
    no_checkpoints: why there are none. evidence: directory of the newest bundle.
    waits: for what, before it works or goes on: "a machine slot: there are 4 ..."; "" for nothing.
    question: at which the running step's program waits for somebody to type; "" for none.
    """

    info: BuildInfo
    status: str = "waiting"
    steps: dict[str, StepState] = field(default_factory=dict)
    started: int = 0
    finished: int = 0
    facts: str = ""
    error: str = ""
    kept: bool = False
    pause: Pause | None = None
    taints: list[Tainted] = field(default_factory=list)
    artifacts: list[ArtifactMade] = field(default_factory=list)
    resources: dict[tuple[str, str, str], ResourceClaimed] = field(default_factory=dict)
    leftovers: dict[tuple[str, str, str], str] = field(default_factory=dict)
    checkpoints: dict[int, CheckpointMade] = field(default_factory=dict)
    no_checkpoints: str = ""
    evidence: str = ""
    waits: str = ""
    question: str = ""

    @property
    def key(self) -> str:
        """The build's key."""
        return self.info.key

    @property
    def name(self) -> str:
        """The build's name, as Packer prints it."""
        return self.info.name

    @property
    def tainted(self) -> list[str]:
        """What people did by hand."""
        return [taint.what for taint in self.taints]

    @property
    def tainted_by(self) -> list[str]:
        """The same with who did it: 'skipped 4 setup.sh, by ann'."""
        return [f"{taint.what}, by {taint.by}" if taint.by else taint.what for taint in self.taints]

    @property
    def current(self) -> StepState | None:
        """The step that runs or is paused; else the last one that was begun."""
        begun = [step for step in self.steps.values() if step.span or step.status == "paused"]
        return next((s for s in begun if s.status in ("running", "paused")), begun[-1] if begun else None)

    @property
    def expects(self) -> Expects:
        """What a command says of the build as it is now: it is refused if this no longer holds when it arrives."""
        if self.pause is None:
            return Expects(0, self.status)
        return Expects(self.pause.span, self.status, self.pause.since)

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.status in ("succeeded", "failed", "cancelled")


@dataclass(slots=True)
class RunState:
    """seq: of the last event folded in. exit_code: None until RunFinished. stopping: how, once somebody stopped it."""

    seq: int = 0
    run: str = ""
    template: str = ""
    directory: str = ""
    pid: int = 0
    version: str = ""
    installation: str = ""
    user: str = ""
    on_error: str = "cleanup"
    fail_tainted: bool = False
    hold: float = 0.0
    parallel: int = 0
    started: int = 0
    finished: int = 0
    revision: int = 0
    exit_code: int | None = None
    stopping: str = ""
    builds: dict[str, BuildState] = field(default_factory=dict)
    spans: dict[int, SpanState] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    lost_bytes: int = 0
    breakpoints: dict[int, BreakpointState] = field(default_factory=dict)
    driver: int = 0
    driver_name: str = ""

    @property
    def failed_by_taint(self) -> bool:
        """Whether nothing but what people did by hand makes the exit code 1."""
        builds = self.builds.values()
        done = all(build.status == "succeeded" for build in builds) and not self.lost_bytes
        return self.fail_tainted and bool(self.exit_code) and done and any(build.taints for build in builds)

    @property
    def paused(self) -> list[BuildState]:
        """Builds that need a person, the longest waiting first."""
        waiting = [build for build in self.builds.values() if build.pause is not None]
        return sorted(waiting, key=lambda build: build.pause.since if build.pause else 0)
