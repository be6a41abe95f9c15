"""The patterns of -only and -except."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.errors import TemplateError
from bakehouse.template.compile import check
from bakehouse.template.selection import exactly, matches
from support.templates import NULL, request, write


@pytest.mark.parametrize(
    ("glob", "name", "whether"),
    [
        ("*", "a.null.b", True),
        ("a.*.b", "a.null.b", True),
        ("a.?ull.b", "a.null.b", True),
        ("a.[m-o]ull.b", "a.null.b", True),
        ("a.[!n]ull.b", "a.null.b", False),
        ("{null,file}.x", "file.x", True),
        ("{null,{file,docker}}.x", "docker.x", True),
        ("null.x,y", "null.x,y", True),
        ("null.x}", "null.x}", True),
        ("null.\\*", "null.x", False),
        ("null", "null.x", False),
    ],
)
def test_matching(glob: str, name: str, whether: bool) -> None:
    assert matches(glob, name) is whether


@pytest.mark.parametrize(
    ("glob", "said"),
    [("[", "[ is never closed"), ("a[b", "[ is never closed"), ("{null", "{ is never closed"), ("[z-a]", "no range")],
)
@pytest.mark.parametrize("flag", ["only", "exclude"])
def test_what_is_no_pattern(tmp_path: Path, glob: str, said: str, flag: str) -> None:
    write(tmp_path, a_hcl=NULL + 'build {\n  sources = ["null.x"]\n}\n')
    with pytest.raises(TemplateError) as caught:
        check(request(tmp_path, **{flag: [glob]}))
    assert said in str(caught.value)


def test_a_name_of_a_json_template_is_told_as_it_was_typed(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text('{"builders": [{"type": "null", "communicator": "none"}]}')
    (warning,) = [told for told in check(request(tmp_path, "t.json", only=["["])) if "matches no build" in told.summary]
    assert warning.summary == '-only "[" matches no build'


@given(st.text())
def test_a_name_matches_itself_and_nothing_else(name: str) -> None:
    assert matches(exactly(name), name)
    assert not matches(exactly(name), f"{name}x")


@given(st.text(alphabet="ab*?[]{},!-\\", max_size=12), st.text(alphabet="ab{}", max_size=6))
def test_every_pattern_matches_or_is_refused(glob: str, name: str) -> None:
    try:
        matches(glob, name)
    except TemplateError as error:
        assert "is not a pattern" in str(error)
