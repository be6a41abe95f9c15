"""Evaluating by hand: one line in, what it comes to out. Source of the words and their meaning: Packer's `console`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import msgspec

from bakehouse.errors import TemplateError
from bakehouse.template.evaluate import evaluate
from bakehouse.template.functions import FUNCTIONS
from bakehouse.template.kinds import STRING, ObjectType
from bakehouse.template.legacy.console import LegacyConsole
from bakehouse.template.plan import Request
from bakehouse.template.printing import HIDDEN, quote
from bakehouse.template.reading import Read, read_template
from bakehouse.template.scope import Scope
from bakehouse.template.syntax.parse import parse_expression
from bakehouse.template.syntax.scanner import scan
from bakehouse.template.syntax.tree import Attribute, Expression, SourceFile, Template, Variable
from bakehouse.template.values import Value, render, unknown
from bakehouse.template.valuing import Valued, value_template

INPUT = "<console-input>"
NO_TEMPLATE = b"# nothing is declared\n"
NO_LEGACY_TEMPLATE = b'{"builders": [{"type": "null", "communicator": "none"}]}'
SOURCE = unknown(ObjectType({"name": STRING, "type": STRING}))
BUILD = unknown(ObjectType({}))
OPENERS = frozenset(("LPAR", "LBRACE", "LSQB", "INTERP_START", "DIRECTIVE_START"))
CLOSERS = frozenset(("RPAR", "RBRACE", "RSQB"))
HELP = """Type an expression; its value is printed. It may use the template's variables
and locals (var.NAME, local.NAME), path.root, packer.version and all functions.

  variables   all variables and locals with their values
  help, ?     this
  exit        the end, as Ctrl-D

With a bracket open, Enter begins another line. Tab completes names."""


class Answers(Protocol):
    """What is asked at a terminal or from a pipe."""

    @property
    def problems(self) -> TemplateError | None:
        """What is wrong with the template and hinders nobody."""

    def answer(self, line: str) -> str:
        """What a line comes to, without the last newline. Raises TemplateError with a place in the line."""

    def names(self, word: str) -> list[str]:
        """How a word that is being typed may go on: whole words, sorted."""

    def goes_on(self, text: str) -> bool:
        """Whether a text breaks off."""


class Console:
    """A template's names, or those that are there without one. What is sensitive is never shown."""

    def __init__(self, read: Read, valued: Valued) -> None:
        self._read = read
        self._valued = valued
        self._mask = read.problems.mask
        roots = {name: value for name, value in valued.around.roots.items() if name != "data"}
        self._scope: Scope = replace(valued.around, roots={**roots, "source": SOURCE, "build": BUILD}).scope()

    @property
    def problems(self) -> TemplateError | None:
        """What is wrong with the template and hinders nobody from evaluating; the values it leaves are unknown."""
        found = self._read.problems.found
        return TemplateError(found) if found else None

    def answer(self, line: str) -> str:
        """What a line comes to, without the last newline. Raises TemplateError with a place in the line."""
        text = line.strip()
        match text:
            case "" | "exit":
                return ""
            case "help" | "?":
                return HELP
            case "variables":
                return self._listed()
        with self._read.problems.masking():
            expression = parse_expression(text, INPUT)
            return self._mask(self._shown(expression, evaluate(expression, self._scope)))

    def names(self, word: str) -> list[str]:
        """How a word that is being typed may go on: whole words, sorted. `var.` goes on with the variables."""
        owner, dot, begun = word.rpartition(".")
        if not dot:
            roots = [f"{name}." for name in self._scope.variables]
            found = [*(f"{name}(" for name in FUNCTIONS), *roots, "variables", "help", "exit"]
        else:
            found = [f"{owner}.{name}" for name in self._attributes(owner)]
        return sorted(name for name in found if name.startswith(word))

    def goes_on(self, text: str) -> bool:
        """Whether a text breaks off: a bracket or a heredoc is open."""
        scanned = scan(SourceFile(INPUT, text), "brackets")
        types = [token.type for token in scanned.tokens]
        if scanned.failure is not None:
            begun = sum(type.startswith("HEREDOC_TEMPLATE") for type in types)
            return begun > types.count("HEREDOC_END")
        return sum((type in OPENERS) - (type in CLOSERS) for type in types) > 0

    def _attributes(self, owner: str) -> list[str]:
        try:
            value = evaluate(parse_expression(owner, INPUT), self._scope)
        except TemplateError:
            return []
        return list(value.payload) if isinstance(value.payload, dict) else []

    def _shown(self, expression: Expression, value: Value) -> str:
        """The value printed; of a text that is put together only the sensitive pieces are hidden."""
        if isinstance(expression, Attribute) and isinstance(expression.object, Variable):
            local = self._read.locals.get(expression.name) if expression.object.name == "local" else None
            if local is not None and not local.sensitive:
                return self._shown(local.expression, value)
        if not (value.marks and isinstance(expression, Template)):
            return render(value)
        pieces = [evaluate(Template(expression.range, (part,)), self._scope) for part in expression.parts]
        return "".join(HIDDEN if piece.marks else render(piece) for piece in pieces)

    def _listed(self) -> str:
        variables = dict.fromkeys(self._read.declared, "<unknown>")
        variables |= {name: render(assigned.value) for name, assigned in self._valued.values.items()}
        found = dict.fromkeys(self._read.locals, "<unknown>")
        for name, value in self._valued.locals.items():
            local = self._read.locals[name]
            found[name] = render(value) if local.sensitive else self._shown(local.expression, value)
        lines = ["> input-variables:", ""]
        lines += [f"var.{name}: {quote(self._mask(text))}" for name, text in sorted(variables.items())]
        lines += ["", "> local-variables:", ""]
        lines += [f"local.{name}: {quote(self._mask(text))}" for name, text in sorted(found.items())]
        return "\n".join((*lines, ""))


class _Either:
    """No template says which language is meant: what is no expression and has `{{` in it is a legacy text."""

    def __init__(self, console: Answers, open_legacy: Callable[[], Answers]) -> None:
        self._console = console
        self._open_legacy = open_legacy
        self.problems = console.problems
        self.names = console.names
        self.goes_on = console.goes_on

    def answer(self, line: str) -> str:
        """As the consoles it is made of."""
        if "{{" in line:
            try:
                parse_expression(line.strip(), INPUT)
            except TemplateError:
                return self._open_legacy().answer(line)
        return self._console.answer(line)


def open_console(request: Request) -> Answers:
    """A console for a template, or for none if `request.template` is empty. Raises TemplateError for one that cannot
    be read. A variable without a value is unknown, and so is what cannot be computed.
    """
    if request.template:
        return _open(request)
    expressions = msgspec.structs.replace(request, template="-", config_type="hcl2", stdin=NO_TEMPLATE)
    texts = msgspec.structs.replace(request, template="-", config_type="json", stdin=NO_LEGACY_TEMPLATE)
    if request.config_type:
        return _open(texts if request.config_type == "json" else expressions)
    return _Either(_open(expressions), lambda: _open(texts))


def _open(request: Request) -> Answers:
    read = read_template(request)
    read.problems.stop_if_fatal()
    read.assignments.failed |= {name for name in read.declared if name not in read.assignments.values}
    valued = value_template(read)
    if read.legacy is None:
        return Console(read, valued)
    users = {name: str(assigned.value.payload) for name, assigned in valued.values.items()}
    return LegacyConsole(users, {"template_dir": read.files.directory, "pwd": request.cwd}, read.problems)
