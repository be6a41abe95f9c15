"""Where the script of a running step stops, line by line (`bakehouse.sdk.script.ScriptWatch` asks)."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from bakehouse.engine.conditions import Conditions
from bakehouse.engine.pauses import Pauses
from bakehouse.engine.ports import Breakpoint
from bakehouse.engine.script_watch import Standing
from bakehouse.engine.step import Clock
from bakehouse.record.events import BuildPaused
from bakehouse.sdk.script import StopAnswer


class ScriptStops:
    """Breakpoints on lines, and stepping. stepping: somebody said `next` and the attempt still runs."""

    def __init__(self, pauses: Pauses, conditions: Conditions, clock: Clock) -> None:
        self.stepping = False
        self._pauses = pauses
        self._conditions = conditions
        self._clock = clock
        self._standing: Sequence[Breakpoint] = ()
        self._callbacks: list[Callable[[], None]] = []

    def replace(self, standing: Sequence[Breakpoint]) -> None:
        """These stand from now on."""
        self._standing = standing
        self.changed()

    def changed(self) -> None:
        """`lines` may answer otherwise."""
        for callback in list(self._callbacks):
            callback()

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Ask to be called when it may; call what is returned to be called no more."""
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    def lines(self, step: str, script: str) -> frozenset[int] | None:
        """The lines of a step's script (its path, "" if inline) before which it is to stop now; None: before its next
        command, whichever that is."""
        if self._pauses.stopping:
            return frozenset()
        if self.stepping or self._conditions.pending:
            return None
        return frozenset(point.line for point in self._standing if self._is_here(point, step, script))

    async def stop(self, step: str, script: str, span: int, standing: Standing) -> StopAnswer:
        """A script stands before a command: wait for a person, while no time passes for the attempt, whose span
        `span` is. Cancelled when the build is told to end."""
        line = standing.line
        lines = standing.meant | {line}
        here = [point.id for point in self._standing if point.line in lines and self._is_here(point, step, script)]
        stays = self._pauses.hit(step, span, dict.fromkeys(here, ""))
        notes, self._conditions.pending = self._conditions.pending, {}
        if self._pauses.stopping or not (stays or notes or self.stepping):
            return "continue"
        paused = BuildPaused(
            step,
            "breakpoint" if here or notes else "next",
            self._conditions.attempt,
            note=next(filter(None, notes.values()), ""),
            place="line",
            line=line,
            command=standing.text,
            breakpoints=[*here, *notes],
            round=standing.round,
            skips=standing.skips,
        )
        self._conditions.rest()
        try:
            with self._clock.stopped():
                decision = await self._pauses.wait(paused, span, in_script=True)
        finally:
            self._conditions.go_on()
        self.stepping = decision.verb in ("next", "skip")
        self.changed()
        if decision.verb == "skip":
            place = f"line {line}" + (f" of {os.path.basename(script)}" if script else "")
            self._pauses.taint(f"skipped {place}", step, decision.by, mark=f"skipped line {line}")
            return "skip"
        return "next" if self.stepping else "continue"

    def _is_here(self, point: Breakpoint, step: str, script: str) -> bool:
        if not point.line or step not in (point.steps or ()):
            return False
        path = os.path.normpath(os.path.join(self._pauses.settings.cwd, script))
        return not point.script or (bool(script) and point.script == path)
