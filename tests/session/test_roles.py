"""One drives, others watch, and control passes from one to another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bakehouse.errors import Disconnected, Refused
from bakehouse.record import events
from bakehouse.record.events import ControlAsked, DriverChanged, Event, Presence
from bakehouse.record.fold import fold
from bakehouse.record.reader import read_events
from bakehouse.session import roles
from bakehouse.session.client import Session
from bakehouse.session.server import Server, serve
from support.live_host import LiveHost, begin


@pytest.fixture
def host(tmp_path: Path) -> LiveHost:
    return LiveHost(tmp_path / "run", "7f3k")


@pytest.fixture
async def server(host: LiveHost, tmp_path: Path) -> AsyncIterator[Server]:
    async with serve(host, root=tmp_path) as server:
        begin(host, ["a.null.x"])
        yield server
        host.end()


class Seat:
    """Somebody who is attached, and all that it has heard."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.heard: list[Event] = []
        self._news = asyncio.Condition()

    async def listen(self) -> None:
        try:
            async for batch in self.session.events():
                async with self._news:
                    self.heard.extend(batch)
                    self._news.notify_all()
        except Disconnected:
            return

    async def hears(self, wanted: Callable[[Event], bool]) -> Event:
        async with asyncio.timeout(5), self._news:
            await self._news.wait_for(lambda: any(map(wanted, self.heard)))
        return next(fact for fact in reversed(self.heard) if wanted(fact))

    async def sees(self, *roles: str) -> None:
        """The last that it heard of who is there."""

        def last() -> list[str]:
            told = [fact.decode(Presence) for fact in self.heard if fact.kind == "Presence"]
            return [viewer.role for viewer in told[-1].viewers] if told else []

        async with asyncio.timeout(5), self._news:
            await self._news.wait_for(lambda: last() == list(roles))


@asynccontextmanager
async def seated(server: Server, **more: bool) -> AsyncIterator[Seat]:
    """Attached until the end of the body."""
    seat = Seat(await Session.connect(server.path, client="dashboard", **more))
    async with asyncio.TaskGroup() as group:
        ears = group.create_task(seat.listen())
        await seat.hears(lambda fact: fact.kind == "Presence")
        try:
            yield seat
        finally:
            ears.cancel()
            await seat.session.close()


def drivers(host: LiveHost) -> list[int]:
    """Who drove, in order, as recorded."""
    return [fact.decode(DriverChanged).viewer for fact in read_events(host.directory) if fact.kind == "DriverChanged"]


def asked(until: bool) -> Callable[[Event], bool]:
    return lambda fact: fact.kind == "ControlAsked" and bool(fact.decode(ControlAsked).until) == until


async def test_the_first_drives_and_others_watch(host: LiveHost, server: Server) -> None:
    async with seated(server) as first, seated(server) as second:
        await first.sees("driver", "watcher")
        state = fold(read_events(host.directory))
        assert (state.driver, state.driver_name) == (first.session.viewer, "root")
        assert second.session.viewer == first.session.viewer + 1
        assert (await first.session.send("shell")).span == 9
        with pytest.raises(Refused, match="You watch; root drives. T asks to take control") as refusal:
            await second.session.send("shell")
        assert refusal.value.code == "role"
        await second.session.send("details")
        presence = (await first.hears(lambda fact: fact.kind == "Presence")).decode(Presence)
        assert all(viewer.since > 0 for viewer in presence.viewers)
    assert [command.verb for command in host.commands] == ["shell", "details"]


async def test_ctl_needs_no_role(host: LiveHost, server: Server) -> None:
    async with seated(server):
        ctl = await Session.connect(server.path, client="ctl")
        assert (await ctl.send("shell")).span == 9
        with pytest.raises(Refused, match="Only somebody who is attached"):
            await ctl.send("take-control")
        await ctl.close()
    assert drivers(host)[:1] == [1]


async def test_who_only_watches_never_gets_the_wheel(host: LiveHost, server: Server) -> None:
    async with seated(server, watch=True) as watcher:
        with pytest.raises(Refused, match="nobody drives. T takes control at once"):
            await watcher.session.send("retry")
        async with seated(server):
            await watcher.sees("watcher", "driver")
    assert drivers(host)[:1] == [2]


async def test_after_the_driver_no_watcher_drives_unasked(host: LiveHost, server: Server) -> None:
    async with seated(server) as second:
        async with seated(server) as third:
            await second.sees("driver", "watcher")
            await second.session.send("details")
        async with seated(server) as third:
            assert (await third.session.send("take-control")).data["until"]
            await second.session.send("take-control", answer="give")
            await third.sees("watcher", "driver")
        await second.sees("watcher")
        with pytest.raises(Refused, match="nobody drives"):
            await second.session.send("shell")
        assert (await second.session.send("take-control")).data == {"driver": True}
        await second.session.send("shell")
        with pytest.raises(Refused, match="drive already"):
            await second.session.send("take-control")
    assert drivers(host)[:4] == [1, 3, 0, 1]


async def test_a_viewer_that_arrives_drives_where_nobody_does(host: LiveHost, server: Server) -> None:
    async with seated(server, watch=True) as watcher:
        async with seated(server):
            pass
        await watcher.sees("watcher")
        async with seated(server):
            await watcher.sees("watcher", "driver")


