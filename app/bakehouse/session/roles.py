"""Who is attached, who of them drives, and how the wheel passes from one to another (DESIGN 6).

A viewer is all connections that carry one token: it follows on one and gives its commands on another. The first that
follows drives. When the driver leaves, nobody drives: no watcher becomes driver unasked, but whoever takes control
then has it at once, and so has a viewer that arrives.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bakehouse.errors import Refused
from bakehouse.record.commands import Command
from bakehouse.record.events import NANOSECONDS, Body, ControlAsked, Presence, Viewer
from bakehouse.session.host import Accepted, PtyStream
from bakehouse.session.protocol import Join

PATIENCE = 30.0
"""Seconds that a driver has to answer; silence gives control away."""
READING = frozenset({"details", "diff", "open"})
"""Verbs that change nothing: a watcher may give them, too."""
GUEST_READING = READING - {"open"}
"""Of a guest who may never drive: what stands in a file of the machine is not masked for strangers."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end, as the kernel says. drives: may have the driver's role, and give commands at all."""

    uid: int
    user: str
    drives: bool = True


@dataclass(slots=True, eq=False)
class Party:
    """A viewer, or somebody who only gives commands (`ctl`). viewer: 0 until it follows for the first time.

    shells: those that it is in.
    """

    peer: Peer
    client: str = ""
    token: str = ""
    watch: bool = False
    place: str = ""
    viewer: int = 0
    since: int = 0
    connections: int = 0
    follows: int = 0
    shells: list[PtyStream] = field(default_factory=list)


@dataclass(slots=True)
class _Question:
    """A watcher asks to drive."""

    party: Party
    until: int
    timer: asyncio.TimerHandle = field(repr=False)


