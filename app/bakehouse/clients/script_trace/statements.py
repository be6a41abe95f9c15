"""The statements of a sh script before which a probe can stand, and how they lie in each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bakehouse.clients.script_trace.syntax import HEREDOC, last_line_of, line_of, text_of, walk

if TYPE_CHECKING:
    from tree_sitter import Node

_PLAIN = frozenset({"command", "declaration_command", "unset_command", "variable_assignment", "variable_assignments",
                    "test_command"})  # fmt: skip
_BLOCKS = frozenset({"if_statement", "while_statement", "for_statement", "case_statement", "compound_statement",
                     "subshell", "function_definition"})  # fmt: skip
_STATEMENTS = _PLAIN | _BLOCKS | {"list", "pipeline", "negated_command", "redirected_statement"}


@dataclass(frozen=True, slots=True)
class Statement:
    """number: from 0, as the probe says it. block: the number of the list of statements that it stands in.

    before: the statement before it in its block, None for the first. plain: a failure of it is one of its own: no
    list, condition, negation, nothing compound but a subshell. function: it stands in one, so who looks at its failure
    is not known. job: it runs in the background, so what follows does not tell how it ends.
    """

    number: int
    line: int
    last: int
    start: int
    text: str
    block: int
    before: int | None
    plain: bool
    function: bool
    job: bool = False


def statements(root: Node) -> list[Statement]:
    """Those of the whole script; only those outside of any block if it holds a here-document."""
    deep = not any(node.type == HEREDOC for node in walk(root))
    found: list[Statement] = []
    blocks = 0
    waiting: list[tuple[list[Node], bool]] = [(list(_ordered(root)), False)]
    while waiting:
        block, function = waiting.pop(0)
        before: int | None = None
        for node in block:
            background = node.next_sibling is not None and node.next_sibling.type == "&"
            place = (line_of(node), last_line_of(node), node.start_byte, text_of(node))
            plain = _is_plain(node) and not background
            found.append(Statement(len(found), *place, blocks, before, plain, function, background))
            before = found[-1].number
            if deep and not background:
                waiting.extend((list(inner), function or is_function) for inner, is_function in _inner(node))
            if not function and blocks == 0 and re.match(r"exit\b", place[3]):
                break
        blocks += 1
    return found


def _ordered(node: Node) -> Iterator[Node]:
    return (child for child in node.named_children if child.type in _STATEMENTS)


def _is_plain(node: Node) -> bool:
    if node.type == "redirected_statement":
        body = node.child_by_field_name("body")
        return body is not None and _is_plain(body)
    return node.type in _PLAIN or node.type in ("pipeline", "subshell")


def _inner(node: Node) -> Iterator[tuple[Iterator[Node], bool]]:
    """The lists of statements directly inside a statement, and whether each is a function's."""
    if node.type == "redirected_statement":
        body = node.child_by_field_name("body")
        if body is not None and body.type in _BLOCKS:
            yield from _inner(body)
    elif node.type == "function_definition":
        body = node.child_by_field_name("body")
        if body is not None and body.type in ("compound_statement", "subshell"):
            yield _ordered(body), True
    elif node.type in ("compound_statement", "subshell"):
        if not text_of(node).startswith("(("):
            yield _ordered(node), False
    elif node.type in ("while_statement", "for_statement"):
        yield from ((_ordered(child), False) for child in node.named_children if child.type == "do_group")
    elif node.type == "case_statement":
        yield from ((_ordered(child), False) for child in node.named_children if child.type == "case_item")
    elif node.type in ("if_statement", "elif_clause"):
        yield _after_then(node), False
        for child in node.named_children:
            if child.type == "elif_clause":
                yield from _inner(child)
            elif child.type == "else_clause":
                yield _ordered(child), False


def _after_then(node: Node) -> Iterator[Node]:
    begun = False
    for child in node.children:
        if child.type == "then":
            begun = True
        elif begun and child.is_named and child.type in _STATEMENTS:
            yield child


class StatementPlaces:
    """Where a sh script can stop: `bakehouse.clients.script_trace.stops.Places`."""

    def __init__(self, found: list[Statement]) -> None:
        self._found = found

    def numbers(self, line: int) -> frozenset[int]:
        """The statements that begin where the one does that a person means by `line`."""
        begin = self.start(line)
        return frozenset(statement.number for statement in self._found if statement.line == begin)

    def start(self, line: int) -> int:
        """The line where that one begins; 0 for none."""
        within = [statement.line for statement in self._found if statement.line <= line <= statement.last]
        if within:
            return max(within)
        return min((statement.line for statement in self._found if statement.line > line), default=0)
