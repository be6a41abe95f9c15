"""Where commands are accepted or refused, and nowhere else.

What is accepted is recorded and folded in the same instant, before anyone else can speak. So the state against which
the next command is held has moved on already, and of two people who press the same key one is refused as stale.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from bakehouse.engine.mailbox import Mailbox
from bakehouse.engine.options import RunOptions
from bakehouse.engine.ports import Decision
from bakehouse.engine.recorder import Recorder
from bakehouse.engine.revision import Revisions
from bakehouse.engine.shell import Person, ShellStream
from bakehouse.errors import Refused
from bakehouse.record.commands import VERBS, Command, Expects
from bakehouse.record.events import (
    NANOSECONDS,
    BreakpointHit,
    BuildResumed,
    CommandRefused,
    Event,
    HoldChanged,
    SpanStarted,
)
from bakehouse.record.log import SAY
from bakehouse.record.state import BuildState, Pause
from bakehouse.session.host import Accepted

RUN_VERBS = {"stop": "clean", "stop-keep": "keep", "stop-after-step": "after-step"}
QUESTIONS = ("diff", "open", "copy", "details", "run")
SHELL_SIZE = (24, 80)
LONGEST_HOLD = 30 * 24 * 3600


class Desk:
    """The commands of one run."""

    def __init__(
        self,
        recorder: Recorder,
        revisions: Revisions,
        options: RunOptions,
        mailboxes: Mapping[str, Mailbox],
        stop: Callable[[str, str], None],
    ) -> None:
        self._recorder = recorder
        self._revisions = revisions
        self._options = options
        self._mailboxes = mailboxes
        self._stop = stop
        self._holds: dict[str, asyncio.TimerHandle] = {}
        self._build_verbs = {
            "continue": self._resume,
            "next": self._resume,
            "skip": self._skip,
            "retry": self._retry,
            "edit-retry": self._edit,
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
            act = self._build_verbs.get(command.verb)
            if act is None:
                raise Refused(f'There is no command "{command.verb}".', code="unknown")
            self._check(command)
            return await act(command) or Accepted()
        except Refused as refusal:
            build = command.build if command.build in self._recorder.state.builds else ""
            body = CommandRefused(command.verb, refusal.code, str(refusal), command.by)
            self._recorder.emit(body, build)
            raise

    def hear(self, fact: Event) -> None:
        """Every event: a pause starts its hold, the end of a pause ends it."""
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
            self._emit(build, BuildResumed("cancel", decision.by), build.pause)
        self._mailboxes[build.key].put(decision)

    def stream(self, span: int) -> Person:
        """The person's end of an open shell. Raises Refused."""
        for mailbox in self._mailboxes.values():
            shell = mailbox.terminals.get(span)
            if shell is not None:
                if shell.person.taken:
                    raise Refused("Somebody is in this shell already.", code="invalid")
                shell.person.taken = True
                return shell.person
        raise Refused(f"There is no shell {span}.", code="unknown")

    def _build(self, command: Command) -> BuildState:
        build = self._recorder.state.builds.get(command.build)
        if build is None:
            raise Refused(f'There is no build "{command.build}".', code="unknown")
        return build

    def _check(self, command: Command) -> BuildState:
        """Whether what the sender saw still holds."""
        build, expects = self._build(command), command.expects or Expects()
        if build.ended:
            raise Refused(f"{build.name} has ended: {build.status}.", code="stale")
        needs = VERBS[command.verb].needs
        for wanted in (needs, expects.state):
            if wanted and build.status != wanted:
                raise Refused(f"{build.name} is {build.status}, not {wanted}.", code="stale")
        span = build.pause.span if build.pause else build.current.span if build.current else 0
        if expects.span and expects.span != span:
            raise Refused(f"{build.name} has moved on since.", code="stale")
        return build

    async def _resume(self, command: Command) -> None:
        self._refuse_without_machine(command)
        self._answer(command, Decision(command.verb, command.by))

    async def _skip(self, command: Command) -> None:
        pause = self._pause(command)
        if pause.reason != "failure":
            raise Refused("This step is done: there is nothing to skip. Continue goes on.")
        self._refuse_without_machine(command)
        self._answer(command, Decision("skip", command.by))

    async def _retry(self, command: Command) -> None:
        changed = await self._revisions.changed()
        if changed and not isinstance(command.arguments.get("changed"), bool):
            names = ", ".join(changed)
            raise Refused(f"Changed since it ran: {names}. Retry with the change, or as it was?", code="changed")
        if changed and command.arguments["changed"]:
            await self._edit(command)
        else:
            self._answer(command, Decision(command.verb, command.by))

    async def _edit(self, command: Command) -> None:
        plan = await self._revisions.recompiled()
        self._check(command)
        self._recorder.emit(self._revisions.adopt(plan, command.by))
        now = self._revisions.plan
        for build in now.builds:
            verb = command.verb if build.key == command.build else "revise"
            decision = Decision(verb, command.by, plan=build, files=now.files, revision=now.revision)
            if build.key == command.build:
                self._answer(command, decision)
            elif not self._recorder.state.builds[build.key].ended:
                self._mailboxes[build.key].put(decision)

    async def _ask(self, command: Command) -> Accepted:
        """What only the build itself can answer."""
        mailbox = self._mailboxes[command.build]
        return Accepted(data=await mailbox.ask(Decision(command.verb, command.by, arguments=command.arguments)))

    async def _shell(self, command: Command) -> Accepted:
        pause = self._pause(command)
        if not pause.shell:
            raise Refused("There is no machine to open a shell in.")
        rows, columns = (
            max(1, int(command.arguments.get(name) or default))
            for name, default in zip(("rows", "columns"), SHELL_SIZE, strict=True)
        )
        sink, mailbox = self._recorder.sink(command.build), self._mailboxes[command.build]
        span = sink.begin(SpanStarted("shell", "shell", step=pause.step, revision=self._revisions.plan.revision))
        mailbox.terminals[span] = ShellStream(rows, columns)
        mailbox.put(Decision("shell", command.by, span=span))
        return Accepted(span)

    async def _hold(self, command: Command) -> None:
        pause = self._pause(command)
        seconds = command.arguments.get("seconds")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= LONGEST_HOLD:
            raise Refused("How much longer? hold takes seconds: more than 0, 30 days at most.")
        if not pause.until:
            raise Refused("This build waits for ever already.")
        until = max(pause.until, time.time_ns()) + int(seconds * NANOSECONDS)
        self._recorder.emit(HoldChanged(until, command.by), command.build)

    async def _cancel(self, command: Command) -> None:
        if self._mailboxes[command.build].ending:
            raise Refused("This build is being ended already.", code="stale")
        keep = command.arguments.get("keep") is True
        self.interrupt(self._build(command), Decision("cancel", command.by, keep))

    def _pause(self, command: Command) -> Pause:
        pause = self._check(command).pause
        if pause is None:
            raise Refused(f'"{command.verb}" needs a paused build.', code="stale")
        return pause

    def _refuse_without_machine(self, command: Command) -> None:
        """Nobody can go on after a failed step that makes the machine."""
        pause = self._pause(command)
        step = self._build(command).steps.get(pause.step)
        if pause.reason == "failure" and step is not None and step.info.kind == "machine":
            place = f"Step {step.info.number} makes the machine"
            raise Refused(f"{place}: without it nothing after it can run. Retry, or cancel.")

    def _answer(self, command: Command, decision: Decision) -> None:
        """The pause ends, now, for everyone; nothing may be awaited between the check and this."""
        build = self._check(command)
        self._emit(build, BuildResumed(command.verb, command.by), self._pause(command))
        self._mailboxes[command.build].put(decision)

    def _emit(self, build: BuildState, body: BuildResumed, pause: Pause) -> None:
        self._recorder.emit(body, build.key, pause.span)

    def _expire(self, key: str) -> None:
        """The hold is over. Where nobody was asked to be there, a breakpoint is passed by; else the build ends."""
        build = self._recorder.state.builds[key]
        pause = build.pause
        if pause is None:
            return
        reason = f"Nobody answered within {_duration((pause.until - pause.since) / NANOSECONDS)}."
        if pause.reason == "breakpoint" and self._options.on_error != "pause":
            sink = self._recorder.sink(key)
            sink.output(pause.span, SAY, f"{reason} The build goes on.\n".encode())
            sink.emit(BreakpointHit(pause.step, pause.note, passed=True), pause.span)
            self._emit(build, BuildResumed("continue", "hold"), pause)
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
