"""Events and fold: one pure function, whatever is cut off, repeated or unknown."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bakehouse.record import events
from bakehouse.record.events import Body, BuildInfo, Event, StepInfo, event
from bakehouse.record.feed import Feed
from bakehouse.record.fold import fold
from bakehouse.record.ledger import Ledger, standing
from bakehouse.record.reader import EventReader, read_events
from bakehouse.sdk import Resource

KEY, STEP = "001-web", "build/provisioner:shell#1"
BODIES: list[tuple[Body, int]] = [
    (events.BuildStarted("tier root"), 0),
    (events.SpanStarted("attempt", "setup.sh", STEP, attempt=1), 1),
    (events.SpanFinished("ok"), 1),
    (events.SpanFinished("failed", "no", 3), 1),
    (events.BuildPaused(STEP, "failure", until=9), 1),
    (events.HoldChanged(20), 0),
    (events.BuildResumed("continue"), 0),
    (events.StepSkipped(STEP), 0),
    (events.Tainted("skipped"), 0),
    (events.ArtifactMade("packer.file", "File", "a file"), 0),
    (events.ArtifactGone("packer.file", "File"), 0),
    (events.ResourceClaimed("builder:x", "container", "c"), 0),
    (events.RemovalFailed("builder:x", "container", "c", "no"), 0),
    (events.ResourceGone("builder:x", "container", "c"), 0),
    (events.SpanStarted("undo", "remove"), 2),
    (events.BuildFinished("failed", "no"), 0),
    (events.OutputLost(5, "full"), 0),
    (events.Diagnostic("error", "no"), 0),
    (events.RunStopping("clean"), 0),
    (events.RunFinished(1), 0),
]


def history(choice: list[int]) -> list[Event]:
    info = BuildInfo(KEY, "null.web", "null", [StepInfo(STEP, 1, "setup.sh", "provisioner", "shell")])
    facts = [
        event(events.RunStarted("7f3a", "t", "/", 1, "1", "abcde"), seq=1, at=1),
        event(events.PlanRevised(1, [info]), seq=2, at=2),
    ]
    for number, index in enumerate(choice, 3):
        body, span = BODIES[index]
        facts.append(event(body, seq=number, at=number, build=KEY, span=span))
    return facts


CHOICES = st.lists(st.integers(0, len(BODIES) - 1), max_size=25)


@settings(max_examples=80, deadline=None)
@given(CHOICES, st.data())
def test_folding_in_two_goes_is_folding_once(choice: list[int], data: st.DataObject) -> None:
    facts = history(choice)
    cut = data.draw(st.integers(0, len(facts)))
    back = data.draw(st.integers(0, cut))
    assert fold(facts[back:], fold(facts[:cut])) == fold(facts)


@settings(max_examples=80, deadline=None)
@given(CHOICES)
def test_unknown_kinds_builds_and_live_events_change_nothing(choice: list[int]) -> None:
    facts = history(choice)
    strange: list[Event] = []
    for number, fact in enumerate(facts):
        strange.append(msgspec.structs.replace(fact, seq=3 * number + 1))
        strange.append(Event(3 * number + 2, 1, "Comet", KEY, 1, msgspec.Raw(b'{"tail":[1]}')))
        strange.append(event(events.OutputGrew(1, 2), seq=0, at=1, build=KEY))
        strange.append(event(events.BuildStarted(), seq=3 * number + 3, at=1, build="099-other"))
    first, second = fold(facts), fold(strange)
    first.seq = second.seq = 0
    assert first == second


def test_a_failed_step_that_somebody_accepts() -> None:
    build = fold(history([0, 1, 3, 4])).builds[KEY]
    assert (build.status, build.steps[STEP].status) == ("paused", "paused")
    assert build.pause is not None
    assert (build.pause.span, build.pause.until) == (1, 9)
    build = fold(history([0, 1, 3, 4, 6])).builds[KEY]
    assert (build.status, build.steps[STEP].status, build.steps[STEP].accepted) == ("running", "failed", True)


@settings(max_examples=50, deadline=None)
@given(CHOICES, st.data())
def test_a_torn_last_line_is_waited_for(
    tmp_path_factory: pytest.TempPathFactory, choice: list[int], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("run") / "events.jsonl"
    facts = history(choice)
    text = b"".join(map(events.encode, facts))
    cut = data.draw(st.integers(0, len(text)))
    path.write_bytes(text[:cut])
    reader = EventReader(path)
    first = reader.read()
    assert len(first) == text[:cut].count(b"\n")
    path.write_bytes(text)
    assert [*first, *reader.read()] == facts == read_events(path.parent)


def test_a_line_that_is_no_event_is_passed_over(tmp_path: Path) -> None:
    facts = history([0])
    lines = [events.encode(fact) for fact in facts]
    (tmp_path / "events.jsonl").write_bytes(lines[0] + b'{"seq": torn\n' + b"".join(lines[1:]))
    assert read_events(tmp_path) == facts
    assert read_events(tmp_path / "nowhere") == []


async def test_a_follower_gets_everything_once_and_the_newest_of_live_events() -> None:
    feed = Feed()
    facts = history([0, 1, 2])
    for fact in facts[:2]:
        feed.publish(fact)
    for lines in (1, 2, 3):
        feed.publish_live(event(events.OutputGrew(lines, 10), seq=0, at=1, build=KEY))
    got: list[Event] = []
    async with asyncio.TaskGroup() as group:

        async def listen() -> None:
            async for batch in feed.follow(1):
                got.extend(batch)
                if len(got) == 2:
                    for fact in facts[2:]:
                        feed.publish(fact)
                    feed.close()

        group.create_task(listen())
    assert [fact.kind for fact in got] == ["PlanRevised", "OutputGrew", "BuildStarted", "SpanStarted", "SpanFinished"]
    assert got[1].decode(events.OutputGrew).lines == 3


async def test_a_stalled_follower_costs_nothing() -> None:
    feed = Feed()
    stalled = feed.follow(0)
    feed.publish(history([])[0])
    assert len(await anext(stalled)) == 1
    for lines in range(1000):
        feed.publish_live(event(events.OutputGrew(lines, 10), seq=0, at=1, build=KEY))
    feed.close()
    batches = [batch async for batch in stalled]
    assert [[fact.decode(events.OutputGrew).lines for fact in batch] for batch in batches] == [[999]]


def test_the_ledger_tells_what_stands(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    assert standing(path) == []
    ledger = Ledger(path)
    one = Resource("builder:docker", "container", "c1", "7f3a", KEY, STEP, details={"socket": "/s"})
    two = Resource("process", "process", "p1")
    ledger.note(one)
    ledger.note(two)
    one.id = "9f"
    one.kept = True
    ledger.note(one)
    assert standing(path) == [one, two]
    ledger.strike(two)
    assert standing(path) == [one]


def test_a_torn_ledger_tells_of_every_whole_line(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    ledger = Ledger(path)
    resources = [Resource("builder:x", "thing", f"n{number}") for number in range(3)]
    for resource in resources:
        ledger.note(resource)
    ledger.close()
    whole = path.read_bytes()
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        assert standing(path) in (resources[: whole[:cut].count(b"\n")], resources[: whole[: cut + 1].count(b"\n")])
    path.write_bytes(whole[:-4])
    Ledger(path).note(resources[0])
    assert standing(path) == resources[:2]
