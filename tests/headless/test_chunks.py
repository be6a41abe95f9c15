"""Log lines in bulk, against the record's own writer and reader."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bakehouse.headless import chunks
from bakehouse.headless.chunks import Chunks
from bakehouse.record.log import SAY, STDERR, STDOUT, LogReader, LogWriter, index_path


def lines(reader: Chunks) -> list[tuple[int, int, int, bytes]]:
    found = []
    for chunk in reader.read():
        texts = chunk.text.split(b"\n")
        assert texts.pop() == b""
        assert len(texts) == len(chunk.times)
        found.extend((number, chunk.stream, chunk.span, text) for number, text in enumerate(texts, chunk.first))
    return found


PIECES = st.lists(
    st.tuples(st.binary(max_size=12).map(lambda data: data.replace(b"x", b"\n")), st.integers(0, 3), st.integers(1, 3))
)


@given(pieces=PIECES)
def test_the_same_lines_as_the_reader_gives(tmp_path_factory: object, pieces: list[tuple[bytes, int, int]]) -> None:
    path = tmp_path_factory.mktemp("log") / "a.log"  # type: ignore[attr-defined]
    writer, reader, found = LogWriter(path), Chunks(path), []
    for at, (data, stream, span) in enumerate(pieces):
        writer.write(data, stream, span, at)
        found.extend(lines(reader))
    writer.close(99)
    found.extend(lines(reader))
    other = LogReader(path)
    expected = other.lines(0, other.refresh())
    assert found == [(line.number, line.stream, line.span, line.text) for line in expected]


def test_neighbours_of_a_kind_are_one_piece(tmp_path: Path) -> None:
    writer = LogWriter(tmp_path / "a.log")
    writer.write(b"1\n2\n3\n", STDOUT, 1, 5)
    writer.write(b"4\n", STDERR, 1, 6)
    writer.write(b"5\n", SAY, 2, 7)
    writer.write(b"6\n", STDOUT, 2, 8)
    writer.close(9)
    reader = Chunks(tmp_path / "a.log")
    assert [chunk.text for chunk in reader.read()] == [b"1\n2\n3\n", b"4\n", b"5\n", b"6\n"]


def test_large_logs_come_in_pieces(tmp_path: Path) -> None:
    chunks_before = chunks.LINES_AT_ONCE, chunks.BYTES_AT_ONCE
    chunks.LINES_AT_ONCE, chunks.BYTES_AT_ONCE = 7, 20
    try:
        writer = LogWriter(tmp_path / "a.log")
        writer.write(b"".join(b"%d\n" % number for number in range(100)) + b"z" * 50 + b"\n", STDOUT, 1, 5)
        writer.close(9)
        reader = Chunks(tmp_path / "a.log")
        pieces = [chunk.text for chunk in reader.read()]
    finally:
        chunks.LINES_AT_ONCE, chunks.BYTES_AT_ONCE = chunks_before
    assert max(map(len, pieces)) == 51
    assert all(piece.count(b"\n") <= 7 for piece in pieces)
    assert b"".join(pieces) == (tmp_path / "a.log").read_bytes()


def test_a_log_that_is_not_there_yet_or_shorter_than_its_index(tmp_path: Path) -> None:
    reader = Chunks(tmp_path / "a.log")
    assert list(reader.read()) == []
    writer = LogWriter(tmp_path / "a.log")
    writer.write(b"whole\n", STDOUT, 1, 5)
    writer.write(b"lost in a crash\n", STDERR, 1, 5)
    writer.close(9)
    with (tmp_path / "a.log").open("r+b") as file:
        file.truncate(8)
    with index_path(tmp_path / "a.log").open("ab") as file:
        file.write(b"torn")
    assert lines(reader) == [(0, STDOUT, 1, b"whole")]


def test_lines_of_spans_that_nobody_told_of_yet_wait(tmp_path: Path) -> None:
    writer = LogWriter(tmp_path / "a.log")
    for number, span in enumerate((1, 1, 2, 1)):
        writer.write(b"%d\n" % number, STDOUT, span, 5)
    writer.close(9)
    reader = Chunks(tmp_path / "a.log")
    assert b"".join(chunk.text for chunk in reader.read(newest=1)) == b"0\n1\n"
    assert b"".join(chunk.text for chunk in reader.read(newest=1)) == b""
    assert b"".join(chunk.text for chunk in reader.read(newest=2)) == b"2\n3\n"


def test_lines_that_came_later_wait(tmp_path: Path) -> None:
    writer = LogWriter(tmp_path / "a.log")
    for at in range(6):
        writer.write(b"%d\n" % at, STDOUT if at < 4 else STDERR, 1, at)
    writer.close(9)
    reader = Chunks(tmp_path / "a.log")
    pieces = [b"".join(chunk.text for chunk in reader.read(until=until)) for until in (1, 1, 3, 4, 9)]
    assert pieces == [b"0\n1\n", b"", b"2\n3\n", b"4\n", b"5\n"]
