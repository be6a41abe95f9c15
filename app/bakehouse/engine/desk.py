"""Where commands are accepted or refused, and nowhere else.

What is accepted is recorded and folded in the same instant, before anyone else can speak. So the state against which
the next command is held has moved on already, and of two people who press the same key one is refused as stale.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import msgspec

from bakehouse.engine.answered import from_record, masked
from bakehouse.engine.answers import Answers
from bakehouse.engine.breakpoint_book import Book
from bakehouse.engine.checks import Checks
from bakehouse.engine.mailbox import Mailbox
from bakehouse.engine.options import RunOptions
from bakehouse.engine.ports import Decision
from bakehouse.engine.recorder import Recorder
from bakehouse.engine.revision import Revisions
from bakehouse.engine.shell_stream import Person, ShellStream
from bakehouse.errors import Refused, UsageError
from bakehouse.record.commands import VERBS, Command
from bakehouse.record.events import (
    NANOSECONDS,
    BreakpointHit,
    CommandRefused,
    Event,
    HoldChanged,
    SpanStarted,
)
from bakehouse.record.log import SAY
from bakehouse.record.state import BuildState
from bakehouse.session.host import Accepted

RUN_VERBS = {"stop": "clean", "stop-keep": "keep", "stop-after-step": "after-step"}
REWOUND = ("BuildRewound", "BuildPaused", "BuildFinished")
"""One of them ends a roll back after which the build goes on."""
Act = Callable[[Command], Coroutine[Any, Any, Accepted | None]]
QUESTIONS = ("diff", "open", "copy", "details", "run")
SHELL_SIZE = {"rows": 24, "columns": 80}
MOST_SHELLS = 16
"""Open in one machine."""
LONGEST_HOLD = 30 * 24 * 3600


class Desk:
    """The commands of one run."""

    def __init__(
        self,
        recorder: Recorder,
        revisions: Revisions,
        options: RunOptions,
        mailboxes: Mapping[str, Mailbox],
        book: Book,
        stop: Callable[[str, str], None],
    ) -> None:
        self._recorder = recorder
        self._revisions = revisions
        self._book = book
        self._checks = checks = Checks(recorder, mailboxes)
        answers = Answers(checks, revisions, book)
        self._options = options
        self._mailboxes = mailboxes
        self._stop = stop
        self._holds: dict[str, asyncio.TimerHandle] = {}
        self._awaited: dict[str, tuple[tuple[str, ...], asyncio.Future[None]]] = {}
        self._build_verbs = {
            "continue": answers.go_on,
            "next": answers.go_on,
            "skip": answers.go_on,
            "retry": answers.retry,
            "edit-retry": answers.edit,
            "rollback": self._to_its_end(answers.roll_back, ("BuildPaused", "BuildFinished")),
            "rollback-retry": self._to_its_end(answers.roll_back_and_retry, REWOUND),
            "break": self._break,
            "shell": self._shell,
            "hold": self._hold,
            "cancel": self._cancel,
            **dict.fromkeys(QUESTIONS, self._ask),
        }

    async def command(self, command: Command) -> Accepted:
        """Act on it. Raises Refused, and then nothing has changed."""
        try:
            if command.verb in RUN_VERBS:
                force = command.verb == "stop" and command.arguments.get("force") is True
                self._stop("force" if force else RUN_VERBS[command.verb], command.by)
                return Accepted()
            if command.verb == "clear":
                return self._clear(command)
            act = self._build_verbs.get(command.verb)
            if act is None:
                raise Refused(f'There is no command "{command.verb}".', code="unknown")
            self._checks.check(command)
            return await act(command) or Accepted()
        except Refused as refusal:
            build = command.build if command.build in self._recorder.state.builds else ""
            body = CommandRefused(command.verb, refusal.code, str(refusal), command.by)
            self._recorder.emit(body, build)
            raise

    def hear(self, fact: Event) -> None:
        """Every event: a pause starts its hold, the end of a pause ends it, and a roll back comes to its end."""
        kinds, ended = self._awaited.get(fact.build, ((), None))
        if ended is not None and fact.kind in kinds and not ended.done():
            ended.set_result(None)
        if fact.kind in ("BuildPaused", "BuildResumed", "HoldChanged", "BuildFinished"):
            timer = self._holds.pop(fact.build, None)
            if timer is not None:
                timer.cancel()
            build = self._recorder.state.builds[fact.build]
            if build.pause is not None and build.pause.until:
                wait = max(0.0, (build.pause.until - time.time_ns()) / NANOSECONDS)
                self._holds[fact.build] = asyncio.get_running_loop().call_later(wait, self._expire, fact.build)

    def interrupt(self, build: BuildState, decision: Decision) -> None:
        """End a build, or what it does now; a pause ends with it."""
        if build.pause is not None:
            self._checks.resumed(build.key, build.pause, "cancel", decision.by)
        if decision.verb != "stop-after-step":
            self._recorder.sink(build.key).give_up()
        self._mailboxes[build.key].put(decision)

    def is_ending(self, key: str) -> bool:
        """Whether a build was told to end."""
        return self._mailboxes[key].ending

    def stream(self, span: int, *, watch: bool = False) -> Person:
        """A person's end of a shell. Raises Refused."""
        for mailbox in self._mailboxes.values():
            shell = mailbox.terminals.get(span)
            if shell is not None:
                return shell.enter(watch=watch)
        raise Refused(f"There is no shell {span}.", code="unknown")

    async def _break(self, command: Command) -> Accepted:
        """Set a breakpoint, or take away the one that says the same; without a text, tell which stand."""
        text = command.arguments.get("break")
        if text is None:
            standing = self._recorder.state.breakpoints.values()
            return Accepted(
                data={"breakpoints": [{**msgspec.to_builtins(one.info), "hits": one.hits} for one in standing]}
            )
        if not isinstance(text, str):
            raise Refused("break takes a place or a condition: before:STEP, output~REGEX ...")
        try:
            fact = self._book.toggle(text, self._revisions.plan, command.by, command.build)
        except UsageError as error:
            raise Refused(str(error)) from error
        self._recorder.emit(fact)
        self._tell_breakpoints(command.by)
        return Accepted(data={"breakpoint": fact.id, "set": fact.kind == "BreakpointSet"})

    def _clear(self, command: Command) -> Accepted:
        id = command.arguments.get("breakpoint")
        if isinstance(id, bool) or not isinstance(id, int):
            raise Refused("clear takes the number of a breakpoint.")
        try:
            fact = self._book.clear(id, command.by)
        except UsageError as error:
            raise Refused(str(error), code="unknown") from error
        self._recorder.emit(fact)
        self._tell_breakpoints(command.by)
        return Accepted()

    def _tell_breakpoints(self, by: str) -> None:
        for key, mailbox in self._mailboxes.items():
            if not self._recorder.state.builds[key].ended:
                mailbox.put(Decision("breakpoints", by, breakpoints=self._book.standing(key)))

    async def _ask(self, command: Command) -> Accepted:
        """What only the build itself can answer."""
        if VERBS[command.verb].needs:
            self._checks.fits(command)
        mailbox = self._mailboxes[command.build]
        redactor = self._recorder.redactor
        try:
            answer = await mailbox.ask(Decision(command.verb, command.by, arguments=command.arguments))
        except Refused as refusal:
            raise Refused(redactor.text(str(refusal)), code=refusal.code) from None
        data = masked(redactor, answer)
        if command.verb == "details":
            state = self._recorder.state
            data |= from_record(state, state.builds[command.build], answer.get("step", ""))
        return Accepted(data=data)

    def _to_its_end(self, act: Act, kinds: tuple[str, ...]) -> Act:
        """A roll back is answered when it is over. The machine is kept at least as long as it was to be before."""

        async def acted(command: Command) -> Accepted:
            build = self._checks.build(command)
            until = build.pause.until if build.pause is not None else 0
            done = await act(command) or Accepted()
            ended = asyncio.get_running_loop().create_future()
            self._awaited[build.key] = kinds, ended
            try:
                await ended
            finally:
                self._awaited.pop(build.key, None)
            pause = build.pause
            if pause is not None and pause.reason == "rollback" and 0 < pause.until < until:
                self._recorder.emit(HoldChanged(until, command.by), build.key)
            error = {"error": pause.error} if pause is not None and pause.reason == "rollback" and pause.error else {}
            return Accepted(data={**done.data, **error})

        return acted

    async def _shell(self, command: Command) -> Accepted:
        if span := self._mailboxes[command.build].offered:  # the step that runs has a terminal itself
            return Accepted(span)
        pause = self._checks.fits(command)
        sizes = [command.arguments.get(name) or default for name, default in SHELL_SIZE.items()]
        if not all(isinstance(size, int) for size in sizes):
            raise Refused("rows and columns of a shell are whole numbers.")
        rows, columns = map(int, sizes)
        sink, mailbox = self._recorder.sink(command.build), self._mailboxes[command.build]
        if command.arguments.get("new") is not True and (left := mailbox.left_shell()):
            return Accepted(left)
        mailbox.forget_shells()
        if len(mailbox.terminals) >= MOST_SHELLS:
            raise Refused(f"{MOST_SHELLS} shells are open in this machine already; end one of them first.")
        revision = self._revisions.plan.revision
        span = sink.begin(SpanStarted("shell", "shell", step=pause.step, revision=revision, by=command.by))
        mailbox.terminals[span] = ShellStream(rows, columns)
        mailbox.put(Decision("shell", command.by, span=span))
        return Accepted(span)

    async def _hold(self, command: Command) -> Accepted:
        pause = self._checks.pause(command)
        seconds = command.arguments.get("seconds")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= LONGEST_HOLD:
            raise Refused("How much longer? hold takes seconds: more than 0, 30 days at most.")
        self._checks.fits(command)
        until = max(pause.until, time.time_ns()) + int(seconds * NANOSECONDS)
        self._recorder.emit(HoldChanged(until, command.by), command.build)
        return Accepted(data={"until": until})

    async def _cancel(self, command: Command) -> None:
        if self._mailboxes[command.build].ending:
            raise Refused("This build is being ended already.", code="stale")
        keep = command.arguments.get("keep") is True
        self.interrupt(self._checks.build(command), Decision("cancel", command.by, keep))

    def _expire(self, key: str) -> None:
        """The hold is over. Where nobody was asked to be there, a breakpoint is passed by; else the build ends."""
        build = self._recorder.state.builds[key]
        pause = build.pause
        if pause is None:
            return
        within = _duration((pause.until - pause.since) / NANOSECONDS)
        reason = f"{pause.note} There was no space within {within}." if pause.reason == "disk" else ""
        reason = reason or f"Nobody answered within {within}."
        if pause.reason == "breakpoint" and self._options.on_error != "pause":
            sink = self._recorder.sink(key)
            sink.output(pause.span, SAY, f"{reason} The build goes on.\n".encode())
            sink.emit(BreakpointHit(pause.step, pause.note, passed=True), pause.span)
            self._checks.resumed(key, pause, "continue", "hold")
            self._mailboxes[key].put(Decision("continue", "hold"))
        else:
            self.interrupt(build, Decision("cancel", "hold", reason=reason, fault=True))


def _duration(seconds: float) -> str:
    """4 h, 15 min, 1.5 s."""
    seconds = round(seconds, 2)
    for unit, name in ((3600, "h"), (60, "min")):
        if seconds >= unit:
            return f"{round(seconds / unit, 1):g} {name}"
    return f"{seconds:g} s"
