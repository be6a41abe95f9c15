"""The events of a live run, for any number of followers, each at a pace of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from bakehouse.record.events import Event

BATCH = 500
LiveKey = tuple[str, str, int]


class _Follower:
    """cursor: index of the next recorded event. live: the newest of each live kind that it has not seen yet."""

    def __init__(self, cursor: int, live: dict[LiveKey, Event]) -> None:
        self.cursor = cursor
        self.live = live
        self.news = asyncio.Event()
        self.news.set()


class Feed:
    """Holds the recorded events, which are small and few (20,000 for a large run), and the newest live ones.

    A live event takes the place of an older one of the same kind, build and span that a follower has not taken yet.
    So a follower that does not ask again costs nothing, however long it stays away.
    """

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._live: dict[LiveKey, Event] = {}
        self._followers: set[_Follower] = set()
        self._closed = False

    def publish(self, fact: Event) -> None:
        """Add a recorded event; seqs come in order, from 1, without a gap."""
        self._events.append(fact)
        self._wake()

    def publish_live(self, fact: Event) -> None:
        """Give a live-only event (seq 0) to everyone who follows now, and its newest state to who comes later."""
        place = (fact.kind, fact.build, fact.span)
        if not fact.span:
            self._live[place] = fact
        for follower in self._followers:
            follower.live[place] = fact
        self._wake()

    def close(self) -> None:
        """The run is over: followers get what is left, then their iteration ends."""
        self._closed = True
        self._wake()

    async def follow(self, after: int) -> AsyncIterator[list[Event]]:
        """Batches of events after seq `after`, recorded ones in order, live ones coalesced; ends with the run."""
        follower = _Follower(max(0, after), dict(self._live))
        self._followers.add(follower)
        try:
            while True:
                await follower.news.wait()
                follower.news.clear()
                while batch := self._take(follower):
                    yield batch
                if self._closed:
                    return
        finally:
            self._followers.discard(follower)

    def _take(self, follower: _Follower) -> list[Event]:
        batch = self._events[follower.cursor : follower.cursor + BATCH]
        follower.cursor += len(batch)
        if len(batch) < BATCH:
            batch.extend(follower.live.values())
            follower.live.clear()
        return batch

    def _wake(self) -> None:
        for follower in self._followers:
            follower.news.set()
