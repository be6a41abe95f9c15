"""Runs that can be attached to: our own that are alive, and those of others that are shared with us."""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from bakehouse.cli import find
from bakehouse.errors import RecordError, SessionError
from bakehouse.record.brief import template_name
from bakehouse.record.events import NANOSECONDS, Event
from bakehouse.record.fold import fold
from bakehouse.record.rundir import RunDirectory
from bakehouse.record.state import RunState
from bakehouse.session import address
from bakehouse.session.client import Session


@dataclass(frozen=True, slots=True)
class Place:
    """One run. about: for people, what it is. directory: None for a run of somebody else's, which is served at
    `socket`. paused: how many of its builds wait for a person."""

    run: str
    about: str
    directory: RunDirectory | None = None
    socket: Path = Path()
    paused: int = 0

    @property
    def alive(self) -> bool:
        """Whether its engine still is."""
        return self.directory.alive if self.directory is not None else address.answers(self.socket)

    async def state(self) -> RunState:
        """What its record says now. Raises SessionError."""
        if self.directory is not None:
            return find.state_of(self.directory)
        session = await self.session("ctl", watch=True)
        try:
            async with aclosing(session.events()) as batches:
                return await caught_up(session, batches)
        finally:
            await session.close()

    async def session(self, client: str, *, watch: bool = False) -> Session:
        """Raises SessionError."""
        if self.directory is not None:
            return await find.session(self.directory, client, watch=watch)
        return await Session.connect(self.socket, client=client, watch=watch)


Pick = Callable[[list[Place]], Place]
"""Asks a person which one is meant. Raises SessionError if none is."""


async def caught_up(session: Session, batches: AsyncIterator[list[Event]]) -> RunState:
    """The run as it is now, once its past has come, and its logs, where they are copied. Raises SessionError."""
    state, present = RunState(), False
    async for batch in batches:
        fold([fact for fact in batch if fact.seq], state)
        present = present or any(not fact.seq for fact in batch)  # what is only told live comes after all that is past
        if present and not session.behind:
            break
    return state


def alive() -> list[Place]:
    """All runs that are alive: our own, the newest first, then those of others."""
    return [_own(directory) for directory in RunDirectory.list() if directory.alive] + shared()


def shared(*, private: bool = False) -> list[Place]:
    """Runs of other users that answer. private: also those that are not shared, if we are root."""
    found = [(uid, path) for uid, path in address.others(private=private) if address.answers(path)]
    return [Place(path.name, f"a run of {_user(uid)}", socket=path) for uid, path in found]


def named(name: str) -> Place:
    """The run whose id begins with `name`. Raises RecordError, SessionError: there is none, or it is over."""
    guests = [place for place in shared(private=True) if name and place.run.startswith(name)]
    try:
        own = RunDirectory.find(name)
    except RecordError:
        if len(guests) == 1:
            return guests[0]
        if guests:
            raise SessionError(f'Several runs begin with "{name}":\n{listed(guests)}') from None
        raise
    if guests and not own.alive:
        return one(guests)
    if guests and own.run != name:
        raise SessionError(f'Several runs begin with "{name}":\n{listed([_own(own), *guests])}')
    return _own(find.alive(own))


def readable(name: str) -> Place:
    """The same, where one of our own may be over, too. Raises RecordError, SessionError."""
    try:
        own = RunDirectory.find(name)
    except RecordError:
        return named(name)
    return Place(own.run, "", own)


def only(pick: Pick | None = None) -> Place:
    """The run that is alive; of several the one that the person at the terminal chooses. Raises SessionError."""
    return one(alive(), pick)


def one(places: list[Place], pick: Pick | None = None) -> Place:
    """The only one, or the one that is chosen: with `pick`, or by its number. Raises SessionError that lists them if
    nobody can be asked."""
    if not places:
        raise SessionError('No run is alive. "bakehouse runs" lists those that are over.')
    if len(places) == 1:
        return places[0]
    if pick is not None:
        return pick(places)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise SessionError(f"{len(places)} runs are alive; say which one:\n{listed(places)}")
    return _ask(places)


def listed(places: list[Place]) -> str:
    """One command a line."""
    return "\n".join(f"  bakehouse attach {place.run}   {place.about}" for place in places)


def _ask(places: list[Place]) -> Place:
    """Raises SessionError if the input ends, KeyboardInterrupt."""
    for number, place in enumerate(places, 1):
        print(f"{number:3}  {place.run}   {place.about}", file=sys.stderr)
    while True:
        print(f"Which run? 1 to {len(places)}: ", end="", file=sys.stderr, flush=True)
        answer = sys.stdin.readline()
        if not answer:
            raise SessionError("No run was chosen.")
        answer = answer.strip()
        chosen = [place for place in places if answer and place.run == answer]
        if answer.isdecimal() and 0 < int(answer) <= len(places):
            chosen = [places[int(answer) - 1]]
        if len(chosen) == 1:
            return chosen[0]
        print(f'"{answer}" is none of them.', file=sys.stderr)


def _own(directory: RunDirectory) -> Place:
    info = directory.info
    state = find.state_of(directory)
    name = template_name(info.template, state.directory or info.cwd)
    started = time.strftime("%H:%M", time.localtime(info.started / NANOSECONDS))
    paused = len(state.paused)
    return Place(
        directory.run, f"{name}, since {started}" + (f", {paused} paused" if paused else ""), directory, paused=paused
    )


def _user(uid: int) -> str:
    from bakehouse.session.admission import user_name

    return user_name(uid)
