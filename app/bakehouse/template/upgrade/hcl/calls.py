"""`{{ }}` in a text to `${ }`, where HCL has the same; the rest stays for the component to render, as it does in HCL.

Also a call inside a longer action is replaced, in place: `{{ upper (user "x") }}` is `` {{ upper `${var.x}` }} ``,
for HCL is evaluated first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bakehouse.sdk.go_template import nodes
from bakehouse.sdk.go_template.errors import GoTemplateError
from bakehouse.sdk.go_template.parser import parse
from bakehouse.template.upgrade.hcl.flat import NotPlain, called, flattened
from bakehouse.template.upgrade.hcl.functions import AnyName, hcl_of, note_on
from bakehouse.template.upgrade.hcl.text import Expression, escape


@dataclass(frozen=True, slots=True)
class _Change:
    """A part of the text, and what is to be written for it: texts and `Expression`s."""

    start: int
    end: int
    parts: tuple[str, ...]


@dataclass(slots=True)
class Calls:
    """names: the legacy name of a variable to the expression that HCL has for it.

    used: the functions that were replaced so far, and notes: what a person has to look at, since it was last asked.
    """

    names: dict[str, str]
    used: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    def quoted(self, text: str) -> str:
        """A text as an HCL string, in quotes."""
        position = 0
        parts: list[str] = []
        for change in self._changes(text):
            parts += [text[position : change.start], *change.parts]
            position = change.end
        parts.append(text[position:])
        merged = _merged(parts)
        shown = (_shown_part(part, follower) for part, follower in zip(merged, [*merged[1:], ""], strict=True))
        return f'"{"".join(shown)}"'

    def take_notes(self) -> list[str]:
        """The notes since the last time, each once, and each on one line."""
        taken = list(dict.fromkeys(" ".join(note.split()) for note in self.notes))
        self.notes.clear()
        return taken

    def _changes(self, text: str) -> list[_Change]:
        if "{{" not in text:
            return []
        try:
            parsed = parse(text, AnyName(), {})
        except GoTemplateError as error:
            self.notes.append(f"This is no template that can be read: {_shortened(text)}. {error}.")
            return []
        found = [change for node in parsed.body for change in self._of(node, text)]
        return sorted(found, key=lambda change: change.start)

    def _of(self, node: nodes.Node, text: str) -> Iterator[_Change]:
        if not isinstance(node, nodes.Action):
            yield from self._inside(node)
            return
        start, end = text.rindex("{{", 0, node.start), text.index("}}", node.end) + 2
        trims = text[start:end].startswith("{{-"), text[start:end].endswith("-}}")
        commands = node.pipeline.commands
        if len(commands) == 1 and not node.pipeline.names and (hcl := self._expression(commands[0])):
            yield _trimmed(text, start, end, hcl)
        elif any(trims):
            yield from self._inside(node.pipeline)
        else:
            yield from self._tidied(node.pipeline, text, start, end)

    def _tidied(self, pipeline: nodes.Pipeline, text: str, start: int, end: int) -> Iterator[_Change]:
        """An action that stays, with one blank inside each brace."""
        try:
            parts = flattened(pipeline, self._expression)
        except NotPlain:
            yield _Change(start, pipeline.start, ("{{ ",))
            yield from self._inside(pipeline)
            yield _Change(len(text[: end - 2].rstrip()), end, (" }}",))
            return
        self.notes += map(note_on, called(pipeline))
        yield _Change(start, end, ("{{ ", *parts, " }}"))

    def _inside(self, node: object) -> Iterator[_Change]:
        """Calls below a node that is no action of its own."""
        if isinstance(node, nodes.Pipeline):
            for number, command in enumerate(node.commands):
                yield from self._command(command, piped=number > 0)
        elif isinstance(node, nodes.Branch):
            yield from self._inside(node.pipeline)
            yield from self._all_inside((*node.body, *node.otherwise))
        elif isinstance(node, nodes.Action | nodes.Include) and node.pipeline is not None:
            yield from self._inside(node.pipeline)
        elif isinstance(node, nodes.Fields):
            yield from self._inside(node.of)

    def _all_inside(self, found: tuple[nodes.Node, ...]) -> Iterator[_Change]:
        for node in found:
            yield from self._inside(node)

    def _command(self, command: nodes.Command, piped: bool) -> Iterator[_Change]:
        if not piped and (hcl := self._expression(command)):
            yield _Change(command.start, command.words[-1].end, ("`", Expression(hcl), "`"))
            return
        first = command.words[0]
        if isinstance(first, nodes.Function):
            self.notes += filter(None, [note_on(first.name)])
        for number, word in enumerate(command.words):
            alone = nodes.Command((word,), start=word.start, end=word.end)
            if number and isinstance(word, nodes.Function):
                yield from self._command(alone, piped=False)
            else:
                yield from self._inside(word)

    def _expression(self, command: nodes.Command) -> str:
        """What HCL has for a call whose arguments are all strings; empty if there is nothing."""
        first, *rest = command.words
        if not isinstance(first, nodes.Function):
            return ""
        arguments = [word.value for word in rest if isinstance(word, nodes.Constant) and isinstance(word.value, str)]
        if len(arguments) != len(rest):
            return ""
        found = hcl_of(first.name, tuple(arguments), self.names)
        if found:
            self.used.add(first.name)
        return found


def functions_in(text: str) -> set[str]:
    """The functions that a text calls; none, if it is no template."""
    if "{{" not in text:
        return set()
    try:
        body = parse(text, AnyName(), {}).body
    except GoTemplateError:
        return set()
    return {node.name for node in nodes.walk(body) if isinstance(node, nodes.Function)}


def _trimmed(text: str, start: int, end: int, hcl: str) -> _Change:
    """`{{-` and `-}}` take the blanks beside them away; here they go at once."""
    if text[start:end].startswith("{{-"):
        start = len(text[:start].rstrip(" \t\r\n"))
    if text[:end].endswith("-}}"):
        end = len(text) - len(text[end:].lstrip(" \t\r\n"))
    return _Change(start, end, (Expression(hcl),))


def _shortened(text: str) -> str:
    line = text.replace("\n", " ")
    return line if len(line) <= 60 else f"{line[:57]}..."


def _merged(parts: list[str]) -> list[str]:
    """The same with neighbouring texts as one, for only together they may look like an interpolation."""
    found: list[str] = []
    for part in parts:
        if found and not isinstance(part, Expression) and not isinstance(found[-1], Expression):
            found[-1] += part
        else:
            found.append(part)
    return found


def _shown_part(part: str, follower: str) -> str:
    return f"${{{part}}}" if isinstance(part, Expression) else escape(part, isinstance(follower, Expression))
