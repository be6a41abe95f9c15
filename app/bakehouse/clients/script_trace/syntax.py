"""The syntax tree of a script. tree-sitter is loaded when the first script is looked at, not before."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

HEREDOC = "heredoc_redirect"


@cache
def _parser() -> Parser:
    import tree_sitter
    import tree_sitter_bash

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


def parse(text: bytes) -> Node:
    """The root of the tree; it may hold errors (`has_error`)."""
    return _parser().parse(text).root_node


def line_of(node: Node) -> int:
    """The line it begins at, from 1."""
    return node.start_point[0] + 1


def last_line_of(node: Node) -> int:
    """The line it ends at, from 1."""
    row, column = node.end_point
    return row + 1 if column or row == node.start_point[0] else row


def text_of(node: Node) -> str:
    """Its text."""
    return (node.text or b"").decode("utf-8", "replace")


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, in the order of the text."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        yield found
        waiting.extend(reversed(found.children))


def first_error(root: Node) -> int:
    """The line of the first thing that is not understood; 0 for none."""
    if not root.has_error:
        return 0
    return min((line_of(node) for node in walk(root) if node.is_error or node.is_missing), default=1)
