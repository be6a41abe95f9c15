"""Where in the structure of a text a token stands: which brackets are open around it, and what came before it there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from bakehouse.template.syntax.scanner import CLOSERS, ENDS_A_TERM
from bakehouse.template.syntax.tokens import Token

TOPS = {"start": "file", "lone_expression": "expression", "lone_template": "template"}
BODIES = ("file", "block")
SEPARATED = {
    "NEWLINE": ("file", "block", "object"),
    "COMMA": ("object", "tuple", "call"),
}


@dataclass(slots=True)
class Region:
    """What an open bracket encloses.

    kind: file, block, object, object for, tuple, tuple for, index, call, parentheses, interpolation, directive,
    string, heredoc, expression, template. item: the tokens since the last separator, without those further inside.
    first: nothing was separated yet.
    """

    kind: str
    opener: Token | None
    item: list[Token] = field(default_factory=list)
    first: bool = True

    def has(self, type: str) -> bool:
        """Whether the item has a token of this type."""
        return any(token.type == type for token in self.item)

    def count(self, type: str) -> int:
        """How many tokens of this type the item has."""
        return sum(token.type == type for token in self.item)

    def complete(self) -> bool:
        """Whether the item could end here: it has a term at its end."""
        return bool(self.item) and self.item[-1].type in ENDS_A_TERM


def regions(tokens: Iterable[Token], start: str) -> list[Region]:
    """The regions that are open after `tokens`, outermost first."""
    stack = [Region(TOPS[start], None)]
    for token in tokens:
        top = stack[-1]
        closes = _closes(token, top)
        if closes:
            stack.pop()
            stack[-1].item.append(token)
        elif kind := _opens(token, top):
            top.item.append(token)
            stack.append(Region(kind, token))
        elif top.kind in SEPARATED.get(token.type, ()):
            top.item.clear()
            top.first = False
        else:
            if token.type == "FOR" and top.kind in ("tuple", "object"):
                top.kind += " for"
            top.item.append(token)
    return stack


def _closes(token: Token, top: Region) -> bool:
    if top.opener is None:
        return False
    match token.type:
        case "DBLQUOTE":
            return top.kind == "string"
        case "HEREDOC_END":
            return True
        case "RBRACE":
            return top.opener.type in ("LBRACE", "INTERP_START", "DIRECTIVE_START")
        case _:
            return CLOSERS.get(token.type) == top.opener.type


def _opens(token: Token, top: Region) -> str:
    """The kind of region that a token opens, or "" if it opens none."""
    match token.type:
        case "LPAR":
            return "call" if top.item and top.item[-1].type == "NAME" else "parentheses"
        case "LSQB":
            return "index" if top.complete() else "tuple"
        case "LBRACE":
            return "block" if top.kind in BODIES and not top.has("EQ") else "object"
        case "DBLQUOTE":
            return "string"
        case "INTERP_START":
            return "interpolation"
        case "DIRECTIVE_START":
            return "directive"
        case "HEREDOC_TEMPLATE" | "HEREDOC_TEMPLATE_TRIM":
            return "heredoc"
        case _:
            return ""
