"""Numbers, names, marks, diffs: what is plain text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from bakehouse.dashboard import diff, formats, marks
from bakehouse.dashboard.paint import Row, crop, length
from bakehouse.dashboard.pause.verbs import VerbText
from bakehouse.record.events import NANOSECONDS
from support.scenes import DIFF


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (7.9, "0:07"), (761, "12:41"), (3729, "1:02:09"), (-3, "0:00")]
)
def test_durations(seconds: float, text: str) -> None:
    assert formats.duration(round(seconds * NANOSECONDS)) == text


def test_thousands_and_plurals() -> None:
    assert formats.plural(3183, "line") == "3,183 lines"
    assert formats.plural(1, "viewer") == "1 viewer"


def test_builds_lose_their_middle_and_steps_their_end() -> None:
    assert formats.cut_middle("web.docker.debian-bookworm", 14) == "web.doc…okworm"
    assert formats.cut_end("install-everything", 8) == "install…"
    assert formats.cut_end("short", 8) == "short"
    assert formats.cut_end("any", 0) == ""


@pytest.mark.parametrize("width", range(3, 12))
def test_cut_names_never_exceed_their_width(width: int) -> None:
    name = "构建.docker.配置一切"
    assert cell_len(formats.cut_middle(name, width)) <= width
    assert cell_len(formats.cut_end(name, width)) <= width


def test_short_names_are_the_part_that_tells_builds_apart() -> None:
    assert formats.short_names(["web.docker.debian", "web.lxd.debian"]) == ["docker", "lxd"]
    assert formats.short_names(["a.b", "a.b"]) == ["a.b", "a.b"]
    assert formats.short_names(["only.one"]) == ["only.one"]
    assert formats.short_names(["x.y", "x.y.z"]) == ["x.y", "x.y.z"]


def test_ascii_marks_are_as_wide_as_the_others() -> None:
    fine, plain = marks.everything(marks.UNICODE), marks.everything(marks.ASCII)
    assert {name: cell_len(mark) for name, mark in fine.items()} == {name: len(mark) for name, mark in plain.items()}
    assert all(mark.isascii() for mark in plain.values())


def test_marks_follow_the_locale_unless_told() -> None:
    assert marks.choose({"LANG": "C"}) is marks.ASCII
    assert marks.choose({"LANG": "en_GB.UTF-8"}) is marks.UNICODE
    assert marks.choose({"BAKEHOUSE_ASCII": "1", "LANG": "C.UTF-8"}) is marks.ASCII
    assert marks.choose({"BAKEHOUSE_ASCII": "0", "LANG": "C"}) is marks.UNICODE


def test_a_diff_numbers_both_sides_and_marks_the_words_that_changed() -> None:
    rows = diff.rows(DIFF)
    removed, added = next(row for row in rows if row.sign == "-"), next(row for row in rows if row.sign == "+")
    assert (removed.old, removed.new, added.old, added.new) == (12, 0, 0, 12)
    assert [text for text, changed in removed.words if changed] == ["nginx-lite"]
    assert [text for text, changed in added.words if changed] == ["nginx-light"]
    assert [(row.old, row.new) for row in rows][-1] == (14, 16)
    assert diff.counts(DIFF) == (3, 1)


def test_a_diff_with_two_hunks_and_a_new_file() -> None:
    text = "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+entirely else\n@@ -9,0 +10,2 @@\n+p\n+q\n\\ No newline at end of file\n"
    assert [row.sign for row in diff.rows(text)] == ["-", "+", "~", "+", "+"]
    assert diff.rows("") == []


def test_a_verb_takes_the_longest_sentence_that_fits_and_its_reason_before_all() -> None:
    verb = VerbText("retry", "r", "retry", ("run setup.sh again", "setup.sh", "again"))
    assert [verb.text(room) for room in (40, 18, 17, 7, 1)] == ["run setup.sh again"] * 2 + [
        "setup.sh",
        "again",
        "again",
    ]
    assert VerbText("skip", "s", "skip", ("leave it out", "out"), taints=True).text(12) == "out"
    assert VerbText("skip", "s", "skip", ("leave it out",), reason="it is done").text(40) == "it is done"


def test_a_path_inside_the_template_directory_is_short() -> None:
    assert formats.inside("/srv/t/scripts/a.sh", "/srv/t") == "scripts/a.sh"
    assert formats.inside("/etc/a.sh", "/srv/t") == "/etc/a.sh"
    assert formats.inside("", "/srv/t") == ""


@given(st.lists(st.text(alphabet="ab 构́é", max_size=8), max_size=5), st.integers(0, 12), st.integers(1, 12))
def test_cropping_takes_exactly_those_cells(texts: list[str], start: int, width: int) -> None:
    segments = [Segment(text, Style()) for text in texts]
    total = length(segments)
    assert length(crop(segments, start, width)) == max(0, min(width, total - start))


def test_cropping_cuts_a_wide_character_in_half_as_a_blank() -> None:
    assert [segment.text for segment in crop([Segment("a构b")], 2, 2)] == [" b"]
    assert [segment.text for segment in crop([Segment("a构b")], 0, 2)] == ["a "]


def test_a_row_holds_wide_and_combining_characters_in_their_cells() -> None:
    row = Row(6, Style())
    assert row.put(1, "构é", Style()) == 4
    assert row.right(5, "x", Style()) == 5
    assert row.strip().text == " 构é x" and row.strip().cell_length == 6
