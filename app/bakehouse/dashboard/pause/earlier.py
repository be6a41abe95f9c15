"""An edit that changes what a paused build has behind it: what is said of it, and what a roll back to it would do."""

from __future__ import annotations

from bakehouse.dashboard.pause import rollback
from bakehouse.record.state import BuildState
from bakehouse.session.protocol import Earlier

HEADS = {
    "changed": "An earlier step has changed too.",
    "new": "A step before this one is new.",
    "removed": "An earlier step was taken out.",
}


class Behind:
    """What is said of an earlier change in a build. made: the checkpoint that the offered roll back goes to, None if
    there is none to offer."""

    def __init__(self, build: BuildState, told: Earlier) -> None:
        self._build = build
        self._told = told
        self.made = build.checkpoints.get(told.checkpoint) if told.possible else None
        if told.possible and not told.checkpoint:  # an older engine does not say which
            self.made = rollback.nearest(build, told.step)

    def first(self, text: str) -> str:
        """What a retry without a roll back does: the steps that are new are run before. text: for the rest of it."""
        return f"runs {', '.join(self._told.new)} first; {text}"

    @property
    def said(self) -> str:
        """The notice, its head in the first line."""
        return f"{HEADS[self._told.change]}\n{self._what()} {self._what_then()}"

    @property
    def answer(self) -> str:
        """Beside the key that rolls back."""
        time = self._time()
        return f"machine as before {self._at()}, {self._runs()}{f', {time}' if time else ''}"

    def _what(self) -> str:
        told = self._told
        if told.change == "removed":
            return f"Step {told.gone} was taken out, but what it did is in the machine."
        if told.change == "new":
            return f"Step {told.number} {told.title} is new. A retry runs it first, on the machine as it is."
        return f"Step {told.number} {told.title} ran as it was before."

    def _what_then(self) -> str:
        if self.made is None:
            stays = "" if self._told.change == "new" else ", so it stays so"
            return f"There is no checkpoint to roll back to{stays}."
        time = self._time()
        takes = f" It takes about {time.removeprefix('~')}." if time else ""
        lost = f" {rollback.lost(self.made)}" if self.made.lost else ""
        return (
            f"To build what the files now say, roll back to before step {self._at()} and {self._runs()} again."
            f"{takes}{lost}"
        )

    def _at(self) -> int:
        """As the files now number it."""
        assert self.made is not None
        return self._told.at or rollback.number(self._build, self.made)

    def _runs(self) -> str:
        assert self.made is not None
        if self._told.until:
            return f"run {rollback.span(self._at(), self._told.until)}"
        return f"run {rollback.numbers(rollback.again(self._build, self.made))}"

    def _time(self) -> str:
        """Unknown as long as a step that it has has never run."""
        assert self.made is not None
        if self._told.change != "changed" or self._told.new:
            return ""
        return rollback.estimate(rollback.again(self._build, self.made), self.made)
