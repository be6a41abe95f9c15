"""What the scanner says about text that is no token, and the letters of names."""

from __future__ import annotations

from bakehouse.errors import Diagnostic
from bakehouse.template.syntax.tokens import Token, problem
from bakehouse.template.syntax.tree import Range


def continues_name(text: str) -> bool:
    """Whether `text` is a name: letters as Unicode defines them for identifiers, and hyphens after the first one."""
    return not text.startswith("-") and text.replace("-", "_").isidentifier()


def unterminated(opener: Token, marker: str, text: str) -> Diagnostic:
    """A template that is open when the text ends."""
    if opener.type == "DBLQUOTE":
        return problem(opener.range, "Missing closing quote", "This string is not closed before the end of the text.")
    return problem(opener.range, "Heredoc without an end", f"No line after this one consists of {marker} alone.")


def broken_line(opener: Token, where: Range) -> Diagnostic:
    """A quoted string that reaches the end of its line."""
    return problem(opener.range, "Missing closing quote", "A quoted string must end on the line on which it begins.")


def unsupported(where: Range, text: str) -> Diagnostic:
    """A character that has no meaning here."""
    return problem(where, "Unsupported character", f"{text[where.start]!r} has no meaning in this place.")


def bad_marker(where: Range) -> Diagnostic:
    """A heredoc whose marker is not a name."""
    return problem(where, "Invalid heredoc marker", "The marker of a heredoc is a name, as in <<EOT.")
