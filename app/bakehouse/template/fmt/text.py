"""A template's text with its blanks put right; nothing but blanks changes."""

from __future__ import annotations

from bakehouse.template.fmt.layout import align, divide, indent
from bakehouse.template.fmt.pieces import cut, lines
from bakehouse.template.fmt.spacing import space_line


def format_text(text: str) -> str:
    """`text` as HCL's own formatter writes it: indented by brackets, `=` and comments of neighbouring lines aligned,
    one blank between tokens that stand apart. Line breaks, comments, heredocs and strings stay as they are; a byte
    order mark goes. Raises TemplateError for a text that cannot be cut into tokens.
    """
    pieces = cut(text.removeprefix("\ufeff"))
    divided = [divide(line) for line in lines(pieces)]
    indent(divided)
    for line in divided:
        space_line(line.lead)
        space_line(line.value)
    align(divided)
    return "".join(" " * piece.before + piece.text for piece in pieces)
