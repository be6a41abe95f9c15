"""A log and its index: whatever the chunks, the streams and the crash, whole lines are told of truly."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bakehouse.record.log import RECORD, SAY, STDERR, STDOUT, LogReader, LogWriter, index_path


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "001-web.log"


def texts(path: Path) -> list[bytes]:
    reader = LogReader(path)
    count = reader.refresh()
    return [line.text for line in reader.lines(0, count)]


def test_lines_have_time_stream_and_span(log: Path) -> None:
    writer = LogWriter(log)
    writer.write(b"one\ntwo\n", STDOUT, 7, 100)
    writer.write(b"oh\n", STDERR, 8, 200)
    reader = LogReader(log)
    assert reader.refresh() == 3
    assert reader.lines(1, 5) == [(1, 100, STDOUT, 7, b"two"), (2, 200, STDERR, 8, b"oh")]
    assert log.read_bytes() == b"one\ntwo\noh\n"
    assert index_path(log).name == "001-web.idx"
    assert index_path(log).read_bytes()[:24] == RECORD.pack(4, 100, 7, STDOUT)


def test_a_piece_waits_until_it_is_shown_and_can_go_on(log: Path) -> None:
    writer = LogWriter(log)
    reader = LogReader(log)
    writer.write(b"Password: ", STDOUT, 1, 1)
    assert writer.waits
    reader.refresh()
    assert reader.open_line == b""
    writer.show_open(2)
    assert (reader.refresh(), reader.open_line, writer.waits) == (0, b"Password: ", False)
    writer.write(b"more", STDOUT, 1, 3)
    assert reader.open_line == b"Password: more"
    writer.write(b"!\nnext\n", STDOUT, 1, 4)
    assert texts(log) == [b"Password: more!", b"next"]
    assert reader.refresh() == 2
    assert reader.open_line == b""


def test_another_stream_or_span_ends_an_open_line(log: Path) -> None:
    writer = LogWriter(log)
    writer.write(b"half", STDOUT, 1, 1)
    writer.show_open(2)
    writer.write(b"warning\n", STDERR, 1, 3)
    writer.write(b" a line\n", STDOUT, 1, 4)
    writer.write(b"tail", STDOUT, 1, 5)
    writer.write(b"said\n", SAY, 2, 6)
    writer.end(1, 7)
    assert texts(log) == [b"half", b"warning", b" a line", b"said", b"tail"]


def test_the_end_of_a_span_ends_its_line(log: Path) -> None:
    writer = LogWriter(log)
    writer.write(b"a", STDOUT, 1, 1)
    writer.write(b"b", STDOUT, 2, 1)
    writer.end(1, 2)
    assert texts(log) == [b"a"]
    writer.close(3)
    assert texts(log) == [b"a", b"b"]


def test_a_line_without_an_end_does_not_stay_in_memory(log: Path) -> None:
    writer = LogWriter(log)
    for _ in range(100):
        writer.write(b"." * 4096, STDOUT, 1, 1)
    assert os.path.getsize(log) > 300_000
    writer.write(b"\n", STDOUT, 1, 2)
    assert texts(log) == [b"." * 409_600]


PIECES = st.lists(st.tuples(st.text("ab\n", max_size=12), st.sampled_from([STDOUT, STDERR]), st.sampled_from([1, 2])))


@settings(max_examples=60, deadline=None)
@given(PIECES, st.lists(st.integers(0, 20), max_size=5))
def test_every_byte_arrives_in_the_order_of_its_stream(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[tuple[str, int, int]], looks: list[int]
) -> None:
    path = tmp_path_factory.mktemp("log") / "b.log"
    writer = LogWriter(path)
    given_lines: dict[tuple[int, int], bytes] = {}
    for at, (text, stream, span) in enumerate(pieces, 1):
        writer.write(text.encode(), stream, span, at)
        given_lines[stream, span] = given_lines.get((stream, span), b"") + text.encode()
        if at in looks:
            writer.show_open(at)
    writer.close(99)
    reader = LogReader(path)
    lines = reader.lines(0, reader.refresh())
    for (stream, span), data in given_lines.items():
        found = b"".join(line.text for line in lines if (line.stream, line.span) == (stream, span))
        assert found == data.replace(b"\n", b"")
    assert sum(len(line.text) + 1 for line in lines) == path.stat().st_size
    assert [line.at for line in lines] == sorted(line.at for line in lines)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 200), st.integers(0, 200))
def test_torn_files_are_read_up_to_the_last_whole_line(
    tmp_path_factory: pytest.TempPathFactory, log_size: int, index_size: int
) -> None:
    path = tmp_path_factory.mktemp("torn") / "b.log"
    writer = LogWriter(path)
    writer.write(b"first\nsecond\nthird\nfourth\n", STDOUT, 1, 1)
    os.truncate(path, min(log_size, path.stat().st_size))
    os.truncate(index_path(path), min(index_size, index_path(path).stat().st_size))
    found = texts(path)
    assert found == [b"first", b"second", b"third", b"fourth"][: len(found)]
    ends = [6, 13, 19, 26]
    assert len(found) == min(sum(end <= log_size for end in ends), index_size // 24, 4)


def test_a_log_that_is_not_there_yet(log: Path) -> None:
    reader = LogReader(log)
    assert (reader.refresh(), reader.lines(0, 9), reader.open_line) == (0, [], b"")
    LogWriter(log).write(b"here\n", STDOUT, 1, 1)
    assert reader.refresh() == 1


def test_time_is_found_by_binary_search(log: Path) -> None:
    writer = LogWriter(log)
    for at in (10, 20, 20, 30):
        writer.write(b"x\n", STDOUT, 1, at)
    reader = LogReader(log)
    reader.refresh()
    assert [reader.line_at(at) for at in (5, 10, 15, 20, 25, 31)] == [0, 0, 1, 1, 3, 4]


def test_a_full_disk_leaves_whole_files(log: Path) -> None:
    writer = LogWriter(log)
    writer.write(b"kept\n", STDOUT, 1, 1)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            writer.write(b"y" * 400 + b"\n", STDOUT, 1, 2)
        with pytest.raises(OSError, match="File too large"):
            writer.write(b"z\n" * 20, STDOUT, 1, 2)  # the log has room, its index has not
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert log.read_bytes() == b"kept\n"
    writer.write(b"again\n", STDOUT, 1, 3)
    assert texts(log) == [b"kept", b"again"]


def test_a_million_lines_cost_about_a_second_and_no_memory(log: Path) -> None:
    writer = LogWriter(log)
    chunk = (b"x" * 39 + b"\n") * 1600
    before = resource.getrusage(resource.RUSAGE_SELF)
    for number in range(625):
        writer.write(chunk[number % 40 :] + chunk[: number % 40], STDOUT, 1, number)
    after = resource.getrusage(resource.RUSAGE_SELF)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 2.5
    assert after.ru_maxrss - before.ru_maxrss < 20_000
    reader = LogReader(log)
    assert reader.refresh() == writer.lines == 1_000_000
    assert len(reader.lines(500_000, 50)) == 50
