"""A pause of one build: told, waited out with the slot for work given back, and what people did meanwhile."""

from __future__ import annotations

import time
from collections.abc import Mapping

import msgspec

from bakehouse.engine.control import Control
from bakehouse.engine.ports import Decision, Settings, Sink, Slots
from bakehouse.record.events import NANOSECONDS, BreakpointHit, BuildPaused, StepSkipped, Tainted
from bakehouse.record.log import SAY
from bakehouse.sdk import Machine

PASSED = "Nobody is there to answer at this breakpoint: the build goes on."


class Pauses:
    """The pauses of one build. marks: what people did by hand, for its artifact (`taint`)."""

    def __init__(self, settings: Settings, sink: Sink, control: Control, slots: Slots, machine: Machine) -> None:
        self.settings = settings
        self.marks: list[dict[str, str]] = []
        self._sink = sink
        self._control = control
        self._slots = slots
        self._machine = machine

    @property
    def stopping(self) -> bool:
        """Whether the build is to end after this step: then nothing in it pauses."""
        return self._control.stop_after_step is not None

    async def wait(self, body: BuildPaused, span: int, *, in_script: bool = False) -> Decision:
        """Pause until somebody answers. Raises Interrupted; in a script, it is cancelled instead."""
        hold = self.settings.options.hold
        until = time.time_ns() + int(hold * NANOSECONDS) if hold else 0
        communicator = self._machine.communicator
        shell = communicator is not None and communicator.HAS_SHELL
        self._slots.rest()
        self._sink.emit(msgspec.structs.replace(body, until=until, shell=shell), span)
        if in_script:
            decision = await self._control.answer_in_script()
            await self._slots.resume()
            return decision
        decision = await self._control.answer()
        with self._control.scope():
            await self._slots.resume()
        return decision

    def hit(self, step: str, span: int, hits: Mapping[int, str]) -> bool:
        """Tell of breakpoints (id to note) that were reached; whether the build stops there."""
        stays = self.settings.options.wait_at_breakpoints
        for id, note in hits.items():
            self._sink.emit(BreakpointHit(step, note, passed=not stays, breakpoint=id), span)
        if hits and not stays:
            self.say(span, PASSED)
        return bool(hits) and stays

    def skip(self, step: str, number: int, title: str, span: int, by: str) -> None:
        """Somebody leaves a step undone."""
        self.taint(f"skipped {number} {title}", step, by, mark="skipped")
        self._sink.emit(StepSkipped(step, "skip", by), span)

    def taint(self, what: str, step: str, by: str, *, mark: str) -> None:
        """A person touched the build by hand. what: for people. mark: the same without any text of theirs or the
        template's, for the artifact, which is written past the mask."""
        self.marks.append({"what": mark, "step": step, "by": by})
        self._sink.emit(Tainted(what, step, by))

    def say(self, span: int, text: str, stream: int = SAY) -> None:
        """A line in Bakehouse's own voice."""
        self._sink.output(span, stream, text.encode() + b"\n")
