"""What was meant where the grammar does not allow what stands there.

`explain` looks at the region a refused token stands in, and at what came before it there. Places are those that
HashiCorp's parser names; where a bracket is open at the end of the text, the bracket is shown and the end is named.
"""

from __future__ import annotations

from bakehouse.errors import Diagnostic
from bakehouse.template.syntax import body_mistakes
from bakehouse.template.syntax.indentation import left_open
from bakehouse.template.syntax.regions import BODIES, Region, regions
from bakehouse.template.syntax.tokens import Token, problem, said

CLOSING = {
    "object": "}",
    "object for": "}",
    "tuple": "]",
    "tuple for": "]",
    "index": "]",
    "call": ")",
    "parentheses": ")",
    "interpolation": "}",
    "directive": "}",
    "block": "}",
}
NAMES = {"}": "brace", "]": "bracket", ")": "parenthesis"}
OPENING_WORDS = {
    "block": "block",
    "object": "object",
    "object for": "for expression",
    "tuple": "list",
    "tuple for": "for expression",
    "index": "index",
    "call": "call",
    "parentheses": "parenthesis",
    "interpolation": "interpolation",
    "directive": "directive",
}


def explain(tokens: list[Token], at: int, start: str) -> Diagnostic:
    """The diagnostic for the token at index `at`, which the grammar refuses. start: the rule that was parsed."""
    stack = regions(tokens[:at], start)
    region, token = stack[-1], tokens[at]
    if token.type == "END_OF_TEXT" and region.opener is not None:
        return _unclosed(region, region.opener, token, left_open(tokens) if region.kind == "block" else "")
    if region.kind in BODIES and not region.has("EQ"):
        return body_mistakes.outside_value(region, token)
    if not region.complete() and not _begins_directive(region):
        return _missing_value(region, token)
    if region.count("QMARK") > region.count("COLON"):
        return problem(
            token.range,
            "Missing : in a conditional",
            f"After ? comes the value for true, then : and the value for false; here is {said(token)}.",
            "Write CONDITION ? VALUE : OTHER_VALUE.",
        )
    if len(region.item) > 1 and region.item[-2].type == "COLONS":
        name = region.item[-1].value
        return problem(token.range, "Missing call", "Only functions have :: in their names.", f"Write {name}(...).")
    if region.kind in BODIES:
        return body_mistakes.after_value(region, token)
    if region.kind == "directive":
        return _directive(region, token)
    if "for" in region.kind:
        return _for(region, token)
    return _after_item(region, token, tokens[at + 1] if at + 1 < len(tokens) else token)


def _begins_directive(region: Region) -> bool:
    """Whether no expression is due in a directive: it has only begun, or is one without any."""
    heads = ("STRIP_MARKER", "ELSE", "ENDIF", "ENDFOR")
    return region.kind == "directive" and all(token.type in heads for token in region.item)


def _unclosed(region: Region, opener: Token, end: Token, where: str) -> Diagnostic:
    """The text ends and a bracket is open. where: what the indentation tells of it."""
    closing = CLOSING[region.kind]
    word = OPENING_WORDS[region.kind]
    file, line = end.range.source.name, end.range.line
    return problem(
        opener.range,
        f"Missing closing {NAMES[closing]}",
        f"The {word} that begins here is still open at the end of the text, {file}:{line}.",
        where or f"Write the {closing} that closes it; it may also be that a bracket inside it is one too many.",
    )


def _missing_value(region: Region, token: Token) -> Diagnostic:
    """An expression must begin here, and does not."""
    before = region.item[-1] if region.item else region.opener
    if before is not None and before.type == "DOT":
        return _after_dot(token)
    if region.kind == "index" and token.type == "ASTERISK":
        return problem(token.range, "Missing ] after [*", "A splat is written [*].", "Close the bracket after the *.")
    if "for" in region.kind and not region.has("IN") or _for_directive_head(region):
        return _for(region, token)
    if token.type in ("NEWLINE", "END_OF_TEXT", "RPAR", "RSQB", "RBRACE", "COMMA"):
        after = f" after `{before.value.strip()}`" if before is not None else ""
        return problem(
            token.range,
            "Missing value",
            f"There is nothing{after} where a value is needed; here is {said(token)}.",
            "Write the value, on the same line as what it belongs to." if token.type == "NEWLINE" else "",
        )
    return problem(token.range, "Value expected", f"No value can begin with {said(token)}.")


