"""What the scanner says about text that is no token, and the letters of names."""

from __future__ import annotations

import unicodedata

from bakehouse.errors import Diagnostic
from bakehouse.template.syntax.tokens import Token, between, problem
from bakehouse.template.syntax.tree import Range

NOT_QUOTES = dict.fromkeys("'`‘’‚‛“”„‟«»", 'Text stands in double quotes: "...".')
HELP = NOT_QUOTES | {
    ";": "End the line instead: each argument has a line of its own.",
    "&": "For `and` write &&; there are no operators on bits.",
    "|": "For `or` write ||; there are no operators on bits.",
    "^": "There are no operators on bits; for powers there is pow(x, y).",
    "~": "There are no operators on bits; ~ strips blanks in ${~ x ~} only.",
    "$": 'Interpolation stands inside of a string: "${x}"; elsewhere the name alone is enough.',
    "\\": "A backslash has a meaning in quoted strings only; an expression goes on in the next line inside ( ).",
    "@": "Names begin with a letter or _.",
    "\r": "Lines end with a newline, with or without a carriage return before it.",
    "\ufeff": "A byte order mark may stand at the very beginning of a file only: take it away.",
}


def continues_name(text: str) -> bool:
    """Whether `text` is a name: letters as Unicode defines them for identifiers, and hyphens after the first one."""
    return not text.startswith("-") and text.replace("-", "_").isidentifier()


def unterminated(opener: Token, marker: str, end: Range) -> Diagnostic:
    """A string or a heredoc that is open when the text ends."""
    at = f"{end.source.name}:{end.line}"
    if opener.type == "DBLQUOTE":
        detail = f"The string that begins here is still open at the end of the text, {at}."
        return problem(opener.range, "Missing closing quote", detail, 'Write the " that closes it.')
    return problem(
        opener.range,
        "Heredoc without an end",
        f"No line up to the end of the text, {at}, consists of {marker} alone.",
        f"Write {marker} on a line of its own, with a newline after it and nothing else but blanks on the line.",
    )


def broken_line(opener: Token, end: Range, inside: Token | None) -> Diagnostic:
    """A quoted string that reaches the end of its line. inside: the `${` or `%{` around it."""
    where = between(opener.range, end) if opener.range.line == end.line else end
    return problem(
        where,
        "Missing closing quote",
        "A quoted string must end on the line on which it begins."
        + (f"\nThis one begins inside a {inside.value}: perhaps that is not closed." if inside else ""),
        'Write the " that closes it; for several lines use \\n or a heredoc (<<EOT).',
    )


def unsupported(where: Range) -> Diagnostic:
    """A character that has no meaning here."""
    character = where.text
    if 0xDC80 <= (code := ord(character)) <= 0xDCFF:
        detail = f"The byte {code - 0xDC00:#x} here is not part of a character in UTF-8."
        return problem(where, "Not UTF-8", detail, "Save the file as UTF-8.")
    if character.isprintable():
        shown = f"`{character}`"
    else:
        shown = f"U+{ord(character):04X} ({unicodedata.name(character, 'a control character')})"
    summary = "Wrong kind of quote" if character in NOT_QUOTES else "Unsupported character"
    return problem(where, summary, f"{shown} has no meaning here.", HELP.get(character, ""))


def unclosed_comment(where: Range) -> Diagnostic:
    """`/*` without `*/`."""
    return problem(where, "Comment without an end", "There is no */ after this /*.", "Close the comment with */.")


def bad_marker(where: Range) -> Diagnostic:
    """`<<` that does not begin a heredoc."""
    return problem(
        where,
        "Invalid heredoc marker",
        "After << or <<- comes a name, without blanks or quotes, and then the line ends.",
        "Write <<EOT and begin the text on the next line.",
    )
