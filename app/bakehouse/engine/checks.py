"""Whether a command still fits: what its sender saw is held against the state, and so is the verb.

A pause is answered here, in the same instant in which it was checked.
"""

from __future__ import annotations

from collections.abc import Mapping

from bakehouse.engine.mailbox import Mailbox
from bakehouse.engine.ports import Decision
from bakehouse.engine.recorder import Recorder
from bakehouse.errors import Refused
from bakehouse.record.commands import VERBS, Command, Expects
from bakehouse.record.events import BuildResumed
from bakehouse.record.fitting import why_not
from bakehouse.record.state import BuildState, Pause


class Checks:
    """Checks the commands of one run."""

    def __init__(self, recorder: Recorder, mailboxes: Mapping[str, Mailbox]) -> None:
        self.recorder = recorder
        self.mailboxes = mailboxes

    def build(self, command: Command) -> BuildState:
        """The build it is for. Raises Refused."""
        build = self.recorder.state.builds.get(command.build)
        if build is None:
            raise Refused(f'There is no build "{command.build}".', code="unknown")
        return build

    def check(self, command: Command) -> BuildState:
        """Whether what the sender saw still holds. Raises Refused."""
        build, expects = self.build(command), command.expects or Expects()
        if build.ended:
            raise Refused(f"{build.name} has ended: {build.status}.", code="stale")
        offered = command.verb == "shell" and self.mailboxes[build.key].offered  # the step that runs has a terminal
        needs = "" if offered else VERBS[command.verb].needs
        for wanted in (needs, expects.state):
            if wanted and build.status != wanted:
                raise Refused(f"{build.name} is {build.status}, not {wanted}.", code="stale")
        now = build.expects
        span = now.span or (build.current.span if build.pause is None and build.current is not None else 0)
        if (expects.span and expects.span != span) or (expects.pause and expects.pause != now.pause):
            raise Refused(f"{build.name} has moved on since.", code="stale")
        return build

    def pause(self, command: Command) -> Pause:
        """The pause it is about. Raises Refused."""
        pause = self.check(command).pause
        if pause is None:
            raise Refused(f'"{command.verb}" needs a paused build.', code="stale")
        return pause

    def fits(self, command: Command, to: str = "") -> Pause:
        """The same, and the verb fits it. Raises Refused."""
        pause = self.pause(command)
        reason = why_not(command.verb, self.build(command), to)
        if reason:
            raise Refused(reason)
        return pause

    def answer(self, command: Command, decision: Decision) -> None:
        """The pause ends, now, for everyone; nothing may be awaited between the check and this. Raises Refused."""
        pause = self.pause(command)
        self.resumed(command.build, pause, command.verb, command.by)
        self.mailboxes[command.build].put(decision)

    def resumed(self, build: str, pause: Pause, verb: str, by: str) -> None:
        """Record that a pause has ended."""
        self.recorder.emit(BuildResumed(verb, by), build, pause.span)
