"""Mistakes in bodies, outside of any expression: headers of blocks, names of arguments, ends of lines."""

from __future__ import annotations

from bakehouse.errors import Diagnostic
from bakehouse.template.syntax.regions import Region
from bakehouse.template.syntax.tokens import Token, problem, said

ONE_LINE = "A block on one line holds one argument at most; give every argument and the closing } a line of its own."
WORDS = {"and": "&&", "or": "||", "is": "=="}
ENDS = ("NEWLINE", "END_OF_TEXT")


def one_line(region: Region) -> bool:
    """Whether the item stands on the line of its block's opening brace."""
    return region.kind == "block" and region.first


def outside_value(region: Region, token: Token) -> Diagnostic:
    """An argument or a block begins here, and has no `=` yet."""
    item = region.item
    if not item:
        return _beginning(region, token)
    if region.has("RBRACE"):
        return problem(
            token.range,
            "Missing newline after a block",
            f"After the }} of a block the line must end; here is {said(token)}.",
            ONE_LINE if one_line(region) else f"Put {said(token)} on a line of its own.",
        )
    if one_line(region) and token.type in ("LBRACE", "DBLQUOTE", "NAME"):
        return problem(item[0].range, "Block inside a one-line block", "Only an argument can stand here.", ONE_LINE)
    if len(item) == 1:
        return _no_argument(item[0], token)
    if token.type == "EQ":
        return problem(
            token.range,
            "Labels before =",
            f"`{item[0].value}` has labels, so it is a block, and a block has no =.",
            "Take the = away for a block, or the labels for an argument.",
        )
    if token.type in ENDS:
        return problem(
            token.range,
            "Missing opening brace",
            f"The header of the block `{item[0].value}` ends without {{.",
            "Write { at the end of the same line.",
        )
    return problem(
        token.range,
        "Invalid label",
        f"In the header of a block come labels and then {{; here is {said(token)}.",
        'A label is a name or a text in "".',
    )


def _beginning(region: Region, token: Token) -> Diagnostic:
    """What stands at the beginning of a line is no name."""
    if token.type == "RBRACE":
        return problem(
            token.range,
            "Unexpected closing brace",
            "No block is open here.",
            "Take the } away, or look for one too many further up.",
        )
    if token.type == "DBLQUOTE":
        return problem(
            token.range,
            "Quoted argument name",
            "The name of an argument or block stands without quotes.",
            "Take the quotes away.",
        )
    return problem(
        token.range,
        "Argument or block expected",
        f"A name is needed here; {said(token)} is not one.",
        "Write NAME = VALUE for an argument or TYPE { for a block.",
    )


def _no_argument(name: Token, token: Token) -> Diagnostic:
    """A name, and then neither `=` nor a block's header."""
    help = f"Write {name.value} = VALUE for an argument or {name.value} {{ for a block."
    if token.value in (":", "=="):
        help = f"Between a name and its value stands one =: {name.value} = VALUE."
    elif token.type == "DOT":
        help = "The name of an argument has no dots: write a block or an object for what is inside."
    return problem(
        name.range,
        "Missing = after a name",
        f"`{name.value}` is followed by {said(token)}: this is neither an argument nor a block.",
        help,
    )


def after_value(region: Region, token: Token) -> Diagnostic:
    """The value of an argument is complete, and its line goes on."""
    if token.type == "COMMA":
        return problem(
            token.range,
            "Comma after an argument",
            "Arguments of a block are separated by newlines.",
            "Take the comma away and end the line.",
        )
    if one_line(region):
        where = "The block must be closed on the line on which it begins" if token.type in ENDS else "Here } is needed"
        return problem(token.range, "Invalid one-line block", f"{where}; here is {said(token)}.", ONE_LINE)
    return problem(
        token.range,
        "Missing newline after an argument",
        f"The value ends before {said(token)}, and then the line must end.",
        _after_the_value(region, token),
    )


def _after_the_value(region: Region, token: Token) -> str:
    """What was probably meant by what stands behind a complete value."""
    name, value = region.item[0], region.item[2:]
    if token.value in WORDS:
        return f"Write {WORDS[token.value]} for it."
    if token.type == "NAME" and value and all(word.type == "NAME" for word in value):
        return f'A text stands in quotes: {name.value} = "{value[0].value} {token.value}".'
    if token.type in ("DBLQUOTE", "LBRACE"):
        return f"If {name.value} is to be a block, it has no = behind its name."
    return f"Put {said(token)} on a line of its own." if token.type in ("NAME", "RBRACE") else ""
