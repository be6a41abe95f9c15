"""Who is attached to the run, who of them drives, and what is said when that changes."""

from __future__ import annotations

from dataclasses import dataclass, field

from bakehouse.record.commands import VERBS
from bakehouse.record.events import NANOSECONDS, ControlAsked, Viewer

READING = frozenset({"diff", "details", "open"})
"""Verbs that change nothing: a watcher may use them, too."""
GUEST = "You were let in to watch: this run is shared without the right to drive it."
ANEW = 4 * NANOSECONDS
"""How long an answer to a second T stands."""
PAUSE_FOR_THOUGHT = NANOSECONDS
"""After a question is over its keys do nothing for so long: `n` would else go on with the build."""


@dataclass
class Company:
    """me: this viewer's id, 0 for not known. question: a watcher asks to drive. settled: when the last one was over.

    news: sentences that nobody has been told yet. replay: the run is past, so nobody drives and all only watch.
    again: when T was pressed while somebody asks already.
    """

    me: int = 0
    viewers: list[Viewer] = field(default_factory=list)
    question: ControlAsked | None = None
    settled: int = 0
    news: list[str] = field(default_factory=list)
    replay: bool = False
    again: int = 0

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
    def guest(self) -> bool:
        """Whether this viewer can never drive."""
        return self.mine is not None and self.mine.guest

    @property
    def drivers_name(self) -> str:
        """Of who drives; "nobody"."""
        return self.name(self.driver) if self.driver is not None else "nobody"

    def name(self, viewer: Viewer) -> str:
        """What to call somebody: the user, and where it sits if that user sits elsewhere, too."""
        places = {other.place for other in self.viewers if other.user == viewer.user}
        return f"{viewer.user} ({viewer.place})" if viewer.place and len(places) > 1 else viewer.user

    def _asker(self, question: ControlAsked) -> str:
        found = next((viewer for viewer in self.viewers if viewer.id == question.viewer), None)
        return self.name(found) if found is not None else question.user

    @property
    def asked(self) -> ControlAsked | None:
        """The question that this viewer has to answer."""
        driver = self.driver
        return self.question if driver is not None and driver.id == self.me else None

    def present(self, viewers: list[Viewer]) -> None:
        """These are attached now."""
        before, watched, known = self.driver, self.watching, self.mine is not None
        name = self.drivers_name
        self.viewers = viewers
        driver = self.driver
        if not known or self.mine is None or (before and before.id) == (driver and driver.id):
            return
        still = before is not None and any(viewer.id == before.id for viewer in viewers)
        if not self.watching:
            self.news.append(f"You drive now; {name} watches." if still else "You drive now.")
        elif driver is not None:
            self.news.append(f"{self.name(driver)} drives now; you watch.")
        elif watched:
            take = "" if self.guest else " T takes control at once."
            self.news.append(f"{name} has left; nobody drives.{take}")
        else:
            self.news.append("You watch now; nobody drives.")

    def ask(self, question: ControlAsked, now: int) -> None:
        """A watcher asks to drive, or that is settled."""
        if question.until:
            self.question = question
            return
        self.question, self.settled = None, now
        if question.kept and self.driver is not None:
            self.news.append(
                "You keep control." if self.driver.id == self.me else f"{self.drivers_name} keeps control."
            )

    def lasting(self, now: int, *, in_shell: bool = False) -> str:
        """What stands in the footer until the question is answered, "" for nothing."""
        question = self.question
        if question is None:
            return ""
        left = f"{max(0, question.until - now) // NANOSECONDS} s"
        if self.asked is not None:
            first = "ctrl+], then " if in_shell else ""
            return f"{self._asker(question)} asks for control: {first}y gives it, n keeps it, {left}."
        driver, anew = self.drivers_name, now - self.again < ANEW
        if question.viewer == self.me:
            have = "You have asked already" if anew else f"You have asked {driver} for control"
            return f"{have}: yours in {left} unless {driver} keeps it."
        then = f" You can ask when that is settled, in {left} at most." if anew else ""
        return f"{self._asker(question)} asks {driver} for control.{then}"

    def ask_again(self, now: int) -> bool:
        """T was pressed; whether somebody asks already, which is said."""
        if self.question is not None:
            self.again = now
        return self.question is not None

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
        if not self.watching or verb in READING or verb not in VERBS:
            return ""
        if self.guest:
            return GUEST
        if verb == "take-control":
            return ""
        if self.driver is None:
            return "You watch, and nobody drives. T takes control at once."
        return f"You watch; {self.drivers_name} drives. T asks to take control."


def decides(company: Company) -> str:
    """Who decides, as the start of a sentence."""
    return f"{company.drivers_name} decides" if company.driver is not None else "Nobody drives"


def offers(company: Company) -> str:
    """What taking control does."""
    return f"asks {company.drivers_name}, who has 30 s to say no" if company.driver is not None else "yours at once"
