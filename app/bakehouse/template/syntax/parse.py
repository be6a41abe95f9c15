"""Text in, tree out: the parser of HCL native syntax.

python-hcl2's grammar does the parsing (hcl.lark has what differs), Lark runs it, and is imported at the first parse.
The trees of files are kept (`kept`): a file that did not change needs no parser.
All functions raise TemplateError, with the place, the line and what to do.
"""

from __future__ import annotations

from bakehouse.errors import Diagnostic, TemplateError
from bakehouse.template.syntax import kept
from bakehouse.template.syntax.no_template import instead
from bakehouse.template.syntax.tree import Body, Expression, SourceFile

MOST_ERRORS = 20


def parse_file(source: SourceFile) -> Body:
    """The body of a `.pkr.hcl` or `.pkrvars.hcl` file; a byte order mark at its beginning is not counted."""
    source = SourceFile(source.name, source.text.removeprefix("\ufeff"))
    if (known := kept.find(source)) is not None:
        return known
    try:
        body = _parse(source, "body", "start")
    except TemplateError as error:
        raise TemplateError(instead(source, error.diagnostics)) from None
    assert isinstance(body, Body)
    kept.keep(body, source)
    return body


def parse_expression(text: str, source_name: str, line: int = 1, column: int = 1) -> Expression:
    """One expression; newlines in it count for nothing. line, column: where in `source_name` it begins."""
    padding = "\n" * (line - 1) + " " * (column - 1)
    expression = _parse(SourceFile(source_name, padding + text), "brackets", "lone_expression")
    assert isinstance(expression, Expression)
    return expression


def parse_template(text: str, source_name: str) -> Expression:
    """A template without quotes around it, as templatefile() reads it: only `$${` and `%%{` are escapes."""
    template = _parse(SourceFile(source_name, text), "bare", "lone_template")
    assert isinstance(template, Expression)
    return template


def _parse(source: SourceFile, kind: str, start: str) -> Body | Expression:
    """The tree, or all that is wrong: after a mistake at the top of a file the next argument or block is tried.

    kind: what the scanner begins in; start: the rule of the grammar.
    """
    from lark import UnexpectedToken

    from bakehouse.template.syntax.depth import DEEPEST_TREE, too_deep_trees
    from bakehouse.template.syntax.mistakes import explain
    from bakehouse.template.syntax.scanner import UNSUPPORTED, scan
    from bakehouse.template.syntax.tables import parser

    scanned = scan(source, kind)
    found: list[Diagnostic] = []
    tree: object = None
    parts = [scanned]
    while parts and len(found) < MOST_ERRORS:
        part = parts.pop()
        try:
            tree = parser().parse(part, start=start)
        except UnexpectedToken as error:
            at = next(index for index, token in enumerate(part.tokens) if token is error.token)
            if part.tokens[at].type != UNSUPPORTED:  # the scanner has said so
                found.append(explain(part.tokens, at, start))
            parts = part.after(at)
        except TemplateError as error:
            found.extend(error.diagnostics)
    found.extend(scanned.reading.problems)
    if not found and scanned.longest > DEEPEST_TREE:
        assert isinstance(tree, Body | Expression)
        found = too_deep_trees(tree)
    if found:
        raise TemplateError(sorted(found, key=_position)[:MOST_ERRORS])
    assert isinstance(tree, Body | Expression)
    return tree


def _position(diagnostic: Diagnostic) -> tuple[int, int]:
    place = diagnostic.location
    return (place.line, place.column) if place is not None else (0, 0)
