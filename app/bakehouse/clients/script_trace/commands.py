"""The commands of a script in its tree, each with what stands around it, and what bash will not tell of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from bakehouse.clients.script_trace.silent import Silent
from bakehouse.clients.script_trace.site import Pipeline, Site, Surroundings
from bakehouse.clients.script_trace.syntax import last_line_of, line_of, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

SIMPLE = frozenset({"command", "declaration_command", "unset_command", "variable_assignment", "variable_assignments",
                    "test_command"})  # fmt: skip
HEADS = frozenset({"for_statement", "c_style_for_statement", "case_statement", "select_statement"})
SUBSTITUTIONS = frozenset({"command_substitution", "process_substitution"})
_Task = tuple["Node", Surroundings]


def found_in(root: Node) -> tuple[list[Site], list[tuple[Silent, Node | None]]]:
    """The commands, and what is silent with the statement after it."""
    sites: list[Site] = []
    silents: list[tuple[Silent, Node | None]] = []
    waiting: list[_Task] = [(root, Surroundings())]
    while waiting:
        node, around = waiting.pop()
        site, silent = _site(node, around), _silent(node, around)
        if site is not None:
            sites.append(site)
        if silent is not None:
            silents.append((silent, _next(node)))
        waiting.extend(_below(node, around))
    return sites, silents


def plain(text: str) -> str:
    """Without what bash writes otherwise than the script has it."""
    return re.sub(r"\\\n|\s", "", text)


def _site(node: Node, around: Surroundings) -> Site | None:
    text = text_of(node)
    last = last_line_of(node)
    if node.type in SIMPLE:
        kind = "arithmetic" if re.match(r"let\b", text) else "command"
    elif node.type in HEADS:
        kind, text = "head", _head(node)
        last = line_of(node) + text.count("\n")
    elif node.type == "compound_statement" and text.startswith("(("):
        kind = "arithmetic"
    else:
        return None
    return Site(line_of(node), max(last, around.last), node.start_byte, node.end_byte, text, plain(text), kind, around)


def _head(node: Node) -> str:
    """A loop as far as its body, a `case` as far as its first pattern."""
    end = node.end_byte
    for child in node.children:
        if child.type in ("do_group", "compound_statement"):
            end = child.start_byte
            break
        if child.type == "in" and node.type == "case_statement":
            end = child.end_byte
            break
    head = (node.text or b"")[: end - node.start_byte].decode("utf-8", "replace")
    return head.rstrip().removesuffix(";").rstrip()


def _below(node: Node, around: Surroundings) -> Iterator[_Task]:
    """What the node holds, each with its surroundings."""
    if node.type in SIMPLE:
        yield from ((child, replace(around, pipeline=None, last=0)) for child in node.named_children)
    elif node.type in SUBSTITUTIONS:
        inner = Surroundings(handled=True, function=around.function, apart=True)
        yield from _statements(node, inner)
    elif node.type == "list":
        left, *right = node.named_children
        yield left, replace(around, handled=True, pipeline=None)
        yield from ((child, replace(around, pipeline=None)) for child in right)
    elif node.type == "negated_command":
        yield from ((child, replace(around, handled=True, negated=True)) for child in node.named_children)
    elif node.type == "pipeline":
        yield from _elements(node, around)
    elif node.type == "redirected_statement":
        ends = replace(around, last=last_line_of(node))
        yield from ((child, ends) for child in node.named_children)
    elif node.type == "subshell":
        yield from _statements(node, replace(around, pipeline=None, last=0, apart=True))
    elif node.type == "heredoc_redirect":
        lost = Surroundings(True, last=last_line_of(node), function=around.function, apart=True)
        yield from ((child, lost) for child in node.named_children)
    elif node.type in ("if_statement", "elif_clause", "while_statement"):
        yield from _conditional(node, around)
    elif node.type == "function_definition":
        name = node.child_by_field_name("name")
        inner = Surroundings(function=text_of(name) if name is not None else "?")
        yield from ((child, inner) for child in node.named_children)
    else:
        yield from _statements(node, replace(around, pipeline=None, last=0))


def _elements(node: Node, around: Surroundings) -> Iterator[_Task]:
    elements = node.named_children
    pipeline = _pipeline(node, around)
    for number, element in enumerate(elements):
        apart = around.apart or not _is_simple(element)
        yield element, replace(around, pipeline=pipeline, element=number, apart=apart)


def _conditional(node: Node, around: Surroundings) -> Iterator[_Task]:
    inner = replace(around, pipeline=None, last=0)
    looked_at = replace(inner, handled=True, condition=(node.start_byte, node.end_byte))
    condition = True
    for child in node.children:
        if child.type in ("then", "do_group"):
            condition = False
        if child.is_named:
            yield _behind(child, looked_at if condition else inner)


def _statements(node: Node, around: Surroundings) -> Iterator[_Task]:
    yield from (_behind(child, around) for child in node.named_children)


def _behind(node: Node, around: Surroundings) -> _Task:
    """With what the `&` after a statement, if there is one, means for it."""
    if not _is_job(node):
        return node, around
    return node, replace(around, background=True, apart=around.apart or not _is_simple(node))


def _silent(node: Node, around: Surroundings) -> Silent | None:
    job = _is_job(node)
    if node.type == "pipeline":
        if any(map(_is_simple, node.named_children)) and not job:
            return None
        around = replace(around, pipeline=_pipeline(node, around))
    elif node.type == "subshell":
        if around.pipeline is not None:
            return None
    elif node.type != "function_definition" and (not job or _is_simple(node)):
        return None
    text = text_of(node)
    place = (line_of(node), last_line_of(node), node.start_byte, node.end_byte)
    waits = node.type in ("subshell", "pipeline") and not around.background
    return Silent(Site(*place, text, plain(text), "command", around), waits)


def _pipeline(node: Node, around: Surroundings) -> Pipeline:
    return Pipeline(len(node.named_children), line_of(node), text_of(node), around.handled)


def _is_simple(node: Node) -> bool:
    """Whether bash tells of it in the shell that starts it, wherever it then runs."""
    if node.type == "redirected_statement":
        body = node.child_by_field_name("body")
        return body is not None and _is_simple(body)
    return node.type in SIMPLE


def _is_job(node: Node) -> bool:
    following = node.next_sibling
    return following is not None and following.type == "&"


def _next(node: Node) -> Node | None:
    """The statement that runs once this one has ended."""
    while node.parent is not None and node.parent.type == "redirected_statement":
        node = node.parent
    following = node.next_named_sibling
    while following is not None and following.type == "comment":
        following = following.next_named_sibling
    return following if following is not None and following.type not in ("elif_clause", "else_clause") else None
