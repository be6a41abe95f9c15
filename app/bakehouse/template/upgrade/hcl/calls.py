"""`{{ }}` in a text to `${ }`, where HCL has the same; the rest stays for the component to render, as it does in HCL.

Also a call inside a longer action is replaced, in place: `{{ upper (user "x") }}` is `` {{ upper (`${var.x}`) }} ``,
for HCL is evaluated first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bakehouse.sdk.go_template import nodes
from bakehouse.sdk.go_template.errors import GoTemplateError
from bakehouse.sdk.go_template.parser import parse
from bakehouse.template.upgrade.hcl.text import escape, quote

Arguments = tuple[str, ...]
ONLY_IN_VARIABLES = frozenset(("env",))
"""Functions that the default of a variable may use, so that it stays a variable."""
_PATHS = {
    "pwd": "path.cwd",
    "template_dir": "path.root",
    "packer_version": "packer.version",
    "build_name": "source.name",
    "build_type": "source.type",
    "uuid": "uuidv4()",
    "timestamp": "local.timestamp",
}
_ADVICE = {
    "upper": "upper(...)",
    "lower": "lower(...)",
    "split": "split(separator, text)[index]",
    "replace": "replace(text, old, new)",
    "replace_all": "replace(text, old, new)",
    "clean_resource_name": "regex_replace(text, pattern, new)",
    "clean_image_name": "regex_replace(text, pattern, new)",
    "clean_ami_name": "regex_replace(text, pattern, new)",
}
"""What HCL has in place of functions that are left as they are."""


class _AnyName(frozenset[str]):
    """Builders bring functions of their own, so that none can be called unknown here."""

    def __contains__(self, name: object) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class _Change:
    """A part of the text. hcl: the expression to be written for it; empty: `text`. inside: it stands in an action."""

    start: int
    end: int
    hcl: str = ""
    text: str = ""
    inside: bool = False


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
        position, parts = 0, []
        for change in self._changes(text):
            shown = escape(text[position : change.start], bool(change.hcl) and not change.inside)
            replaced = f"${{{change.hcl}}}" if change.hcl else escape(change.text)
            parts += [shown, f"`{replaced}`" if change.inside else replaced]
            position = change.end
        return f'"{"".join(parts)}{escape(text[position:])}"'

    def take_notes(self) -> list[str]:
        """The notes since the last time, each once."""
        taken = list(dict.fromkeys(self.notes))
        self.notes.clear()
        return taken

    def _changes(self, text: str) -> list[_Change]:
        if "{{" not in text:
            return []
        try:
            parsed = parse(text, _AnyName(), {})
        except GoTemplateError as error:
            self.notes.append(f"This is no template that can be read: {_shown(text)}. {error}.")
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
            yield _Change(start, end, hcl=hcl) if not any(trims) else _trimmed(text, start, end, hcl)
            return
        if not any(trims):
            yield _Change(start, node.start, text="{{ ")
            yield _Change(len(text[: end - 2].rstrip()), end, text=" }}")
        yield from self._inside(node.pipeline)

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
            yield _Change(command.start, command.words[-1].end, hcl=hcl, inside=True)
            return
        first = command.words[0]
        if isinstance(first, nodes.Function):
            self._note(first.name)
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
        found = self._named(first.name, tuple(arguments))
        if found:
            self.used.add(first.name)
        return found

    def _named(self, name: str, arguments: Arguments) -> str:
        if name in _PATHS:
            return "" if arguments else _PATHS[name]
        if name == "isotime" and not arguments:
            return "timestamp()"
        if len(arguments) == 1 and name == "user":
            return self.names.get(arguments[0], f"var.{arguments[0]}")
        maker = _WITH_ARGUMENTS.get((name, len(arguments)))
        return maker(arguments) if maker else ""

    def _note(self, name: str) -> None:
        if name in _ADVICE:
            self.notes.append(f"The call of {name} stays as it is. In HCL it is {_ADVICE[name]}.")
        elif name in _PATHS or name == "user" or any(name == known for known, _ in _WITH_ARGUMENTS):
            self.notes.append(f"The call of {name} stays as it is, which does not work in HCL. Write it anew.")


def _called(function: str) -> Callable[[Arguments], str]:
    return lambda arguments: f"{function}({', '.join(map(quote, arguments))})"


_WITH_ARGUMENTS: dict[tuple[str, int], Callable[[Arguments], str]] = {
    ("isotime", 1): _called("legacy_isotime"),
    ("strftime", 1): _called("legacy_strftime"),
    ("env", 1): _called("env"),
    ("build", 1): lambda arguments: f"build.{arguments[0]}",
    ("consul_key", 1): _called("consul_key"),
    ("vault", 2): _called("vault"),
    ("aws_secretsmanager", 2): _called("aws_secretsmanager"),
    ("aws_secretsmanager", 1): lambda arguments: f"aws_secretsmanager({quote(arguments[0])}, null)",
    ("aws_secretsmanager_raw", 1): _called("aws_secretsmanager_raw"),
}


def functions_in(text: str) -> set[str]:
    """The functions that a text calls; none, if it is no template."""
    if "{{" not in text:
        return set()
    try:
        body = parse(text, _AnyName(), {}).body
    except GoTemplateError:
        return set()
    return {node.name for node in nodes.walk(body) if isinstance(node, nodes.Function)}


def is_replaced(name: str) -> bool:
    """Whether HCL has something of its own for a function."""
    return name in _PATHS or name in ("isotime", "user") or any(name == known for known, _ in _WITH_ARGUMENTS)


def _trimmed(text: str, start: int, end: int, hcl: str) -> _Change:
    """`{{-` and `-}}` take the blanks beside them away; here they go at once."""
    if text[start:end].startswith("{{-"):
        start = len(text[:start].rstrip(" \t\r\n"))
    if text[:end].endswith("-}}"):
        end = len(text) - len(text[end:].lstrip(" \t\r\n"))
    return _Change(start, end, hcl=hcl)


def _shown(text: str) -> str:
    line = text.replace("\n", " ")
    return line if len(line) <= 60 else f"{line[:57]}..."
