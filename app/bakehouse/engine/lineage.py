"""What the machine of a build comes from, step by step: the digest of all that was done to it, and why it may be none
that another run could start from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bakehouse.engine.cache.memory import Parts
from bakehouse.template.plan import StepPlan


@dataclass(frozen=True, slots=True)
class Point:
    """The machine at one moment. digest: of all that led to it. why_not: why no other run may start from it, "" if
    one may."""

    digest: str
    why_not: str = ""


@dataclass(slots=True)
class _Attempt:
    key: str
    digest: str
    moving: str = ""
    others: bool = False
    ok: bool = False


class Lineage:
    """The machine as it is now, and as it was before each step that is behind."""

    def __init__(self) -> None:
        self.now = Point("", "nothing is known of this machine")
        self._before: dict[str, Point] = {}
        self._attempt: _Attempt | None = None

    def begin(self, digest: str) -> None:
        """The machine is made."""
        self.now, self._before, self._attempt = Point(digest), {}, None

    def attempt(self, step: StepPlan, digest: str, parts: Parts) -> None:
        """A step starts; the digest is the one with it. One after a failed one works on what that left."""
        last = self._attempt
        others = last is not None and (last.others or last.digest != digest or last.ok)
        self._attempt = _Attempt(step.key, digest, next(iter(parts.moving), ""), others)

    def ended(self, *, ok: bool) -> None:
        """The attempt is over."""
        if self._attempt is not None:
            self._attempt.ok = ok

    def done(self, step: StepPlan, *, failed: bool) -> None:
        """The step is behind, whatever became of it."""
        attempt, self._attempt = self._attempt, None
        if attempt is None or attempt.key != step.key:
            return
        why = self.now.why_not
        if not why and attempt.moving:
            why = f"{attempt.moving} of step {step.number}"
        elif not why and attempt.others:
            why = f"step {step.number} ran on what another attempt had left"
        elif not why and failed:
            why = f"step {step.number} failed"
        self._pass(step.key, Point(attempt.digest, why))

    def skip(self, step: StepPlan, digest: str) -> None:
        """An earlier run's work stands for the step."""
        self._pass(step.key, Point(digest, self.now.why_not))

    def rewind(self, steps: Sequence[str]) -> None:
        """None of these steps, by their keys in order, has been done to the machine as it is now."""
        self._attempt = None
        key = next((key for key in steps if key in self._before), None)
        if key is not None:
            self.now = self._before[key]
            keys = list(self._before)
            for later in keys[keys.index(key) :]:
                del self._before[later]

    def _pass(self, key: str, after: Point) -> None:
        self._before[key] = self.now
        self.now = after
