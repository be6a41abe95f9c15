"""Text in, tree out: the parser of HCL native syntax.

python-hcl2's grammar does the parsing (hcl.lark has what differs), Lark runs it, and is imported at the first parse.
All functions raise TemplateError, with the place, the line and what to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakehouse.errors import TemplateError
from bakehouse.template.syntax.mistakes import explain
from bakehouse.template.syntax.scanner import scan
from bakehouse.template.syntax.tokens import TokenList
from bakehouse.template.syntax.tree import Body, Expression, SourceFile

if TYPE_CHECKING:
    pass


def parse_file(source: SourceFile) -> Body:
    """The body of a `.pkr.hcl` or `.pkrvars.hcl` file."""
    body = _parse(scan(source, "body"), "start")
    assert isinstance(body, Body)
    return body


def parse_expression(text: str, source_name: str, line: int = 1, column: int = 1) -> Expression:
    """One expression; newlines in it count for nothing. line, column: where it begins in what people know as the source."""
    padding = "\n" * (line - 1) + " " * (column - 1)
    expression = _parse(scan(SourceFile(source_name, padding + text), "brackets"), "lone_expression")
    assert isinstance(expression, Expression)
    return expression


def parse_template(text: str, source_name: str) -> Expression:
    """A template without quotes around it, as templatefile() reads it: only `$${` and `%%{` are escapes."""
    template = _parse(scan(SourceFile(source_name, text), "bare"), "lone_template")
    assert isinstance(template, Expression)
    return template


def _parse(scanned: TokenList, start: str) -> Body | Expression:
    from lark import UnexpectedToken

    from bakehouse.template.syntax.tables import parser

    try:
        tree: Body | Expression = parser().parse(scanned, start=start)  # type: ignore[arg-type,assignment]
    except UnexpectedToken as error:
        raise TemplateError([explain(error, scanned)]) from None
    if problems := scanned.reading.problems:
        raise TemplateError(
            sorted(
                problems, key=lambda found: (found.location.line, found.location.column) if found.location else (0, 0)
            )
        )
    return tree