async def test_the_driver_keeps_control(host: LiveHost, server: Server) -> None:
    async with seated(server) as driver, seated(server) as asker, seated(server) as third:
        await asker.session.send("take-control")
        question = (await driver.hears(asked(True))).decode(ControlAsked)
        assert (question.viewer, question.user) == (asker.session.viewer, "root")
        with pytest.raises(Refused, match="root asks for control already"):
            await third.session.send("take-control")
        with pytest.raises(Refused, match="You ask for control already"):
            await asker.session.send("take-control")
        with pytest.raises(Refused, match="Only the driver") as refusal:
            await third.session.send("take-control", answer="give")
        assert refusal.value.code == "role"
        with pytest.raises(Refused, match="give or keep"):
            await driver.session.send("take-control", answer="perhaps")
        await driver.session.send("take-control", answer="keep")
        assert (await asker.hears(asked(False))).decode(ControlAsked).kept
        with pytest.raises(Refused, match="Nobody asks"):
            await driver.session.send("take-control", answer="give")
        await driver.session.send("shell")
    assert drivers(host)[0] == 1


def settled(*, kept: bool) -> Callable[[Event], bool]:
    return lambda fact: asked(False)(fact) and fact.decode(ControlAsked).kept is kept


async def test_a_command_of_the_drivers_user_answers_for_them(host: LiveHost, server: Server) -> None:
    async with seated(server) as driver, seated(server) as asker:
        command = await Session.connect(server.path, client="ctl")
        for answer, kept in (("keep", True), ("give", False)):
            await asker.session.send("take-control")
            await driver.hears(asked(True))
            await command.send("take-control", answer=answer)
            await asker.hears(settled(kept=kept))
        await command.close()
        await asker.sees("watcher", "driver")


async def test_two_of_one_user_are_told_apart(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.7 50000 10.0.0.1 22")
    async with seated(server) as driver:
        monkeypatch.setenv("SSH_CONNECTION", "10.0.0.8 50000 10.0.0.1 22")
        async with seated(server) as other:
            await driver.sees("driver", "watcher")
            last = next(fact for fact in reversed(driver.heard) if fact.kind == "Presence").decode(Presence)
            assert [viewer.place.split(", ")[-1] for viewer in last.viewers] == ["10.0.0.7", "10.0.0.8"]
            with pytest.raises(Refused, match=r"You watch; root \((.*, )?10\.0\.0\.7\) drives"):
                await other.session.send("retry")


async def test_silence_gives_control(host: LiveHost, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roles, "PATIENCE", 0.05)
    async with seated(server) as driver, seated(server) as asker:
        await asker.session.send("take-control")
        await driver.sees("watcher", "driver")
        with pytest.raises(Refused, match="You watch"):
            await driver.session.send("shell")
        await asker.session.send("shell")
    assert drivers(host)[:2] == [1, 2]


async def test_a_driver_who_leaves_while_asked_gives_control(server: Server) -> None:
    async with seated(server, watch=True) as third:
        async with seated(server) as driver:
            async with seated(server) as asker:
                await third.sees("watcher", "driver", "watcher")
                await asker.session.send("take-control")
            assert not (await driver.hears(asked(False))).decode(ControlAsked).kept, "the asker left: it is settled"
            await third.session.send("take-control")
        await third.sees("driver")


async def test_a_driver_whose_socket_broke_drives_again(host: LiveHost, server: Server) -> None:
    session = await Session.connect(server.path, client="dashboard")
    async with seated(server, watch=True) as watcher:
        follower = session.events()
        await anext(follower)
        assert session.viewer == 2
        await follower.aclose()
        await watcher.hears(lambda fact: fact.kind == "DriverChanged" and not fact.decode(DriverChanged).viewer)
        with pytest.raises(Refused, match="nobody drives"):
            await session.send("shell")
        follower = session.events()
        await anext(follower)
        await session.send("shell")
        await follower.aclose()
    await session.close()
    assert drivers(host)[:3] == [2, 0, 2]


async def test_the_end_of_the_run_is_no_change_of_driver(host: LiveHost, tmp_path: Path) -> None:
    async with serve(host, root=tmp_path) as server, seated(server):
        host.tell(events.RunFinished(0))
        host.end()
    assert read_events(host.directory)[-1].kind == "RunFinished"


async def test_a_watcher_looks_into_a_shell_and_types_once_it_drives(host: LiveHost, server: Server) -> None:
    async def typed(text: bytes) -> None:
        async with asyncio.timeout(5):
            while host.shell.typed != text:
                await asyncio.sleep(0.005)

    async with seated(server) as driver, seated(server) as watcher:
        looking = await watcher.session.stream(9, 40, 120)
        await looking.write(b"secretly")
        await looking.resize(50, 150)
        typing = await driver.session.stream(9, 30, 100)
        await typing.write(b"ls")
        await typed(b"ls")
        assert host.shell.sizes == [(30, 100)]
        await watcher.session.send("take-control")
        await driver.hears(asked(True))
        await driver.session.send("take-control", answer="give")
        assert host.shell.left == 1, "who drove has its hand off the shell"
        await typing.write(b"no more")
        await looking.write(b" -l")
        await typed(b"ls -l")
        for stream in (typing, looking):
            await stream.close()
