"""What becomes of a run whose record cannot be written: for want of space it pauses, for any other reason it ends."""

from __future__ import annotations

import os
import time
from pathlib import Path

from bakehouse.engine.desk import Desk
from bakehouse.engine.ports import Decision
from bakehouse.engine.recorder import Recorder
from bakehouse.record.events import NANOSECONDS, BuildPaused, BuildResumed, Diagnostic
from bakehouse.record.state import BuildState, StepState

REASON = "disk"
"""Why a build is paused (BuildPaused)."""
UNATTENDED = 15 * 60.0
"""Seconds that a run which nobody watches waits for space."""


class Shortage:
    """Meets `recorder.OnDisk` for one run. hold: seconds that a paused build waits; 0 for a run without holds."""

    def __init__(self, recorder: Recorder, desk: Desk, directory: Path, hold: float) -> None:
        self._recorder = recorder
        self._desk = desk
        self._disk = _mount(directory)
        self._hold = hold or UNATTENDED

    def full(self) -> None:
        """Pause what runs; a build that is paused already stays so."""
        text = f"{self._disk} is full. Builds are paused; nothing is lost. They go on once there is space."
        self._recorder.emit(Diagnostic("error", text))
        for key, build in list(self._recorder.state.builds.items()):
            if _running(build) is not None:
                self.waits(key)

    def waits(self, key: str) -> None:
        """Pause one build, if it is not paused for another reason."""
        build = self._recorder.state.builds[key]
        if build.ended or build.pause is not None or not self._recorder.full or self._desk.is_ending(key):
            return
        running = _running(build)
        step = running or next((step for step in build.steps.values() if step.status == "waiting"), None)
        if step is None:
            return
        body = BuildPaused(
            step.info.key,
            REASON,
            step.attempt if running else 0,
            until=time.time_ns() + int(self._hold * NANOSECONDS),
            note=f"{self._disk} is full.",
            shell=False,
            place="inside" if running else "before",
        )
        self._recorder.emit(body, key, step.span if running else 0)

    def space(self) -> None:
        """Go on with what was paused for want of it."""
        self._recorder.emit(Diagnostic("note", f"There is space on {self._disk} again: the builds go on."))
        for key, build in list(self._recorder.state.builds.items()):
            if build.pause is not None and build.pause.reason == REASON:
                self._recorder.emit(BuildResumed("continue", "space"), key, build.pause.span)

    def broken(self, reason: str) -> None:
        """Nothing can be kept any more: every build ends here, and says why."""
        text = f"{reason} Every build is ended and cleaned up."
        self._recorder.emit(Diagnostic("error", text))
        for build in list(self._recorder.state.builds.values()):
            if not build.ended:
                self._desk.interrupt(build, Decision("cancel", reason=text, fault=True))


def _running(build: BuildState) -> StepState | None:
    return next((step for step in build.steps.values() if step.status == "running"), None)


def _mount(path: Path) -> str:
    """The directory at which the disk of `path` is mounted."""
    place = os.path.realpath(path)
    while not os.path.ismount(place):
        place = os.path.dirname(place)
    return place
