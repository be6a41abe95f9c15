"""From tokens to the tree (Go's text/template/parse, parse.go)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from bakehouse.sdk.go_template import nodes
from bakehouse.sdk.go_template.errors import GoTemplateError
from bakehouse.sdk.go_template.lexer import Token, tokens
from bakehouse.sdk.go_template.pipelines import PipelineParser

_DEEPEST = 50
"""Blocks and parentheses inside one another; Go has no limit but its memory."""


@dataclass(slots=True)
class Parsed:
    """A template and those that it defines, by name."""

    body: tuple[nodes.Node, ...]
    defined: dict[str, tuple[nodes.Node, ...]] = field(default_factory=dict)


def parse(text: str, functions: Collection[str], help: Mapping[str, str]) -> Parsed:
    """The tree of a text. help: what to do about functions that there are not. Raises GoTemplateError."""
    return _Parser(list(tokens(text)), functions, help).whole()


class _Parser(PipelineParser):
    """One text. What follows an action is a list of nodes, up to an `else` or an `end`."""

    def __init__(self, found: list[Token], functions: Collection[str], help: Mapping[str, str]) -> None:
        super().__init__(found, functions, help)
        self._defined: dict[str, tuple[nodes.Node, ...]] = {}
        self._loops = 0

    def whole(self) -> Parsed:
        """The template and what it defines."""
        body: list[nodes.Node] = []
        while self.peek().kind != "eof":
            if self.peek().kind == "end":
                token = self.peek()
                raise GoTemplateError("There is nothing in these braces", token.start, token.end, "Write a value.")
            if self.at_keyword("define"):
                self._define()
                continue
            node = self._item()
            if node is None:
                raise GoTemplateError(
                    f"There is nothing that this {self.last.text} belongs to", self.last.start, self.last.end
                )
            body.append(node)
        return Parsed(tuple(body), self._defined)

    def _item(self) -> nodes.Node | None:
        """A text or an action; None for `else` and `end`, which are then the last token."""
        if self.peek().kind == "text":
            token = self.next()
            return nodes.Text(token.text, start=token.start, end=token.end)
        token = self.peek_inside()
        if token.kind != "keyword" or token.text == "nil":
            return self._action()
        self.next_inside()
        match token.text:
            case "if" | "with" | "range":
                return self._branch(token)
            case "else" | "end":
                return None
            case "break" | "continue":
                return self._jump(token)
            case "template":
                name = self._name(token)
                pipeline = None if self.peek_inside().kind == "end" else self.pipeline("template")
                return nodes.Include(name, pipeline, start=token.start, end=self.close())
            case "block":
                return self._block(token)
        raise GoTemplateError("A define cannot stand inside another block", token.start, token.end)

    def _action(self) -> nodes.Node:
        pipeline = self.pipeline("action")
        self.close()
        return nodes.Action(pipeline, start=pipeline.start, end=pipeline.end)

    def _list(self, opener: Token, deeper: int = 1) -> tuple[nodes.Node, ...]:
        """Up to an `else` or an `end`, which is the last token then."""
        self.enter(opener)
        found: list[nodes.Node] = []
        while True:
            if self.peek().kind == "eof":
                raise GoTemplateError(
                    f"This {opener.text} has no end", opener.start, opener.end, "Write {{ end }} where it ends."
                )
            node = self._item()
            if node is None:
                self.leave()
                return tuple(found)
            found.append(node)

    def _branch(self, token: Token) -> nodes.Node:
        variables = len(self.variables)
        pipeline = self.pipeline(token.text)
        self.close()
        loop = token.text == "range"
        self._loops += loop
        body = self._list(token)
        self._loops -= loop
        otherwise: tuple[nodes.Node, ...] = ()
        if self.last.text == "else":
            otherwise = self._otherwise(token)
        else:
            self.close()
        del self.variables[variables:]
        return nodes.Branch(token.text, pipeline, body, otherwise, start=token.start, end=pipeline.end)

    def _otherwise(self, token: Token) -> tuple[nodes.Node, ...]:
        """What follows an `else`, through the `end`; `else if` and `else with` end together with the first."""
        following = self.peek_inside()
        if following.kind == "keyword" and following.text == token.text and token.text in ("if", "with"):
            self.enter(token)
            nested = self._branch(self.next_inside())
            self.leave()
            return (nested,)
        self.close()
        body = self._list(token)
        if self.last.text == "else":
            raise GoTemplateError(f"This {token.text} already has an else", self.last.start, self.last.end)
        self.close()
        return body

    def _jump(self, token: Token) -> nodes.Node:
        if not self._loops:
            raise GoTemplateError(f"{token.text} can only stand inside a range", token.start, token.end)
        return nodes.Jump(token.text, start=token.start, end=self.close())

    def _name(self, opener: Token) -> str:
        token = self.next_inside()
        if token.kind not in ("string", "raw"):
            raise self.unexpected(token, f"the name after {opener.text}, in quotes")
        return self.string(token)

    def _define(self) -> None:
        opener = self.next_inside()
        name = self._name(opener)
        self.close()
        self._body(opener, name)

    def _block(self, opener: Token) -> nodes.Node:
        name = self._name(opener)
        pipeline = self.pipeline("block")
        end = self.close()
        self._body(opener, name)
        return nodes.Include(name, pipeline, start=opener.start, end=end)

    def _body(self, opener: Token, name: str) -> None:
        """The body of a template of its own, which sees no variable and no loop around it."""
        variables, loops = self.variables, self._loops
        self.variables, self._loops = ["$"], 0
        body = self._list(opener)
        if self.last.text == "else":
            raise GoTemplateError(f"A {opener.text} has no else", self.last.start, self.last.end)
        self.close()
        self.variables, self._loops = variables, loops
        if _is_empty(self._defined.get(name, ())):
            self._defined[name] = body
        elif not _is_empty(body):
            raise GoTemplateError(f'The template "{name}" is defined twice', opener.start, opener.end)


def _is_empty(body: tuple[nodes.Node, ...]) -> bool:
    return all(isinstance(node, nodes.Text) and not node.text.strip() for node in body)
