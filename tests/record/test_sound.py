"""Damaged records: what can be read is read, and where it broke is said."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from bakehouse.headless.chunks import Chunks
from bakehouse.record.fold import fold
from bakehouse.record.log import LogReader, index_path
from bakehouse.record.rundir import RunDirectory
from bakehouse.record.sound import SoundReader, log_damage
from support.past import past
from support.scenes import DOCKER


def read(run: RunDirectory) -> tuple[int, list[str]]:
    reader = SoundReader(run.path)
    facts = reader.read()
    fold(facts)
    return len(facts), reader.damage(ended=True)


def test_a_whole_record_is_sound() -> None:
    run = past()
    lines = run.events.read_bytes().count(b"\n")
    assert read(run) == (lines, [])
    assert not log_damage(run.path, [DOCKER, "009-none"])


@pytest.mark.parametrize(
    "garbage",
    [b"\x00\xff\n", b"{}\n", b"\n", b"null\n", b'{"seq":8,"at":1,"kind":"SpanStarted","body":{"type":3}}\n'],
)
def test_a_line_that_is_no_event_is_named_and_the_rest_is_read(garbage: bytes) -> None:
    run = past()
    lines = run.events.read_bytes().splitlines(keepends=True)
    lines[7] = garbage
    run.events.write_bytes(b"".join(lines))
    assert read(run) == (len(lines) - 1, ["events.jsonl line 8 is no event."])


def test_a_torn_end_and_a_hole_are_named() -> None:
    run = past()
    lines = run.events.read_bytes().splitlines(keepends=True)
    run.events.write_bytes(b"".join([*lines[:5], *lines[7:]])[:-5])
    count, damage = read(run)
    assert count == len(lines) - 3
    assert damage == ["Events 6 to 7 are missing.", f"events.jsonl ends in the middle of line {len(lines) - 2}."]


def test_a_torn_end_of_a_run_that_is_written_is_no_damage_yet() -> None:
    run = past()
    run.events.write_bytes(run.events.read_bytes()[:-5])
    reader = SoundReader(run.path)
    reader.read()
    assert not reader.damage(ended=False)


def test_many_bad_lines_are_counted() -> None:
    run = past()
    with run.events.open("ab") as file:
        file.write(b"x\n" * 5)
    assert read(run)[1][-1] == "events.jsonl has 2 more lines that are no events."


def test_what_is_wrong_with_logs_is_said() -> None:
    run = past()
    log = run.log(DOCKER)
    size = log.stat().st_size
    with log.open("rb+") as file:
        file.truncate(size - 10)
    assert log_damage(run.path, [DOCKER]) == [f"logs/{DOCKER}.log ends too early: 1 line is missing."]
    index_path(log).unlink()
    (sentence,) = log_damage(run.path, [DOCKER])
    assert sentence.startswith(f"logs/{DOCKER}.idx is missing: nobody knows when its lines came")


def test_any_damage_can_be_folded() -> None:
    run = past()
    whole = run.events.read_bytes()
    choose = random.Random(7)
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(choose.randrange(1, 6)):
            data[choose.randrange(len(data))] = choose.randrange(256)
        if choose.random() < 0.5:
            start = choose.randrange(len(data))
            del data[start : start + choose.randrange(2000)]
        run.events.write_bytes(bytes(data))
        read(run)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda index: random.Random(3).randbytes(4096), "idx is damaged from line 1 on: what follows is not shown."),
        (lambda index: index[:24] * 2 + index[48:], "idx is damaged from line 2 on: what follows is not shown."),
        (lambda index: index[:5], "idx ends too early: 235 lines are not shown."),
        (lambda index: index[:-24], "idx ends too early: 1 line is not shown."),
    ],
)
def test_an_index_that_cannot_be_is_named_and_read_as_far_as_it_goes(
    damage: Callable[[bytes], bytes], said: str
) -> None:
    run = past()
    index, log = index_path(run.log(DOCKER)), run.log(DOCKER)
    whole = index.read_bytes()
    index.write_bytes(damage(whole))
    assert log_damage(run.path, [DOCKER]) == [f"logs/{DOCKER}.{said}"]
    shown = b"".join(chunk.text for chunk in Chunks(log).read())
    assert log.read_bytes().startswith(shown) and shown.count(b"\n") < len(whole) // 24
    reader = LogReader(log)
    there = reader.refresh()
    assert len(reader.lines(0, 1000)) == there < 1000
    reader.close()


def test_lines_of_a_build_that_still_prints_may_be_ahead_of_their_index() -> None:
    run = past()
    with run.log(DOCKER).open("ab") as file:
        file.write(b"more\n")
    assert not log_damage(run.path, [DOCKER], ended=False)
