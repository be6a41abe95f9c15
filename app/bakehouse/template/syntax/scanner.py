"""Text to tokens, as HCL's own scanner and peeker cut it.

A stack of frames (brackets, templates) decides what a regular expression cannot: whether a newline counts, whether a
`{` opens a body or an object, whether `for` is a keyword, and where literal text ends inside a template.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import NoReturn

from bakehouse.errors import Diagnostic, TemplateError
from bakehouse.template.syntax import lexical
from bakehouse.template.syntax.literals import SPACE
from bakehouse.template.syntax.tokens import DEEPEST, Reading, Token, TokenList, too_deep
from bakehouse.template.syntax.tree import Range, SourceFile

TOKEN = re.compile(
    r"""(?P<space>[ \t]+)
    |(?P<newline>(?:\#[^\n]*|//[^\n]*)?\r?\n|(?:\#|//)[^\n]*)
    |(?P<comment>/\*[\s\S]*?\*/)
    |(?P<name>[A-Za-z_][A-Za-z0-9_-]*(?![A-Za-z0-9_\-\u0080-\U0010ffff]))
    |(?P<heredoc><<-?(?P<marker>[^\s"'`(){}\[\]<>,=:;\#/]+)\r?\n)
    |(?P<number>[0-9]+(?:(?:\.+(?:[eE][+-]?)?|[eE][+-]?)[0-9]+)*)
    |(?P<quote>")
    |(?P<operator>\.\.\.|==|!=|<=|>=|=>|&&|\|\||::|~(?=\})|[-+*/%!<>=?:.,(){}\[\]])
    """,
    re.VERBOSE,
)
OPERATORS = {
    "(": "LPAR", ")": "RPAR", "{": "LBRACE", "}": "RBRACE", "[": "LSQB", "]": "RSQB",
    ",": "COMMA", ":": "COLON", "::": "COLONS", ".": "DOT", "=": "EQ", "?": "QMARK", "...": "ELLIPSIS",
    "=>": "FOR_OBJECT_ARROW", "-": "MINUS", "!": "NOT", "+": "PLUS", "*": "ASTERISK", "/": "SLASH", "%": "PERCENT",
    "==": "DOUBLE_EQ", "!=": "NEQ", "<": "LT", ">": "GT", "<=": "LEQ", ">=": "GEQ",
    "&&": "DOUBLE_AMP", "||": "DOUBLE_PIPE", "~": "STRIP_MARKER",
}  # fmt: skip
LITERALS = {"true": "TRUE", "false": "FALSE", "null": "NULL"}
DIRECTIVES = {"if": "IF", "else": "ELSE", "endif": "ENDIF", "for": "FOR", "endfor": "ENDFOR"}
UNSUPPORTED = "UNSUPPORTED"  # no terminal of the grammar: what may stand nowhere
MOST_UNSUPPORTED = 4  # are told; then nothing more is read
CLOSERS = {"RPAR": "LPAR", "RBRACE": "LBRACE", "RSQB": "LSQB"}
ENDS_A_TERM = frozenset(
    ("NAME", "TRUE", "FALSE", "NULL", "INT_LITERAL", "FLOAT_LITERAL", "RPAR", "RBRACE", "RSQB", "DBLQUOTE")
    + ("HEREDOC_END", "ELLIPSIS", "ATTR_SPLAT", "FULL_SPLAT_START")
)
# Each of these is matched alone, so that nothing behind it can make it try anew: possessive and atomic groups, which
# would say the same, are wrong in Python up to 3.11.4.
GAP = re.compile(r"(?:[ \t\r\n]+|\#[^\n]*\n|//[^\n]*\n|/\*[\s\S]*?\*/)*")
LINE_GAP = re.compile(r"(?:[ \t]+|/\*[\s\S]*?\*/)*")
FOR = re.compile(r"for(?![\w-])")
CALL_AHEAD = re.compile(r"[ \t]*(?:\(|::)")
QUOTED = re.compile(r'(?:[^"\\\r\n$%\ud800-\udfff]+|\\[^\r\n\ud800-\udfff]|\$\$\{|%%\{|[$%](?!\{))+')
UNQUOTED = re.compile(r"(?:[^\n$%\ud800-\udfff]+|\$\$\{|%%\{|[$%](?!\{))*\n?")


@dataclass(slots=True)
class Frame:
    """A bracket or a template that is open.

    kind: body, object, brackets (no newline counts), sequence (`${` or `%{`), quote, heredoc or bare (literal text).
    awaits: for, names, in or nothing: how far a for expression has come. value: in a body, `=` was seen on this line.
    """

    kind: str
    opener: Token | None
    awaits: str = ""
    value: bool = False
    marker: str = ""
    line_start: bool = True


class Scanner:
    """One pass over one text."""

    def __init__(self, source: SourceFile, kind: str) -> None:
        self.text = source.text
        self.reading = Reading(source)
        self.position = 0
        self.frames = [Frame(kind, None)]
        self.tokens: list[Token] = []
        self.resumes: list[int] = []
        self.previous = ""
        self.item_begins = 0
        self.longest = 0
        self.lines = [0, *(match.end() for match in re.finditer("\n", self.text))]

    def scan(self) -> TokenList:
        """All tokens, the last one END_OF_TEXT, or those before the first failure."""
        failure: Diagnostic | None = None
        steps = {"quote": self.quoted, "heredoc": self.heredoc, "bare": self.bare}
        try:
            while self.position < len(self.text):
                steps.get(self.frames[-1].kind, self.normal)()
            self.finish()
        except TemplateError as error:
            failure = error.diagnostics[0]
        return TokenList(
            self.reading, self.tokens, failure, self.resumes if len(self.frames) == 1 else [], self.longest
        )

    def finish(self) -> None:
        """The end of the text: an open template cannot be closed any more; brackets are the parser's to judge."""
        frame = self.frames[-1]
        if frame.kind in ("quote", "heredoc"):
            assert frame.opener is not None
            self.fail(lexical.unterminated(frame.opener, frame.marker, self.range(self.position, self.position)))
        self.emit("END_OF_TEXT", 0)
        self.end_item()

    def end_item(self) -> None:
        """The end of an argument, or of a block's header."""
        self.longest = max(self.longest, len(self.tokens) - self.item_begins)
        self.item_begins = len(self.tokens)

    def fail(self, diagnostic: Diagnostic) -> NoReturn:
        """Stop scanning."""
        raise TemplateError([diagnostic])

    def range(self, start: int, end: int) -> Range:
        """Where a piece of the text stands."""
        line = bisect_right(self.lines, start)
        end_line = line if end <= start else bisect_right(self.lines, end - 1)
        return Range(
            self.reading.source,
            start,
            end,
            line,
            start - self.lines[line - 1] + 1,
            end_line,
            end - self.lines[end_line - 1] + 1,
        )

    def emit(self, type: str, length: int) -> Token:
        """Add the token of `length` characters from here and step over it."""
        start, end = self.position, self.position + length
        token = Token(type, self.text[start:end], self.range(start, end), self.reading)
        self.tokens.append(token)
        self.previous = type
        self.position = end
        return token

    def open(self, frame: Frame) -> None:
        """Go one frame deeper."""
        self.frames.append(frame)
        if len(self.frames) > DEEPEST:
            assert frame.opener is not None
            self.fail(too_deep(frame.opener.range, DEEPEST))

    def normal(self) -> None:
        """One token outside of literal text."""
        match = TOKEN.match(self.text, self.position)
        if match is None:
            self.unicode_name()
            return
        length = match.end() - self.position
        match match.lastgroup:
            case "space" | "comment":
                self.position += length
            case "newline":
                self.newline(length)
            case "name":
                self.name(length)
            case "number":
                self.number(match.group())
            case "quote":
                self.open(Frame("quote", self.emit("DBLQUOTE", 1)))
            case "operator":
                self.operator(match.group())
            case _:
                self.open_heredoc(match)

    def newline(self, length: int) -> None:
        """A newline, or a comment to the end of its line: it counts in bodies and objects only."""
        frame = self.frames[-1]
        if frame.kind in ("body", "object"):
            frame.value = False
            self.emit("NEWLINE", length)
            if frame.kind == "body":
                self.end_item()
            if len(self.frames) == 1:
                self.resumes.append(len(self.tokens))
        else:
            self.position += length

    def unicode_name(self) -> None:
        """A name with letters beyond ASCII; anything else here is no part of the language."""
        end = self.position
        while end < len(self.text) and lexical.continues_name(self.text[self.position : end + 1]):
            end += 1
        if end > self.position:
            self.name(end - self.position)
        elif self.text[end] in lexical.NOT_QUOTES:
            self.fail(lexical.unsupported(self.range(end, end + 1)))
        else:
            self.unsupported()

    def unsupported(self) -> None:
        """A character that is no part of the language: the parser stops there, the scanner finds more of its kind."""
        token = self.emit(UNSUPPORTED, 1)
        diagnostic = lexical.unsupported(token.range)
        self.reading.problems.append(diagnostic)
        if len(self.reading.problems) >= MOST_UNSUPPORTED:
            self.fail(diagnostic)

    def name(self, length: int) -> None:
        """A name, or a keyword where one may stand."""
        text = self.text[self.position : self.position + length]
        self.emit(self.keyword(text, self.position + length), length)

    def keyword(self, text: str, end: int) -> str:
        """The type of token for a name."""
        frame, previous = self.frames[-1], self.previous
        if frame.kind == "body" and not frame.value or previous in ("DOT", "COLONS"):
            return "NAME"
        if frame.kind == "sequence" and frame.awaits == "directive":
            frame.awaits = "names" if text == "for" else ""
            return DIRECTIVES.get(text, "NAME")
        if frame.awaits == "for" and text == "for":
            frame.awaits = "names"
            return "FOR"
        if frame.awaits == "names" and text == "in" and previous == "NAME":
            frame.awaits = "if"
            return "IN"
        if frame.awaits == "names":
            return "NAME"
        if frame.awaits == "if" and text == "if" and previous in ENDS_A_TERM:
            return "IF"
        if text in LITERALS and not CALL_AHEAD.match(self.text, end):
            return LITERALS[text]
        return "NAME"

    def number(self, text: str) -> None:
        """A number; after a dot an index in the old way, which has no decimals."""
        plain = text.isdigit() or self.previous == "DOT" and "." not in text
        self.emit("INT_LITERAL" if plain else "FLOAT_LITERAL", len(text))

    def operator(self, text: str) -> None:
        """An operator or a bracket."""
        type = OPERATORS[text]
        if text == "/" and self.text.startswith("/*", self.position):
            self.fail(lexical.unclosed_comment(self.range(self.position, self.position + 2)))
        if text == "<" and self.text.startswith("<<", self.position):
            end = self.text.find("\n", self.position)
            self.fail(lexical.bad_marker(self.range(self.position, end if end >= 0 else len(self.text))))
        if type == "DOT" and (star := self.ahead(LINE_GAP, "*")):
            self.emit("ATTR_SPLAT", star - self.position)
        elif type == "LSQB" and (splat := self.ahead(self.gap(), "*", "]")):
            self.emit("FULL_SPLAT_START", splat - self.position)
        elif type in CLOSERS:
            self.close(self.emit(type, len(text)))
        elif type in ("LPAR", "LBRACE", "LSQB"):
            may_be_for = type != "LPAR" and not (type == "LSQB" and self.previous in ENDS_A_TERM)
            self.open_bracket(self.emit(type, len(text)), may_be_for)
        else:
            self.emit(type, len(text))
            if type == "EQ":
                self.frames[-1].value = True

    def gap(self) -> re.Pattern[str]:
        """What may stand between the parts of a full splat: newlines where they do not count."""
        return LINE_GAP if self.frames[-1].kind in ("body", "object") else GAP

    def ahead(self, gap: re.Pattern[str], *wanted: str) -> int:
        """Where these end, each after a gap, behind the character that stands here; 0 if other things follow."""
        position = self.position + 1
        for text in wanted:
            position = self.after(gap, position)
            if not self.text.startswith(text, position):
                return 0
            position += len(text)
        return position

    def after(self, gap: re.Pattern[str], position: int) -> int:
        """Where a gap ends."""
        match = gap.match(self.text, position)
        return match.end() if match else position

    def open_bracket(self, token: Token, may_be_for: bool) -> None:
        """Which newlines count inside depends on what the bracket opens."""
        outer = self.frames[-1]
        is_for = may_be_for and FOR.match(self.text, self.after(GAP, self.position)) is not None
        if token.type == "LBRACE" and outer.kind == "body" and not outer.value:
            self.open(Frame("body", token))
        elif token.type == "LBRACE" and not is_for:
            self.open(Frame("object", token))
        else:
            self.open(Frame("brackets", token, "for" if is_for else ""))

    def close(self, token: Token) -> None:
        """A closing bracket; one that does not fit leaves all as it is, for the parser to refuse."""
        opener = self.frames[-1].opener
        wanted = ("LBRACE", "INTERP_START", "DIRECTIVE_START") if token.type == "RBRACE" else (CLOSERS[token.type],)
        if opener is not None and opener.type in wanted:
            self.frames.pop()

    def sequence(self) -> None:
        """`${` or `%{` inside a template, with its strip marker."""
        directive = self.text.startswith("%{", self.position)
        opener = self.emit("DIRECTIVE_START" if directive else "INTERP_START", 2)
        if self.text.startswith("~", self.position):
            self.emit("STRIP_MARKER", 1)
        self.open(Frame("sequence", opener, "directive" if directive else ""))

    def quoted(self) -> None:
        """One piece of a quoted template: literal text, a sequence or the closing quote."""
        if match := QUOTED.match(self.text, self.position):
            self.emit("STRING_CHARS", match.end() - self.position)
        elif self.text.startswith('"', self.position):
            self.emit("DBLQUOTE", 1)
            self.frames.pop()
        elif self.text.startswith(("${", "%{"), self.position):
            self.sequence()
        else:
            self.broken()

    def broken(self) -> NoReturn:
        """What cannot stand in literal text: the end of a line in quotes, and bytes that are no UTF-8."""
        opener = self.frames[-1].opener
        if opener is not None and self.text[self.position] in "\r\n\\":
            openers = [frame.opener for frame in self.frames if frame.kind == "sequence"]
            inside = openers[-1] if openers else None
            self.fail(lexical.broken_line(opener, self.range(self.position, self.position), inside))
        self.fail(lexical.unsupported(self.range(self.position, self.position + 1)))

    def open_heredoc(self, match: re.Match[str]) -> None:
        """`<<NAME` and the rest of its line."""
        trims = match.group().startswith("<<-")
        if not lexical.continues_name(match.group("marker")):
            self.fail(lexical.bad_marker(self.range(match.start(), match.end("marker"))))
        token = self.emit("HEREDOC_TEMPLATE_TRIM" if trims else "HEREDOC_TEMPLATE", match.end() - self.position)
        self.open(Frame("heredoc", token, marker=match.group("marker")))

    def heredoc(self) -> None:
        """One line of a heredoc, a piece of one, or its closing marker."""
        frame = self.frames[-1]
        end = self.text.find("\n", self.position)
        if frame.line_start and end >= 0:
            line = self.text[self.position : end]
            if line.strip(SPACE) == frame.marker:
                self.frames.pop()
                self.emit("HEREDOC_END", len(line.removesuffix("\r")))
                return
        self.bare()

    def bare(self) -> None:
        """Literal text to the end of its line, or a sequence."""
        frame = self.frames[-1]
        match = UNQUOTED.match(self.text, self.position)
        length = match.end() - self.position if match else 0
        if length:
            frame.line_start = self.emit("STRING_CHARS", length).value.endswith("\n")
        elif self.text.startswith(("${", "%{"), self.position):
            frame.line_start = False
            self.sequence()
        else:
            self.broken()


def scan(source: SourceFile, kind: str) -> TokenList:
    """The tokens of a text. kind: body (a file), brackets (one expression) or bare (a template without quotes)."""
    return Scanner(source, kind).scan()
