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


class BuildStarted(Body, frozen=True, omit_defaults=True):
    """A build left the queue. facts: a line about where it runs ('tier root')."""

    free: ClassVar[frozenset[str]] = frozenset({"facts"})

    facts: str = ""


class SpanStarted(Body, frozen=True, omit_defaults=True):
    """Something that takes time began; its id is the envelope's `span`.

    type: attempt, sub-step, hand command, shell, undo, cleanup. parent: id of the span around it, 0 for none.
    """

    free: ClassVar[frozenset[str]] = frozenset({"title"})

    type: str
    title: str
    step: str = ""
    parent: int = 0
    attempt: int = 0
    revision: int = 0


class SpanFinished(Body, frozen=True, omit_defaults=True):
    """It ended. outcome: ok, failed, cancelled. exit_status: of the command that decided it, if one did."""

    free: ClassVar[frozenset[str]] = frozenset({"error"})

    outcome: str
    error: str = ""
    exit_status: int | None = None


class BuildPaused(Body, frozen=True, omit_defaults=True):
    """The build waits for a person; the envelope's span is that of the attempt it stands after.

    reason: failure, breakpoint, next. until: when the hold ends, nanoseconds since 1970; 0 for never.
    note: of the breakpoint. shell: there is a machine that a shell can be opened in.
    """

    free: ClassVar[frozenset[str]] = frozenset({"error", "note"})

    step: str
    reason: str
    attempt: int = 0
    error: str = ""
    exit_status: int | None = None
    until: int = 0
    note: str = ""
    shell: bool = True


class BuildResumed(Body, frozen=True, omit_defaults=True):
    """Somebody, or the end of the hold, decided. verb: continue, next, retry, edit-retry, skip, cancel."""

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


class BreakpointHit(Body, frozen=True, omit_defaults=True):
    """A `breakpoint` provisioner was reached. passed: nobody could answer, so the build went on."""

    free: ClassVar[frozenset[str]] = frozenset({"note"})

    step: str
    note: str = ""
    passed: bool = False


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
    """Somebody who is attached."""

    id: int
    user: str
    role: str
    client: str = ""


class Presence(Body, frozen=True, omit_defaults=True):
    """Live only: who is attached."""

    viewers: list[Viewer]


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
