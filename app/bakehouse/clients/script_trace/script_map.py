"""Where each command of a script stands, and what stands around it: a bash trace alone cannot tell.

`LINENO` of a command of several lines is one of them, and not always the first; the text decides between those that
share a line.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from bakehouse.clients.script_trace.bash import LONGEST
from bakehouse.clients.script_trace.site import Pipeline, Site, Surroundings
from bakehouse.clients.script_trace.syntax import first_error, last_line_of, line_of, parse, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

SIMPLE = frozenset({"command", "declaration_command", "unset_command", "variable_assignment", "variable_assignments",
                    "test_command"})  # fmt: skip
HEADS = frozenset({"for_statement", "c_style_for_statement", "case_statement", "select_statement"})
SUBSTITUTIONS = frozenset({"command_substitution", "process_substitution"})
_Task = tuple["Node", Surroundings]


class ScriptMap:
    """The commands of a script. error: the line that could not be understood, 0 for none; then nothing is known."""

    def __init__(self, text: str) -> None:
        root = parse(text.encode())
        self.error = first_error(root)
        self.sites = [] if self.error else sorted(_sites(root), key=lambda site: site.start)
        self._by_line: defaultdict[int, list[Site]] = defaultdict(list)
        for site in self.sites:
            for line in range(site.first, site.last + 1):
                self._by_line[line].append(site)

    def find(self, line: int, text: str) -> Site | None:
        """The command that bash means by these. text: as in `records.Fired`."""
        wanted, cut = _plain(text), len(text) >= LONGEST
        here = self._by_line.get(line, [])
        return _best(here, wanted, cut) or _best(self._around(here), wanted, cut)

    def _around(self, here: list[Site]) -> list[Site]:
        """All that begins on the lines of those: bash counts lines otherwise in a substitution of several lines."""
        lines = {line for site in here for line in range(site.first, site.last + 1)}
        return [site for line in sorted(lines) for site in self._by_line[line]]

    def numbers(self, line: int) -> frozenset[int]:
        """The lines that bash may give for the command that a person means by `line`."""
        begin = self.start(line)
        return frozenset(n for site in self.sites if site.first == begin for n in range(site.first, site.last + 1))

    def leads(self, site: Site) -> bool:
        """Whether it is the first command that begins on its line."""
        return all(other.start >= site.start for other in self._by_line[site.first] if other.first == site.first)

    def start(self, line: int) -> int:
        """The line where the command begins that a person means by `line`; 0 for none."""
        within = [site.first for site in self.sites if site.first <= line <= site.last]
        if within:
            return line if line in within else max(within)
        return min((site.first for site in self.sites if site.first > line), default=0)


def _best(candidates: list[Site], wanted: str, cut: bool) -> Site | None:
    """Redirections stand behind a command's own text in what bash says; the longest text that fits is meant."""
    best: Site | None = None
    for site in candidates:
        fits = wanted.startswith(site.plain) or (cut and site.plain.startswith(wanted))
        if fits and (best is None or len(site.plain) > len(best.plain)):
            best = site
    return best


def _plain(text: str) -> str:
    """Without what bash writes otherwise than the script has it."""
    return re.sub(r"\\\n|\s", "", text)


def _sites(root: Node) -> Iterator[Site]:
    waiting: list[_Task] = [(root, Surroundings())]
    while waiting:
        node, around = waiting.pop()
        site = _site(node, around)
        if site is not None:
            yield site
        waiting.extend(_below(node, around))


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
    return Site(line_of(node), max(last, around.last), node.start_byte, text, _plain(text), kind, around)


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
        inner = Surroundings(handled=True, function=around.function)
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
    elif node.type == "heredoc_redirect":
        lost = Surroundings(handled=True, last=last_line_of(node), function=around.function)
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
    pipeline = Pipeline(len(elements), line_of(node), text_of(node), around.handled)
    for number, element in enumerate(elements):
        yield element, replace(around, pipeline=pipeline, element=number)


def _conditional(node: Node, around: Surroundings) -> Iterator[_Task]:
    inner = replace(around, pipeline=None, last=0)
    looked_at = replace(inner, handled=True, condition=(node.start_byte, node.end_byte))
    condition = True
    for child in node.children:
        if child.type in ("then", "do_group"):
            condition = False
        if child.is_named:
            yield child, looked_at if condition else inner


def _statements(node: Node, around: Surroundings) -> Iterator[_Task]:
    for child in node.named_children:
        following = child.next_sibling
        background = following is not None and following.type == "&"
        yield child, replace(around, background=True) if background else around
