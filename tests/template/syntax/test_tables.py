"""The shipped tables: up to date, used when they fit, made anew when they do not; and what is imported when."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bakehouse.template.syntax import tables
from support.syntax import show


@pytest.fixture
def fresh() -> object:
    """No parser is remembered before and after."""
    tables.parser.cache_clear()
    yield
    tables.parser.cache_clear()


def test_the_shipped_tables_are_those_of_the_grammar_and_the_installed_versions() -> None:
    made_for, _, data = tables.TABLES.read_bytes().partition(b"\n")
    assert made_for == tables.fingerprint(), "run python -m bakehouse.template.syntax.tables"
    assert data


def test_the_packaged_grammar_is_python_hcl2s() -> None:
    text = tables.packaged_grammar()
    assert "?add_expr" in text and "for_tuple_expr" in text
    assert "new_line_or_comment?" not in text


def test_tables_that_fit_are_loaded_and_nothing_is_built(fresh: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(tables, "build")
    assert _parses()


@pytest.mark.parametrize("content", [None, b"", b"0" * 64 + b"\nnot tables"])
def test_without_fitting_tables_the_parser_is_built_in_memory(
    content: bytes | None, fresh: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "hcl.tables"
    if content is not None:
        other.write_bytes(content)
    monkeypatch.setattr(tables, "TABLES", other)
    assert _parses()
    assert (other.read_bytes() if other.exists() else None) == content


def test_written_tables_can_be_read_again(fresh: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tables.write(tmp_path / "hcl.tables")
    monkeypatch.setattr(tables, "TABLES", tmp_path / "hcl.tables")
    monkeypatch.delattr(tables, "build")
    assert _parses()


def _parses() -> bool:
    from bakehouse.template.syntax.scanner import scan
    from bakehouse.template.syntax.tree import Expression, SourceFile

    tree: object = tables.parser().parse(scan(SourceFile("x", "a + b[*].c"), "brackets"), start="lone_expression")  # type: ignore[arg-type]
    return isinstance(tree, Expression) and show(tree) == "(+ a (splat b _.c))"


def test_lark_is_imported_at_the_first_parse_and_python_hcl2_never() -> None:
    script = (
        "import sys, bakehouse.template.syntax.tree as tree, bakehouse.template.syntax.parse as parse\n"
        "assert 'lark' not in sys.modules\n"
        "parse.parse_file(tree.SourceFile('x', 'a = 1\\n'))\n"
        "assert 'lark' in sys.modules and 'hcl2' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=30)
