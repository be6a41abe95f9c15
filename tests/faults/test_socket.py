"""Whoever misuses the socket of a run hurts nobody else: garbage, floods of commands, viewers that stop reading."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bakehouse.errors import Refused
from bakehouse.record.commands import VERBS, Command
from bakehouse.record.events import CommandRefused
from bakehouse.record.log import LogReader
from bakehouse.record.reader import read_events
from bakehouse.record.rundir import RunDirectory
from bakehouse.session.client import Session
from bakehouse.session.protocol import PROTOCOL, Join, Send, encode

TEMPLATE = """
source "null" "a" { communicator = "none" }
build {
  sources = ["null.a"]
  provisioner "shell-local" { inline = ["until test -e go; do echo tick; sleep 0.05; done", "seq 50000"] }
}
"""
PATIENCE = 30.0
HARMLESS = [name for name in VERBS if not name.startswith(("stop", "cancel"))]


class Running:
    """A build that runs until it is let go."""

    def __init__(self, cwd: Path) -> None:
        self.cwd = cwd
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bakehouse", "build", "t.pkr.hcl"],
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + PATIENCE
        while not any(run.alive and run.info.socket for run in RunDirectory.list()):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        (self.run,) = RunDirectory.list()
        self.path = self.run.info.socket

    def knock(self) -> socket.socket:
        """A connection, greeted."""
        door = socket.socket(socket.AF_UNIX)
        door.settimeout(PATIENCE)
        door.connect(self.path)
        assert door.recv(4096).startswith(b'{"type":"hello"')
        return door

    def finish(self) -> None:
        """Let it end, and look whether it ended as it should."""
        (self.cwd / "go").touch()
        assert self.process.wait(timeout=PATIENCE) == 0
        reader = LogReader(self.run.log("001-a"))
        lines = reader.refresh()
        assert [line.text for line in reader.lines(lines - 2, 2)] == [b"49999", b"50000"]
        assert read_events(self.run.path)[-1].kind == "RunFinished"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    (tmp_path / "t.pkr.hcl").write_text(TEMPLATE)
    running = Running(tmp_path)
    yield running
    if running.process.poll() is None:
        running.process.kill()
        running.process.wait()


values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
commands = st.fixed_dictionaries(
    {"id": st.integers(), "verb": st.sampled_from(HARMLESS) | st.text(max_size=9)},
    optional={
        "build": st.sampled_from(["001-a", "", "../x"]) | st.text(max_size=9),
        "expects": st.fixed_dictionaries({}, optional={"span": values, "state": values}),
        "arguments": st.dictionaries(
            st.sampled_from(["rows", "seconds", "changed", "answer", "x"]), values, max_size=3
        ),
        "by": values,
    },
)
fields = {
    "id": values,
    "build": values,
    "first": values,
    "count": values,
    "log": values,
    "index": values,
    "data": values,
}
tags = ["join", "send", "ask-changes", "ask-lines", "ask-log", "data", "resize", "hello", "events", "", "x"]
frames = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=40).map(str.encode),
    values.map(lambda value: json.dumps(value).encode()),
    st.just(b"[" * 5000),
    st.builds(
        lambda tag, rest: json.dumps({"type": tag, **rest}).encode(),
        st.sampled_from(tags),
        st.fixed_dictionaries({}, optional=fields),
    ),
    commands.map(lambda command: json.dumps({"type": "send", "command": command}).encode()),
    st.builds(
        lambda tag, number, build, first: json.dumps(
            {"type": tag, "id": number, "build": build, "log": first, "index": first, "first": first, "count": first}
        ).encode(),
        st.sampled_from(["ask-log", "ask-lines"]),
        st.integers(-5, 2**40),
        st.sampled_from(["001-a", "/etc/passwd", "", ".", "a\0b", "x" * 300]),
        st.integers(-(2**70), 2**70),
    ),
)


def test_ten_thousand_random_frames(running: Running) -> None:
    sent = Counter[str]()

    @settings(max_examples=100, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(["", "ctl", "follow", "stream"]), st.lists(frames, min_size=102, max_size=110))
    def flood(how: str, batch: list[bytes]) -> None:
        joins = {
            "ctl": Join(PROTOCOL, "0"),
            "follow": Join(PROTOCOL, "0", after=0),
            "stream": Join(PROTOCOL, "0", stream=7),
        }
        rest = list(batch)
        while rest:
            with running.knock() as door:
                if how:
                    door.sendall(encode(joins[how]))
                part, rest = (rest[:55], rest[55:]) if how else (rest[:1], rest[1:])
                sent["frames"] += len(part)
                try:
                    door.sendall(b"\n".join(part) + b"\n")
                    door.shutdown(socket.SHUT_WR)
                    while door.recv(65536):
                        pass
                except (BrokenPipeError, ConnectionResetError):
                    sent["cut off"] += 1
        assert running.process.poll() is None

    flood()
    assert sent["frames"] >= 10_000
    log = running.run.path / "engine.log"
    assert not log.exists() or "Traceback" not in log.read_text()
    running.finish()


async def test_a_viewer_that_commands_as_fast_as_it_can_and_others_that_never_read(running: Running) -> None:
    stalled = []
    for _ in range(10):
        door = running.knock()
        door.sendall(encode(Join(PROTOCOL, "0", after=0)))
        stalled.append(door)
    flood = running.knock()
    flood.sendall(encode(Join(PROTOCOL, "0", "ctl")))
    flood.setblocking(False)
    frame = encode(Send(Command(1, "retry", "001-a"))) * 1000
    sent = refused = 0
    session = await Session.connect(Path(running.path), client="ctl")
    began = time.monotonic()
    slowest = 0.0
    while time.monotonic() - began < 2.0:
        try:
            sent += flood.send(frame)
        except BlockingIOError:
            await asyncio.sleep(0.001)
        asked = time.monotonic()
        with pytest.raises(Refused):
            await session.send("continue", "001-a")
        refused += 1
        slowest = max(slowest, time.monotonic() - asked)
    await session.close()
    assert sent > 100_000, "it was held back, but not before"
    assert slowest < 1.5
    (running.cwd / "go").touch()
    assert await asyncio.to_thread(running.process.wait, PATIENCE) == 0
    running.finish()
    facts = read_events(running.run.path)
    told = [fact.decode(CommandRefused).verb for fact in facts if fact.kind == "CommandRefused"]
    assert 20 <= told.count("retry") <= 200
    for door in (*stalled, flood):
        door.close()


def test_half_open_connections_cost_a_descriptor_each_for_a_while(running: Running) -> None:
    """A connection that says nothing, half of a message, or nothing any more."""
    doors = [running.knock() for _ in range(40)]
    for number, door in enumerate(doors):
        if number % 4 == 1:
            door.sendall(b'{"type":"join","protocol":1,')
        elif number % 4 == 2:
            door.sendall(encode(Join(PROTOCOL, "0", after=0)))
            door.shutdown(socket.SHUT_WR)
        elif number % 4 == 3:
            door.sendall(encode(Join(PROTOCOL, "0"))[:-1])
    for door in doors[2::4]:
        while door.recv(65536):
            pass  # hung up on at once
    with running.knock() as door:
        door.sendall(encode(Join(PROTOCOL, "0")) + encode(Send(Command(1, "frob"))))
        assert b'There is no command \\"frob\\".' in door.recv(4096)
    running.finish()
    for door in doors:
        door.close()
