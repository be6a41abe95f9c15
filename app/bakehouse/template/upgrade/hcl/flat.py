"""Actions of a few known functions, written as one plain call: `` {{ "x" | upper }} `` is `` {{ upper `x` }} ``."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bakehouse.sdk.go_template import nodes
from bakehouse.template.upgrade.hcl.functions import ADVICE
from bakehouse.template.upgrade.hcl.text import Expression

Parts = tuple[str, ...]
"""Texts, and among them HCL's `Expression`s."""
Find = Callable[[nodes.Command], str]
"""What HCL has for a command, or ""."""


class NotPlain(Exception):
    """The action holds more than constants and known functions."""


def flattened(pipeline: nodes.Pipeline, find: Find) -> Parts:
    """The call, without braces. Raises NotPlain."""
    parts: Parts = ()
    for number, command in enumerate(pipeline.commands):
        parts = _command(command, find, parts if number else ())
    if pipeline.names or not parts or parts[0] not in ADVICE:
        raise NotPlain
    return parts


def called(pipeline: nodes.Pipeline) -> Iterator[str]:
    """The functions that stay in it."""
    return (node.name for node in nodes.walk(pipeline) if isinstance(node, nodes.Function) and node.name in ADVICE)


def _command(command: nodes.Command, find: Find, piped: Parts) -> Parts:
    first, *rest = command.words
    if not piped and (hcl := find(command)):
        return ("`", Expression(hcl), "`")
    if not isinstance(first, nodes.Function):
        if rest or piped:
            raise NotPlain
        return _operand(first, find)
    if first.name not in ADVICE:
        raise NotPlain
    operands = [_operand(word, find) for word in rest] + ([_grouped(piped)] if piped else [])
    return (first.name, *(part for operand in operands for part in (" ", *operand)))


def _operand(word: nodes.Node, find: Find) -> Parts:
    if isinstance(word, nodes.Constant):
        plain = isinstance(word.value, str) and "`" not in word.value and "\r" not in word.value
        return (f"`{word.value}`",) if plain else (word.shown,)
    if isinstance(word, nodes.Function):
        return _grouped(_command(nodes.Command((word,), start=word.start, end=word.end), find, ()))
    if isinstance(word, nodes.Pipeline) and not word.names:
        parts: Parts = ()
        for number, command in enumerate(word.commands):
            parts = _command(command, find, parts if number else ())
        return _grouped(parts)
    raise NotPlain


def _grouped(parts: Parts) -> Parts:
    return ("(", *parts, ")") if parts[0] in ADVICE else parts
