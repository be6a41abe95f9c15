"""The LALR tables of the grammar: shipped, since making them takes seconds.

`python -m bakehouse.template.syntax.tables` makes `hcl.tables` anew from `hcl.lark` and python-hcl2's grammar.
Tables that do not fit the installed lark or python-hcl2 are not used: they are then made in memory, at each start.
"""

from __future__ import annotations

import functools
import hashlib
import io
import zlib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import lark
from lark.lexer import Lexer

from bakehouse.template.syntax.build import TreeBuilder

GRAMMAR = Path(__file__).with_name("hcl.lark")
TABLES = Path(__file__).with_name("hcl.tables")
STARTS = ["start", "lone_expression", "lone_template"]


class ScannedLexer(Lexer):
    """Lark's lexer hook: the text was scanned before, its tokens are passed on."""

    def __init__(self, lexer_conf: object) -> None:
        pass

    def lex(self, tokens: Any) -> Iterator[Any]:  # type: ignore[override]  # the interface Lark gives to custom lexers
        return iter(tokens)


def packaged_grammar() -> str:
    """python-hcl2's grammar without its places for newlines; found without importing the package (0.2 s)."""
    spec = find_spec("hcl2")
    if spec is None or spec.origin is None:
        raise ImportError("python-hcl2 is not installed")
    text = Path(spec.origin).with_name("hcl2.lark").read_text(encoding="utf-8")
    return text.replace("new_line_or_comment?", "")


def fingerprint() -> bytes:
    """What the tables depend on: both grammars and lark's version, as 64 hexadecimal digits."""
    parts = (lark.__version__, GRAMMAR.read_text(encoding="utf-8"), packaged_grammar())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest().encode()


def build() -> lark.Lark:
    """The parser from the grammars: 1 to 4 s."""

    def find(base_path: object, path: str) -> tuple[str, str]:
        if path != "hcl2.lark":
            raise FileNotFoundError(path)
        return path, packaged_grammar()

    return lark.Lark(
        GRAMMAR.read_text(encoding="utf-8"),
        parser="lalr",
        lexer=ScannedLexer,
        start=STARTS,
        transformer=TreeBuilder(),
        import_paths=[find],
    )


@functools.cache
def parser() -> lark.Lark:
    """The parser, from the shipped tables if they fit."""
    try:
        made_for, _, data = TABLES.read_bytes().partition(b"\n")
    except FileNotFoundError:
        return build()
    if made_for != fingerprint():
        return build()
    return lark.Lark.load(io.BytesIO(zlib.decompress(data)))


def write(path: Path) -> None:
    """Make the tables and save them with what they were made for."""
    buffer = io.BytesIO()
    build().save(buffer, exclude_options={"import_paths"})
    path.write_bytes(fingerprint() + b"\n" + zlib.compress(buffer.getvalue(), 9))


if __name__ == "__main__":
    from bakehouse.template.syntax import tables

    tables.write(tables.TABLES)
