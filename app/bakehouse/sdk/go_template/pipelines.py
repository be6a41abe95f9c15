"""What stands inside one action: pipelines, commands, words (Go's text/template/parse, parse.go)."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping

from bakehouse.sdk.go_template import literals, nodes
from bakehouse.sdk.go_template.errors import GoTemplateError
from bakehouse.sdk.go_template.lexer import Token

DEEPEST = 50
"""How deep blocks and parentheses may stand inside one another; Go only ends where its memory does."""
_WORDS = {"string", "raw", "char", "number", "field", "dot", "variable", "word", "bool"}


class PipelineParser:
    """Reads tokens one after the other. `last` is the one read last, `variables` what may be named here."""

    def __init__(self, found: list[Token], functions: Collection[str], help: Mapping[str, str]) -> None:
        self._tokens = found
        self._position = 0
        self._functions = functions
        self._help = help
        self._depth = 0
        self.variables = ["$"]
        self.last = found[0]

    def peek(self) -> Token:
        """The next token."""
        return self._tokens[self._position]

    def next(self) -> Token:
        """Take the next token."""
        self.last = self._tokens[self._position]
        self._position = min(self._position + 1, len(self._tokens) - 1)
        return self.last

    def peek_inside(self) -> Token:
        """The next token that is no space."""
        while self.peek().kind == "space":
            self._position += 1
        return self.peek()

    def next_inside(self) -> Token:
        """Take the next token that is no space."""
        self.peek_inside()
        return self.next()

    def at_keyword(self, name: str) -> bool:
        """Whether an action begins here with this keyword."""
        return self.peek().kind != "text" and self.peek_inside() == Token("keyword", name, self.peek_inside().start)

    def enter(self, token: Token) -> None:
        """Go one level deeper; `token` opens it."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise GoTemplateError(f"Nested too deeply: more than {DEEPEST} levels", token.start, token.end)

    def leave(self) -> None:
        """Come back from there."""
        self._depth -= 1

    def close(self) -> int:
        """Take the end of the action; where that is. The token before it stays the last one."""
        last = self.last
        token = self.next_inside()
        if token.kind != "end":
            raise self.unexpected(token, "}}")
        self.last = last
        return token.end

    def unexpected(self, token: Token, wanted: str) -> GoTemplateError:
        """The error for a token that cannot stand where it does."""
        if token.kind == "eof":
            return GoTemplateError(f"The text ends where {wanted} is missing", token.start)
        found = "}}" if token.kind == "end" else token.text
        return GoTemplateError(f"{found} cannot stand here; {wanted} can", token.start, token.end)

    def string(self, token: Token) -> str:
        """What a quoted string means."""
        if token.kind == "raw":
            return token.text[1:-1].replace("\r", "")
        try:
            return literals.unquote(token.text)
        except ValueError:
            raise GoTemplateError(
                f"{token.text} has an escape that Go does not know", token.start, token.end, "Write \\\\ for one \\."
            ) from None

    def pipeline(self, context: str, closing: str = "end") -> nodes.Pipeline:
        """Commands up to the token that closes them, which is not taken. closing: its kind, or ")"."""
        start = self.peek_inside().start
        names, assigns = self._declaration(context)
        commands: list[nodes.Command] = []
        while not self._at(closing):
            commands.append(self._command())
            if self.last.text == "|" and self._at(closing):
                raise GoTemplateError("Nothing follows this |", self.last.start, self.last.end)
        if not commands:
            token = self.peek_inside()
            raise GoTemplateError("There is nothing to be shown here", start, token.end, "Write a value, or a comment.")
        for command in commands[1:]:
            first = command.words[0]
            if isinstance(first, nodes.Constant | nodes.Dot):
                raise GoTemplateError("Only a function can follow |", first.start, first.end)
        return nodes.Pipeline(tuple(commands), names, assigns, start=start, end=commands[-1].end)

    def _at(self, closing: str) -> bool:
        token = self.peek_inside()
        return token.kind == closing or token.kind == "mark" and token.text == closing

    def _declaration(self, context: str) -> tuple[tuple[str, ...], bool]:
        """`$a, $b :=` if it stands here, else nothing is taken."""
        before = self._position
        names: list[str] = []
        while self.peek_inside().kind == "variable":
            names.append(self.next().text)
            token = self.peek_inside()
            if token.text in (":=", "="):
                self.next()
                self._declare(names, token)
                return tuple(names), token.text == "="
            if token.text != ",":
                break
            if context != "range" or len(names) > 1:
                raise GoTemplateError(f"Too many variables in {context}", token.start, token.end)
            self.next()
            if self.peek_inside().kind not in ("variable", "end"):
                raise GoTemplateError("Only a variable can follow this comma", token.start, token.end)
        self._position = before
        return (), False

    def _declare(self, names: list[str], token: Token) -> None:
        if token.text == ":=":
            self.variables.extend(names)
            return
        for name in names:
            self._check_variable(name, token)

    def _check_variable(self, name: str, token: Token) -> None:
        if name not in self.variables:
            raise GoTemplateError(
                f"There is no variable {name} here",
                token.start,
                token.end,
                _nearest(name, self.variables) or f"{{{{ {name} := ... }}}} makes one.",
            )

    def _command(self) -> nodes.Command:
        words: list[nodes.Node] = []
        while (word := self._operand()) is not None:
            words.append(word)
            if self.peek().kind != "space":
                break
        token = self.peek_inside()
        if not words:
            raise self.unexpected(token, "a value")
        if token.text == "|":
            self.next()
        elif token.kind != "end" and token.text != ")":
            raise self.unexpected(token, "a blank, | or }}")
        return nodes.Command(tuple(words), start=words[0].start, end=words[-1].end)

    def _operand(self) -> nodes.Node | None:
        node = self._term()
        if node is None or self.peek().kind != "field":
            return node
        if isinstance(node, nodes.Constant | nodes.Dot):
            token = self.peek()
            raise GoTemplateError(f"{token.text} cannot follow this value", token.start, token.end)
        of, names = (node.of, list(node.names)) if isinstance(node, nodes.Fields) else (node, [])
        while self.peek().kind == "field":
            names.append(self.next().text[1:])
        return nodes.Fields(of, tuple(names), start=node.start, end=self.last.end)

    def _term(self) -> nodes.Node | None:
        token = self.peek_inside()
        place = {"start": token.start, "end": token.end}
        if token.text == "(":
            return self._parentheses()
        if token.kind not in _WORDS and token.text != "nil":
            return None
        self.next()
        match token.kind:
            case "word":
                self._check_function(token)
                return nodes.Function(token.text, **place)
            case "dot":
                return nodes.Dot(**place)
            case "field":
                return nodes.Fields(nodes.Dot(**place), (token.text[1:],), **place)
            case "variable":
                self._check_variable(token.text, token)
                return nodes.Variable(token.text, **place)
        return nodes.Constant(self._constant(token), token.text, **place)

    def _parentheses(self) -> nodes.Node:
        token = self.next()
        self.enter(token)
        pipeline = self.pipeline("parentheses", ")")
        self.next_inside()
        self.leave()
        return pipeline

    def _constant(self, token: Token) -> object:
        match token.kind:
            case "string" | "raw":
                return self.string(token)
            case "bool":
                return token.text == "true"
            case "keyword":
                return None
        try:
            return literals.character(token.text) if token.kind == "char" else literals.number(token.text)
        except ValueError as error:
            reason = str(error) if token.kind == "number" else "one character is"
            raise GoTemplateError(f"{token.text} cannot be read: {reason}", token.start, token.end) from None

    def _check_function(self, token: Token) -> None:
        if token.text in self._functions:
            return
        help = self._help.get(token.text) or _nearest(token.text, self._functions)
        raise GoTemplateError(f'There is no function "{token.text}" here', token.start, token.end, help)


def _nearest(name: str, names: Collection[str]) -> str:
    found = difflib.get_close_matches(name, list(names), n=1, cutoff=0.6)
    return f'Did you mean "{found[0]}"?' if found else ""
