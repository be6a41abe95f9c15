"""Facts of what takes time: steps, attempts, the commands of a script."""

from __future__ import annotations

from typing import ClassVar

from bakehouse.record.events.envelope import Body


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
    """It ended. outcome: ok, failed, cancelled; of a command of a script also skipped.

    exit_status: of the command that decided it, if one did. seconds: how long it took by a clock inside the machine;
    0: as the envelopes say.
    """

    free: ClassVar[frozenset[str]] = frozenset({"error"})

    outcome: str
    error: str = ""
    exit_status: int | None = None
    seconds: float = 0.0


class StepSkipped(Body, frozen=True, omit_defaults=True):
    """A step was left out. reason: 'skip', '-except', 'only_on' ..."""

    free: ClassVar[frozenset[str]] = frozenset({"reason"})

    step: str
    reason: str = ""
    by: str = ""


class StepCached(Body, frozen=True, omit_defaults=True):
    """Whether an earlier run's work stands for this step. hit: it was not run again. because: for people, of a miss
    which file, option or function; of a step on the host that it is always run."""

    free: ClassVar[frozenset[str]] = frozenset({"because"})

    step: str
    hit: bool
    because: str = ""


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


class WaitsForInput(Body, frozen=True, omit_defaults=True):
    """A program of a step on the host, which has a terminal, waits for an answer at it. question: the line at which it
    waits; "" once somebody has typed. The span is the attempt's: verb `shell` leads to this terminal."""

    free: ClassVar[frozenset[str]] = frozenset({"question"})

    question: str = ""
