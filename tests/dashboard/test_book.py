"""A log as foldable sections: borders between spans, and which row shows what."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.dashboard.log.book import Book, Place, root
from bakehouse.record.log import LogReader, LogWriter
from bakehouse.record.state import SpanState


def span(number: int, *, parent: int = 0, step: str = "", outcome: str = "", kind: str = "attempt") -> SpanState:
    return SpanState(number, parent, kind, f"step {number}", step or f"s{number}", 1, 1, number, 0, outcome)


def written(path: Path, *runs: tuple[int, int]) -> Book:
    """A log with `count` lines of each span."""
    path.mkdir(exist_ok=True)
    writer = LogWriter(path / "b.log")
    for number, count in runs:
        writer.write(b"".join(b"line\n" for _ in range(count)), 0, number, number)
    writer.close(1)
    return Book(LogReader(path / "b.log"))


def borders(book: Book) -> list[tuple[int, int, int]]:
    return [(section.span, section.first, section.count) for section in book.sections]


def test_sections_begin_where_the_span_changes(tmp_path: Path) -> None:
    book = written(tmp_path, (1, 3), (2, 1000), (5, 1))
    spans = {number: span(number, outcome="ok") for number in (1, 2, 5)}
    assert book.refresh(spans, [1, 2, 5], follow=True)
    assert borders(book) == [(1, 0, 3), (2, 3, 1000), (5, 1003, 1)]


def test_lines_of_no_step_swallow_none_and_do_not_fold_with_one(tmp_path: Path) -> None:
    book = written(tmp_path, (1, 3), (0, 1), (2, 5), (0, 1), (3, 2), (0, 1))
    spans = {number: span(number, outcome="ok") for number in (1, 2, 3)}
    book.refresh(spans, [1, 2, 3], follow=True)
    assert borders(book) == [(1, 0, 3), (0, 3, 1), (2, 4, 5), (0, 9, 1), (3, 10, 2), (0, 12, 1)]
    assert [book.is_open(section) for section in book.sections] == [False, True, False, True, True, True]
    batch = written(tmp_path / "batch", (0, 1), (1, 3), (0, 1))
    batch.refresh(spans, [1], follow=True)
    assert borders(batch) == [(0, 0, 1), (1, 1, 3), (0, 4, 1)]


def test_a_line_of_no_step_within_one_parts_it_not(tmp_path: Path) -> None:
    book = written(tmp_path, (1, 3), (0, 2), (1, 4))
    book.refresh({1: span(1)}, [1], follow=True)
    assert borders(book) == [(1, 0, 9)]


def test_only_the_last_section_is_open_while_following(tmp_path: Path) -> None:
    book = written(tmp_path, (1, 3), (2, 4))
    book.refresh({1: span(1, outcome="ok"), 2: span(2)}, [1, 2], follow=True)
    assert book.rows == 1 + 1 + 4
    assert book.place(0) == Place(book.sections[0], None)
    assert book.place(2) == Place(book.sections[1], 3)
    assert book.place(5) == Place(book.sections[1], 6)


def test_a_failure_stays_open_until_another_attempt_of_its_step(tmp_path: Path) -> None:
    book = written(tmp_path, (1, 3), (2, 4))
    spans = {1: span(1, step="a", outcome="failed"), 2: span(2, step="b")}
    book.refresh(spans, [1, 2], follow=True)
    assert book.is_open(book.sections[0])
    spans[2] = span(2, step="a")
    book.refresh(spans, [1, 2], follow=True)
    assert not book.is_open(book.sections[0])


def test_nothing_folds_under_somebody_who_reads(tmp_path: Path) -> None:
    book = written(tmp_path, (1, 3))
    spans = {1: span(1)}
    book.refresh(spans, [1], follow=True)
    spans |= {1: span(1, outcome="ok"), 2: span(2)}
    book.refresh(spans, [1, 2], follow=False)
    assert book.is_open(book.sections[0])
    assert not book.is_open(book.sections[1])


def test_what_is_folded_by_hand_stays_so(tmp_path: Path) -> None:
    book = written(tmp_path, (1, 3), (2, 2))
    spans = {1: span(1, outcome="ok"), 2: span(2)}
    book.refresh(spans, [1, 2], follow=True)
    book.toggle(book.sections[0])
    book.toggle(book.sections[1])
    book.refresh(spans, [1, 2], follow=True)
    assert [book.is_open(section) for section in book.sections] == [True, False]
    assert book.rows == 1 + 3 + 1


def test_an_attempt_that_printed_nothing_has_an_empty_section_in_its_place(tmp_path: Path) -> None:
    book = written(tmp_path, (1, 2), (3, 2))
    spans = {1: span(1), 2: span(2), 3: span(3), 4: span(4)}
    book.refresh(spans, [1, 2, 3, 4], follow=True)
    assert borders(book) == [(1, 0, 2), (2, 2, 0), (3, 2, 2), (4, 4, 0)]


def test_lines_of_a_part_belong_to_the_attempt_around_it(tmp_path: Path) -> None:
    book = written(tmp_path, (1, 2), (2, 2), (1, 1))
    book.refresh({1: span(1), 2: span(2, parent=1, kind="sub-step")}, [1], follow=True)
    assert borders(book) == [(1, 0, 5)]


def test_lines_without_a_span_have_no_header(tmp_path: Path) -> None:
    book = written(tmp_path, (0, 2), (1, 2))
    book.refresh({1: span(1)}, [1], follow=True)
    assert book.place(0) == Place(book.sections[0], 0)
    assert book.place(2) == Place(book.sections[1], None)


def test_a_log_that_is_not_there_has_no_rows(tmp_path: Path) -> None:
    book = Book(LogReader(tmp_path / "none.log"))
    assert not book.refresh({}, [], follow=True)
    assert book.rows == 0


def test_lines_that_come_before_their_span_join_its_attempt(tmp_path: Path) -> None:
    book = written(tmp_path, (1, 2), (7, 3))
    book.refresh({1: span(1)}, [1], follow=True)
    book.refresh({1: span(1), 7: span(7, parent=1)}, [1], follow=True)
    assert borders(book) == [(1, 0, 5)]


def test_a_circle_of_parents_ends() -> None:
    assert root(1, {1: span(1, parent=2), 2: span(2, parent=1)}) in (1, 2)


@given(st.lists(st.integers(1, 20), min_size=1, max_size=6))
def test_every_row_shows_one_thing_in_order(tmp_path_factory: pytest.TempPathFactory, counts: list[int]) -> None:
    book = written(tmp_path_factory.mktemp("log"), *((number, count) for number, count in enumerate(counts, 1)))
    spans = {number: span(number) for number in range(1, len(counts) + 1)}
    book.refresh(spans, list(spans), follow=True)
    for section in book.sections:
        book.unfold(section.span)
    places = [book.place(row) for row in range(book.rows)]
    assert [place.line for place in places if place.line is not None] == list(range(sum(counts)))
    assert [place.section.span for place in places if place.line is None] == list(spans)
