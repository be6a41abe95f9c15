"""Who is attached to the run, who of them drives, and what is said when that changes."""

from __future__ import annotations

from dataclasses import dataclass, field

from bakehouse.record.commands import VERBS
from bakehouse.record.events import NANOSECONDS, ControlAsked, Viewer

READING = frozenset({"diff", "details", "open"})
"""Verbs that change nothing: a watcher may use them, too."""
PAUSE_FOR_THOUGHT = NANOSECONDS
"""After a question is over its keys do nothing for so long: `n` would else go on with the build."""


@dataclass
class Company:
    """me: this viewer's id, 0 for not known. question: a watcher asks to drive. settled: when the last one was over.

    news: sentences that nobody has been told yet. replay: the run is past, so nobody drives and all only watch.
    """

    me: int = 0
    viewers: list[Viewer] = field(default_factory=list)
    question: ControlAsked | None = None
    settled: int = 0
    news: list[str] = field(default_factory=list)
    replay: bool = False

    @property
    def mine(self) -> Viewer | None:
        """This viewer."""
        return next((viewer for viewer in self.viewers if viewer.id == self.me), None)

    @property
    def driver(self) -> Viewer | None:
        """Who drives; None for nobody."""
        return next((viewer for viewer in self.viewers if viewer.role == "driver"), None)

    @property
    def watching(self) -> bool:
        """Whether this viewer only watches."""
        return self.replay or (self.mine is not None and self.mine.role != "driver")

    @property
    def asked(self) -> ControlAsked | None:
        """The question that this viewer has to answer."""
        driver = self.driver
        return self.question if driver is not None and driver.id == self.me else None

    def present(self, viewers: list[Viewer]) -> None:
        """These are attached now."""
        before, watched, known = self.driver, self.watching, self.mine is not None
        self.viewers = viewers
        driver = self.driver
        if not known or self.mine is None or self.watching == watched:
            return
        if watched:
            still = before is not None and any(viewer.id == before.id for viewer in viewers)
            self.news.append(f"You drive now; {before.user} watches." if still and before else "You drive now.")
        else:
            self.news.append(f"{driver.user} drives now; you watch." if driver else "You watch now; nobody drives.")

    def ask(self, question: ControlAsked, now: int) -> None:
        """A watcher asks to drive, or that is settled."""
        if question.until:
            self.question = question
            return
        self.question, self.settled = None, now
        if question.kept and self.driver is not None:
            self.news.append("You keep control." if self.driver.id == self.me else f"{self.driver.user} keeps control.")

    def lasting(self, now: int, *, in_shell: bool = False) -> str:
        """What stands in the footer until the question is answered, "" for nothing."""
        question = self.question
        if question is None:
            return ""
        left = f"{max(0, question.until - now) // NANOSECONDS} s"
        if self.asked is not None:
            first = "ctrl+], then " if in_shell else ""
            return f"{question.user} asks for control: {first}y gives it, n keeps it, {left}."
        driver = self.driver.user if self.driver is not None else "nobody"
        if question.viewer == self.me:
            return f"You have asked {driver} for control: yours in {left} unless {driver} keeps it."
        return f"{question.user} asks {driver} for control."

    def answers(self, key: str, now: int) -> str | None:
        """What a key answers to the question, "" for one that comes just too late for it, None for other keys."""
        if key in ("y", "n"):
            if self.asked is not None:
                return "give" if key == "y" else "keep"
            if now - self.settled < PAUSE_FOR_THOUGHT:
                return ""
        return None

    def refusal(self, verb: str) -> str:
        """Why a watcher cannot use a verb; "" if it can be used."""
        if self.replay and verb in VERBS:
            return "A replay: nothing can be changed."
        if not self.watching or verb in READING or verb == "take-control" or verb not in VERBS:
            return ""
        if self.driver is None:
            return "You watch, and nobody drives. T takes control at once."
        return f"You watch; {self.driver.user} drives. T asks to take control."


def decides(company: Company) -> str:
    """Who decides, as the start of a sentence."""
    return f"{company.driver.user} decides" if company.driver is not None else "Nobody drives"


def offers(company: Company) -> str:
    """What taking control does."""
    driver = company.driver
    return f"asks {driver.user}, who has 30 s to say no" if driver is not None else "yours at once"
