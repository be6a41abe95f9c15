"""All that a build runner touches outside of itself: settings in, a sink out, decisions in, slots (DESIGN 4).

Nothing here refers to live objects of a run, so a runner works as well in a process of its own, over pipes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Literal, Protocol

import msgspec

from bakehouse.engine.breakpoint_spec import Spec
from bakehouse.engine.options import RunOptions
from bakehouse.record.events import Body, SpanStarted
from bakehouse.sdk import Resource, Terminal
from bakehouse.template.plan import BuildPlan, FileRecord

Ending = Literal["succeeded", "failed", "cancelled"]


class Breakpoint(msgspec.Struct, frozen=True, omit_defaults=True):
    """A breakpoint as one build needs it. id: as in BreakpointSet. steps: the keys of the steps where it stands, None
    for any. script: absolute path, if it is a line of a file; line: of a script, 0 for none."""

    id: int
    spec: Spec
    steps: list[str] | None = None
    script: str = ""
    line: int = 0


class Settings(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a build needs to know of its run.

    cwd: where the plan's relative paths start. state_directory: private to the build, made on demand. options: the
    run's own. template: absolute path, which tells the runs of one template from others. from_key: of the step from
    which on all is run again, "" for none. breakpoints: that stand when the build begins.
    """

    run: str
    run_uuid: str
    installation: str
    cwd: str
    state_directory: str
    template_directory: str
    revision: int = 1
    options: RunOptions = RunOptions()
    force: bool = False
    template: str = ""
    from_key: str = ""
    breakpoints: list[Breakpoint] = []


class Decision(msgspec.Struct, frozen=True, omit_defaults=True):
    """What somebody decided about a build, already checked and recorded.

    verb: continue, next, retry, edit-retry, skip, rollback and rollback-retry (to: a step's key, "" for the one it is
    paused at) answer a pause. A question (number: not 0) is answered by `Commands.reply`: diff, open, copy, details,
    run, with the command's arguments. cancel (keep: leave the machine; reason: why, for
    people), stop-after-step, cut (end the removal that runs now) and force (remove nothing more) may come at any
    time. shell opens span `span`. plan, files, revision: a plan that takes the place of the one in force; the verb
    "revise" carries nothing else. breakpoints: all that stand from now on, with any verb; None: as before;
    the verb "breakpoints" carries nothing else. fault: it was not a person but the host that decided: the build has
    failed.
    """

    verb: str
    by: str = ""
    keep: bool = False
    reason: str = ""
    fault: bool = False
    span: int = 0
    plan: BuildPlan | None = None
    files: dict[str, FileRecord] = {}
    revision: int = 0
    to: str = ""
    breakpoints: list[Breakpoint] | None = None
    number: int = 0
    arguments: dict[str, bool | int | float | str] = {}


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a build ended. kept: its machine was left as it is."""

    ending: Ending
    error: str = ""
    kept: bool = False
    tainted: bool = False


class Sink(Protocol):
    """Where the facts and the output of one build go. Masking and seqs are behind it."""

    def emit(self, body: Body, span: int = 0) -> None:
        """Record a fact."""

    def live(self, body: Body, span: int = 0) -> None:
        """Tell those who watch now."""

    def begin(self, body: SpanStarted) -> int:
        """Record the beginning of a span; its id."""

    def output(self, span: int, stream: int, data: bytes) -> None:
        """Log what was printed. stream: as in `bakehouse.record.log`."""

    def settle(self, span: int) -> None:
        """Nothing that prints in the span runs now: its lines without an end get one, before anything is said."""

    async def keep(self, name: str, content: bytes) -> str:
        """Write a file beside the record, masked; its path. Raises OSError."""

    async def keep_log(self, name: str, span: int) -> str:
        """The same with what was printed in a span and in those begun after it. Raises OSError."""

    async def room(self) -> None:
        """Return once what is printed can be kept; at once for a build that was told to end. Raises StepError if it
        never can be."""

    async def note(self, resource: Resource) -> None:
        """Put a resource into the ledger, or what has changed about it; synced when this returns. Raises StepError."""

    async def strike(self, resource: Resource) -> None:
        """Strike it out. Raises StepError."""


class ShellTerminal(Terminal, ABC):
    """A terminal that can be told that the program on it has ended."""

    @abstractmethod
    def finish(self, exit_status: int) -> None:
        """The program has ended."""


class Offers(Protocol):
    """Terminals of steps that run."""

    def offer(self, span: int) -> ShellTerminal:
        """One that people can enter, by the attempt's span, while it is offered."""

    def withdraw(self, span: int) -> None:
        """The program on it has ended."""


class Commands(Offers, Protocol):
    """Where decisions come from."""

    async def next(self) -> Decision:
        """Wait for one."""

    def reply(self, number: int, data: dict[str, Any], error: str = "") -> None:
        """Answer a question; error: a sentence, and then there is no data."""

    def terminal(self, span: int) -> ShellTerminal:
        """The terminal of the person for whom `shell` opens `span`."""


class Slots(Protocol):
    """A build holds one of each while it works; while it is paused only the machine's."""

    async def enter(self) -> None:
        """Wait for both."""

    def leave(self) -> None:
        """Give both back."""

    def rest(self) -> None:
        """Paused: give back the slot for work."""

    async def resume(self) -> None:
        """Wait for a slot for work again."""