def _after_dot(token: Token) -> Diagnostic:
    if token.type == "FLOAT_LITERAL" and (indexes := token.value.split("."))[0].isdigit():
        proper = "".join(f"[{index}]" for index in indexes)
        return problem(
            token.range,
            "Invalid index",
            f"`.{token.value}` would be several indexes in one number.",
            f"Write {proper} instead.",
        )
    return problem(
        token.range,
        "Missing attribute name",
        f"After a dot comes the name of an attribute; here is {said(token)}.",
        "Write the name, or take the dot away.",
    )


def _for_directive_head(region: Region) -> bool:
    return region.kind == "directive" and region.has("FOR") and not region.has("IN")


def _for(region: Region, token: Token) -> Diagnostic:
    """A for expression or directive that is not as it must be."""
    is_object = region.kind == "object for"
    if region.kind == "directive":
        shape = "%{for NAME in LIST}"
    else:
        shape = "{for NAME in LIST : KEY => VALUE}" if is_object else "[for NAME in LIST : VALUE]"
    if not region.has("IN"):
        wanted = "`in`" if region.has("NAME") else "a name"
    elif region.kind != "directive" and not region.has("COLON"):
        wanted = "`:`"
    elif is_object and not region.has("FOR_OBJECT_ARROW"):
        wanted = "`=>`"
    elif region.opener is not None and token.range.line > region.item[-1].range.end_line:
        return _for_left_open(region, region.opener, token)
    else:
        wanted = f"`{CLOSING[region.kind]}`"
    return problem(
        token.range,
        "Invalid for expression",
        f"Here {wanted} is needed, and here is {said(token)}.",
        f"A for expression is written {shape}.",
    )


def _for_left_open(region: Region, opener: Token, token: Token) -> Diagnostic:
    """A for expression is whole but for its bracket, and another line begins."""
    closing, file = CLOSING[region.kind], token.range.source.name
    return problem(
        opener.range,
        f"Missing closing {NAMES[closing]}",
        f"The for expression that begins here is still open at {file}:{token.range.line}, where {said(token)} stands.",
        f"Write {closing} at the end of line {region.item[-1].range.end_line}.",
    )


def _directive(region: Region, token: Token) -> Diagnostic:
    """`%{` and what follows it."""
    words = [word for word in region.item if word.type != "STRIP_MARKER"]
    if not words:
        return problem(
            token.range,
            "Unknown directive",
            f"After %{{ comes if, else, endif, for or endfor; here is {said(token)}.",
            "For a literal %{ write %%{.",
        )
    if words[0].type == "FOR":
        return _for(region, token)
    return problem(token.range, "Missing closing brace", f"The directive ends here, and {said(token)} is too much.")


def _after_item(region: Region, token: Token, following: Token) -> Diagnostic:
    """A value is complete, and what follows it does not belong to it."""
    if region.kind in ("expression", "template"):
        return problem(token.range, "Unexpected text", f"The expression ends before {said(token)}.")
    assert region.opener is not None
    closing = CLOSING[region.kind]
    if region.kind == "object" and not (region.has("EQ") or region.has("COLON")):
        return problem(
            token.range,
            "Missing = in an object",
            f"Between a key and its value stands =; here is {said(token)}.",
            "Write KEY = VALUE.",
        )
    opened = f"The `{region.opener.value}` on line {region.opener.range.line}"
    wrong_closer = token.type in ("RPAR", "RSQB", "RBRACE")
    runs_on = token.range.line > region.item[-1].range.end_line and following.type in ("EQ", "LBRACE", "DBLQUOTE")
    if wrong_closer or runs_on or region.kind not in ("object", "tuple", "call"):
        return problem(
            token.range,
            f"Missing closing {NAMES[closing]}",
            f"{opened} is still open where {said(token)} stands.",
            f"Write {closing} before it.",
        )
    if region.kind == "call" and region.has("ELLIPSIS"):
        return problem(
            region.item[-1].range,
            "Argument after ...",
            "Only the last argument of a call can be followed by `...`, and nothing comes after that.",
        )
    last = region.item[-1].range.end_line
    if token.range.line > last:
        return problem(
            token.range,
            "Missing comma",
            f"Another element begins here, and no comma stands between it and the one that ends on line {last}. "
            f"{opened} is still open.",
            f"Write a comma at the end of line {last}, or close with {closing}.",
        )
    what = "a comma or a newline" if region.kind == "object" else "a comma"
    return problem(
        token.range,
        "Missing comma",
        f"Between the elements stands {what}; here is {said(token)}. {opened} is still open.",
        f"Write a comma before {said(token)}, or close with {closing}.",
    )