class Roles:
    """Everybody who is attached to one run.

    tell: gives a live event to all. changed: records who drives now (viewer, user; 0 and "" for nobody).
    """

    def __init__(self, tell: Callable[[Body], None], changed: Callable[[int, str], None]) -> None:
        self.driver: Party | None = None
        self._tell = tell
        self._changed = changed
        self._parties: dict[tuple[int, str], Party] = {}
        self._following: dict[int, Party] = {}
        self._question: _Question | None = None
        self._last = 0

    def enter(self, peer: Peer, join: Join) -> Party:
        """A connection was made; whose it is."""
        party = self._parties.get((peer.uid, join.token)) if join.token else None
        if party is None:
            party = Party(peer, join.client, join.token, join.watch, join.place)
            if join.token:
                self._parties[peer.uid, join.token] = party
        party.connections += 1
        return party

    def leave(self, party: Party) -> None:
        """A connection ended."""
        party.connections -= 1
        if not party.connections:
            self._parties.pop((party.peer.uid, party.token), None)

    def follow(self, party: Party) -> None:
        """It follows the run now; where nobody drives, it does."""
        party.follows += 1
        if party.follows > 1:
            return
        if not party.viewer:
            self._last += 1
            party.viewer = self._last
        party.since = time.time_ns()
        self._following[party.viewer] = party
        if self.driver is None and party.peer.drives and not party.watch:
            self._give(party)
        else:
            self._present()

    def unfollow(self, party: Party) -> None:
        """It follows no more. A question that it asked is void; one that it was asked is answered."""
        party.follows -= 1
        if party.follows:
            return
        del self._following[party.viewer]
        question = self._question
        if question is not None and question.party is party:
            self._settle()
        if self.driver is not party:
            self._present()
        elif question is not None and question.party is not party:
            self._give(question.party)
        else:
            self._take_away()
            self._changed(0, "")
            self._present()

    def name(self, party: Party) -> str:
        """What to call somebody: the user, and where it sits if that user sits elsewhere, too."""
        places = {other.place for other in self._following.values() if other.peer.uid == party.peer.uid}
        return f"{party.peer.user} ({party.place})" if party.place and len(places) > 1 else party.peer.user

    def role(self, party: Party) -> str:
        """driver or watcher; "" for somebody who does not follow."""
        if party is self.driver:
            return "driver"
        return "watcher" if party.viewer else ""

    def acts(self, party: Party) -> bool:
        """Whether it may give commands and type into a shell: the driver, and who follows nothing (`ctl`)."""
        return party.peer.drives and self.role(party) != "watcher"

    def check(self, party: Party, verb: str) -> None:
        """Raises Refused, code "role", for a command that is the driver's alone."""
        if self.acts(party) or verb in (READING if party.peer.drives else GUEST_READING):
            return
        if not party.peer.drives:
            raise Refused("You were let in to watch: this run is shared without the right to drive it.", code="role")
        if self.driver is None:
            raise Refused("You watch, and nobody drives. T takes control at once.", code="role")
        raise Refused(f"You watch; {self.name(self.driver)} drives. T asks to take control.", code="role")

    def control(self, party: Party, command: Command) -> Accepted:
        """`take-control`: of a watcher a question, of the driver (or of a command of their own user) the answer ("give"
        or "keep"). Raises Refused.

        data: {"driver": true} if the sender drives from now on, {"until": ns} if the driver is asked.
        """
        answer = command.arguments.get("answer")
        if answer is not None:
            return self._answer(party, answer)
        if not party.peer.drives:
            self.check(party, command.verb)
        if not party.follows:
            raise Refused("Only somebody who is attached can drive: bakehouse attach. A command needs no role.")
        if party is self.driver:
            raise Refused("You drive already.")
        if self.driver is None:
            self._give(party)
            return Accepted(data={"driver": True})
        if self._question is not None:
            asker = self._question.party
            who = "You ask" if asker is party else f"{self.name(asker)} asks"
            left = max(0, self._question.until - time.time_ns()) // NANOSECONDS
            raise Refused(f"{who} for control already; the driver has {left} s left to answer.", code="stale")
        until = time.time_ns() + int(PATIENCE * NANOSECONDS)
        timer = asyncio.get_running_loop().call_later(PATIENCE, self._silence, party)
        self._question = _Question(party, until, timer)
        self._tell(ControlAsked(party.viewer, party.peer.user, until))
        return Accepted(data={"until": until})

    def close(self) -> None:
        """The run is over."""
        if self._question is not None:
            self._question.timer.cancel()

    def _answer(self, party: Party, answer: object) -> Accepted:
        if answer not in ("give", "keep"):
            raise Refused(f'The answer is give or keep, not "{answer}".')
        driver = self.driver
        own = driver is not None and not party.viewer and party.peer.uid == driver.peer.uid
        if party is not driver and not own:
            raise Refused("Only the driver can answer this.", code="role")
        if self._question is None:
            raise Refused("Nobody asks for control.", code="stale")
        if answer == "give":
            self._give(self._question.party)
        else:
            self._settle(kept=True)
        return Accepted()

    def _silence(self, party: Party) -> None:
        if self._question is not None and self._question.party is party:
            self._give(party)

    def _give(self, party: Party) -> None:
        self._settle()
        self._take_away()
        self.driver = party
        self._changed(party.viewer, party.peer.user)
        self._present()

    def _take_away(self) -> None:
        """Who drove drives no more, nor types into a shell."""
        if self.driver is not None:
            for shell in self.driver.shells:
                shell.let_go()
            self.driver = None

    def _settle(self, *, kept: bool = False) -> None:
        """The question, if there is one, is over."""
        if self._question is not None:
            question, self._question = self._question, None
            question.timer.cancel()
            self._tell(ControlAsked(question.party.viewer, question.party.peer.user, kept=kept))

    def _present(self) -> None:
        self._tell(
            Presence(
                [
                    Viewer(
                        party.viewer, party.peer.user, self.role(party), party.client, party.since, party.place,
                        not party.peer.drives,
                    )
                    for party in self._following.values()
                ]
            )
        )  # fmt: skip
