"""The facts of a run: one envelope a line in `events.jsonl`, and the bodies they carry (DESIGN 5).

The envelope is decoded at once, a body only by who needs it, so that a kind which this version does not know is
skipped rather than refused. Kinds, keys and ids are never masked; free text (titles, errors) always is, before it
gets here.
"""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

import msgspec

NANOSECONDS = 1_000_000_000

BodyType = TypeVar("BodyType", bound="Body")


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """One fact. seq: 1, 2, 3 ... in the run, 0 for a live-only one. at: nanoseconds since 1970.

    build: key of the build it is about, "" for the run's own. span: id of the span it is about, 0 for none.
    """

    seq: int
    at: int
    kind: str
    build: str = ""
    span: int = 0
    body: msgspec.Raw = msgspec.Raw(b"{}")

    def decode(self, body: type[BodyType]) -> BodyType:
        """The body, typed. Unknown fields are passed over; raises msgspec.ValidationError for a wrong type."""
        return msgspec.json.decode(self.body, type=body)


class Body(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of an event; the name of the class is the event's kind.

    free: the fields that hold free text, at any depth, which the engine masks; `fold` lives on the others.
    """

    free: ClassVar[frozenset[str]] = frozenset()

    @property
    def kind(self) -> str:
        """The `kind` of the envelope."""
        return type(self).__name__


class StepInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """A step as viewers need it. kind: machine, provisioner, artifact, post-processor, cleanup.

    number: from 1, as shown; title: as shown; file, line: where the template names it.
    name: the template's own, "" if it gives none.
    script: path of the one script it runs, which an editor opens; "" if there is none.
    """

    key: str
    number: int
    title: str
    kind: str
    type: str
    file: str = ""
    line: int = 0
    script: str = ""
    retry: str = "again"
    name: str = ""


class BuildInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """A build as viewers need it."""

    key: str
    name: str
    builder: str
    steps: list[StepInfo]
    needs: list[str] = []


class RunStarted(Body, frozen=True, omit_defaults=True):
    """The first event. hold: seconds a paused machine is kept. parallel: builds at once, 0 for no limit."""

    run: str
    template: str
    directory: str
    pid: int
    version: str
    installation: str
    user: str = ""
    hold: float = 0.0
    parallel: int = 0
    on_error: str = "cleanup"
    force: bool = False


class PlanRevised(Body, frozen=True, omit_defaults=True):
    """A plan came into force: revision 1 at the start, n+1 after an edit. changed: files that differ from before."""

    free: ClassVar[frozenset[str]] = frozenset({"title"})

    revision: int
    builds: list[BuildInfo]
    changed: list[str] = []
    by: str = ""


class BuildWaits(Body, frozen=True, omit_defaults=True):
    """A build waits for others before it works, or goes on after a pause. why: what for, as in 'waits for a slot: 2
    work at once'; "" once it waits no longer."""

    why: str


class BuildStarted(Body, frozen=True, omit_defaults=True):
    """A build left the queue. facts: a line about where it runs ('tier root')."""

    free: ClassVar[frozenset[str]] = frozenset({"facts"})

    facts: str = ""


class SpanStarted(Body, frozen=True, omit_defaults=True):
    """Something that takes time began; its id is the envelope's `span`.

    type: attempt, sub-step, command (of a traced script), hand command, shell, undo, cleanup, checkpoint, rollback,
    evidence. parent: id of the span around it, 0 for none. line: of the script, for a command; 0 for none. by: who
    began it, for what a person began.
    """

    free: ClassVar[frozenset[str]] = frozenset({"title"})

    type: str
    title: str
    step: str = ""
    parent: int = 0
    attempt: int = 0
    revision: int = 0
    line: int = 0
    by: str = ""


class SpanFinished(Body, frozen=True, omit_defaults=True):
    """It ended. outcome: ok, failed, cancelled. exit_status: of the command that decided it, if one did.

    seconds: how long it took by a clock inside the machine; 0: as the envelopes say.
    """

    free: ClassVar[frozenset[str]] = frozenset({"error"})

    outcome: str
    error: str = ""
    exit_status: int | None = None
    seconds: float = 0.0


class BuildPaused(Body, frozen=True, omit_defaults=True):
    """The build waits for a person; the envelope's span is that of the attempt it stands after or in, 0 before any.

    reason: failure, breakpoint, next, rollback. until: when the hold ends, nanoseconds since 1970; 0 for never.
    note: of the breakpoint. shell: there is a machine that a shell can be opened in. place: "after" the step, "before"
    it (it has not run yet), or in its script before `line`, whose text is `command`. breakpoints: ids of those hit.
    """

    free: ClassVar[frozenset[str]] = frozenset({"error", "note", "command"})

    step: str
    reason: str
    attempt: int = 0
    error: str = ""
    exit_status: int | None = None
    until: int = 0
    note: str = ""
    shell: bool = True
    place: str = "after"
    line: int = 0
    command: str = ""
    breakpoints: list[int] = []


class BuildResumed(Body, frozen=True, omit_defaults=True):
    """Somebody, or the end of the hold, decided. verb: any that answers a pause (`bakehouse.record.commands`)."""

    verb: str
    by: str = ""


class StepSkipped(Body, frozen=True, omit_defaults=True):
    """A step was left out. reason: 'skip', '-except', 'only_on' ..."""

    free: ClassVar[frozenset[str]] = frozenset({"reason"})

    step: str
    reason: str = ""
    by: str = ""


class Tainted(Body, frozen=True, omit_defaults=True):
    """A person skipped, forced or touched something by hand (STYLE 6, the flag). what: 'skipped 4 setup.sh'."""

    free: ClassVar[frozenset[str]] = frozenset({"what"})

    what: str
    step: str = ""
    by: str = ""


class ArtifactMade(Body, frozen=True, omit_defaults=True):
    """A result, as `bakehouse.sdk.Artifact` describes it. step: the post-processor that made it, "" for the builder."""

    free: ClassVar[frozenset[str]] = frozenset({"description", "files", "metadata"})

    builder_id: str
    id: str
    description: str
    files: list[str] = []
    metadata: dict[str, Any] = {}
    step: str = ""


class ArtifactGone(Body, frozen=True, omit_defaults=True):
    """An artifact was consumed by a post-processor that does not keep its input."""

    builder_id: str
    id: str


class ResourceClaimed(Body, frozen=True, omit_defaults=True):
    """A line of the ledger, for viewers; repeated when its id becomes known or it is to be kept."""

    owner: str
    type: str
    name: str
    step: str = ""
    id: str = ""
    kept: bool = False


class ResourceGone(Body, frozen=True, omit_defaults=True):
    """It was removed, or became the artifact."""

    owner: str
    type: str
    name: str


class RemovalFailed(Body, frozen=True, omit_defaults=True):
    """A resource could not be removed; it stays in the ledger for `bakehouse gc`."""

    free: ClassVar[frozenset[str]] = frozenset({"error"})

    owner: str
    type: str
    name: str
    error: str


class BreakpointSet(Body, frozen=True, omit_defaults=True):
    """A breakpoint stands from now on. id: unique in the run. text: as it was written, `before:setup`, `exit!=0`.

    origin: "command line", "viewer" or "template". steps: keys of the steps it stands at, by build, as of now; empty
    for one that any step may hit. line: of a script, 0 for none.
    """

    free: ClassVar[frozenset[str]] = frozenset({"text"})

    id: int
    text: str
    when: str
    origin: str
    steps: dict[str, list[str]] = {}
    line: int = 0
    by: str = ""


class BreakpointCleared(Body, frozen=True, omit_defaults=True):
    """It stands no longer."""

    id: int
    by: str = ""


class BreakpointHit(Body, frozen=True, omit_defaults=True):
    """A breakpoint was reached. breakpoint: its id, 0 for a `breakpoint` provisioner. passed: nobody could answer, so
    the build went on."""

    free: ClassVar[frozenset[str]] = frozenset({"note"})

    step: str
    note: str = ""
    passed: bool = False
    breakpoint: int = 0


class CheckpointMade(Body, frozen=True, omit_defaults=True):
    """The machine as it was before `step` can be had again. id: unique in the run.

    origin: "start" (the fresh machine, free of cost), "taken", "cache" (from an earlier run). size: bytes, SI shown.
    seconds: what it cost. lost: what a roll back will not bring back (processes, tmpfs ...), for people. reusable:
    another run may start from it; else `why_not` says why.
    """

    free: ClassVar[frozenset[str]] = frozenset({"lost", "why_not"})

    id: int
    step: str
    origin: str = "taken"
    size: int = 0
    seconds: float = 0.0
    lost: list[str] = []
    reusable: bool = True
    why_not: str = ""


class NoCheckpoints(Body, frozen=True, omit_defaults=True):
    """The machine of this build cannot be saved, so there is nothing to roll back to. why: a sentence."""

    free: ClassVar[frozenset[str]] = frozenset({"why"})

    why: str


class CheckpointGone(Body, frozen=True, omit_defaults=True):
    """It can be had no longer."""

    id: int


class BuildRewound(Body, frozen=True, omit_defaults=True):
    """The machine is as it was before `step`, which is next again. lost: what did not come back."""

    free: ClassVar[frozenset[str]] = frozenset({"lost"})

    step: str
    checkpoint: int
    lost: list[str] = []
    by: str = ""


class StepCached(Body, frozen=True, omit_defaults=True):
    """Whether an earlier run's work stands for this step. hit: it was not run again. because: for people, of a miss
    which file, option or function; of a step on the host that it is always run."""

    free: ClassVar[frozenset[str]] = frozenset({"because"})

    step: str
    hit: bool
    because: str = ""


class EvidenceCollected(Body, frozen=True, omit_defaults=True):
    """What can be known of a failure, before anybody was asked. path: the bundle's directory. files: names in it."""

    step: str
    path: str
    files: list[str] = []


class ScriptTraced(Body, frozen=True, omit_defaults=True):
    """Whether the commands of a script are told one by one. reason: why not, or what is not known."""

    free: ClassVar[frozenset[str]] = frozenset({"script", "reason"})

    script: str
    traced: bool
    reason: str = ""


class FailureSwallowed(Body, frozen=True, omit_defaults=True):
    """A command of a script failed and the step went on. how: ignored, pipe (hidden by one), note (no warning)."""

    free: ClassVar[frozenset[str]] = frozenset({"command"})

    step: str
    line: int
    command: str
    exit_status: int
    how: str = "ignored"


class DriverChanged(Body, frozen=True, omit_defaults=True):
    """Who drives now. viewer: as in Presence; 0 for nobody."""

    viewer: int
    user: str = ""


class CommandRefused(Body, frozen=True, omit_defaults=True):
    """A command was not accepted. code: as in `bakehouse.errors.Refused`."""

    free: ClassVar[frozenset[str]] = frozenset({"reason"})

    verb: str
    code: str
    reason: str
    by: str = ""


class HoldChanged(Body, frozen=True, omit_defaults=True):
    """A paused machine is kept until another time; `until` as in BuildPaused."""

    until: int
    by: str = ""


class Diagnostic(Body, frozen=True, omit_defaults=True):
    """Something that people should read. severity: error, warning, note."""

    free: ClassVar[frozenset[str]] = frozenset({"text"})

    severity: str
    text: str


class OutputLost(Body, frozen=True, omit_defaults=True):
    """Output could not be written (a full disk): how many bytes, and why."""

    free: ClassVar[frozenset[str]] = frozenset({"reason"})

    bytes: int
    reason: str


class BuildFinished(Body, frozen=True, omit_defaults=True):
    """The end of a build. outcome: succeeded, failed, cancelled. kept: its machine was left as it is."""

    free: ClassVar[frozenset[str]] = frozenset({"error"})

    outcome: str
    error: str = ""
    kept: bool = False


class RunStopping(Body, frozen=True, omit_defaults=True):
    """The run is being stopped: clean, keep, after-step, force."""

    how: str
    by: str = ""


class RunFinished(Body, frozen=True, omit_defaults=True):
    """The last event."""

    exit_code: int


class OutputGrew(Body, frozen=True, omit_defaults=True):
    """Live only: a build's log now has so many whole lines and bytes."""

    lines: int
    bytes: int


class Progress(Body, frozen=True, omit_defaults=True):
    """Live only: how far a transfer is; total 0 for unknown."""

    done: int
    total: int = 0
    unit: str = "bytes"


class Viewer(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody who is attached. role: driver or watcher. since: nanoseconds since 1970."""

    id: int
    user: str
    role: str
    client: str = ""
    since: int = 0


class Presence(Body, frozen=True, omit_defaults=True):
    """Live only: who is attached."""

    viewers: list[Viewer]


class ControlAsked(Body, frozen=True, omit_defaults=True):
    """Live only: a watcher asks to drive. until: when silence gives it, nanoseconds since 1970; 0: it is settled.
    kept: the driver said no."""

    viewer: int
    user: str
    until: int = 0
    kept: bool = False


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Event)


def event(body: Body, *, seq: int, at: int, build: str = "", span: int = 0) -> Event:
    """Put a body into its envelope."""
    return Event(seq=seq, at=at, kind=body.kind, build=build, span=span, body=msgspec.Raw(_ENCODER.encode(body)))


def encode(fact: Event) -> bytes:
    """One line of `events.jsonl`, newline included."""
    return _ENCODER.encode(fact) + b"\n"


def decode(line: bytes) -> Event:
    """The envelope of one line. Raises msgspec.DecodeError (a ValueError) for a torn or foreign line."""
    return _DECODER.decode(line)
