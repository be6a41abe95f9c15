"""Evaluating by hand: one line in, what it comes to out. Source of the words and their meaning: Packer's `console`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import msgspec

from bakehouse.errors import TemplateError
from bakehouse.template.asking import Answers
from bakehouse.template.evaluate import evaluate
from bakehouse.template.functions import FUNCTIONS
from bakehouse.template.kinds import STRING, ObjectType
from bakehouse.template.legacy.console import LegacyConsole
from bakehouse.template.plan import Request
from bakehouse.template.printing import HIDDEN, declared
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


class Console(Answers):
    """A template's names, or those that are there without one. What is sensitive is never shown."""

    def __init__(self, read: Read, valued: Valued) -> None:
        super().__init__(HELP, read.problems)
        self._read = read
        self._valued = valued
        self._mask = read.problems.mask
        roots = {name: value for name, value in valued.around.roots.items() if name != "data"}
        self._scope: Scope = replace(valued.around, roots={**roots, "source": SOURCE, "build": BUILD}).scope()

    def evaluated(self, text: str) -> str:
        """The value of an expression."""
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

    def listed(self) -> str:
        """All variables and locals."""
        variables = dict.fromkeys(self._read.declared, "<unknown>")
        variables |= {name: render(assigned.value) for name, assigned in self._valued.values.items()}
        found = dict.fromkeys(self._read.locals, "<unknown>")
        for name, value in self._valued.locals.items():
            local = self._read.locals[name]
            found[name] = render(value) if local.sensitive else self._shown(local.expression, value)
        masked = ({name: self._mask(text) for name, text in each.items()} for each in (variables, found))
        return "\n".join(declared(*masked))


class _Either(Console):
    """No template says which language is meant: what is no expression and has `{{` in it is a legacy text."""

    def __init__(self, read: Read, valued: Valued, open_legacy: Callable[[], Answers]) -> None:
        super().__init__(read, valued)
        self._open_legacy = open_legacy

    def evaluated(self, text: str) -> str:
        """As the console that it is for."""
        if "{{" in text:
            try:
                parse_expression(text, INPUT)
            except TemplateError:
                return self._open_legacy().answer(text)
        return super().evaluated(text)


def open_console(request: Request) -> Answers:
    """A console for a template, or for none if `request.template` is empty. Raises TemplateError for one that cannot
    be read. A variable without a value is unknown, and so is what cannot be computed.
    """
    if request.template:
        return _opened(request)
    expressions = msgspec.structs.replace(request, template="-", config_type="hcl2", stdin=NO_TEMPLATE)
    texts = msgspec.structs.replace(request, template="-", config_type="json", stdin=NO_LEGACY_TEMPLATE)
    if request.config_type:
        return _opened(texts if request.config_type == "json" else expressions)
    return _Either(*_valued(expressions), lambda: _opened(texts))


def _opened(request: Request) -> Answers:
    read, valued = _valued(request)
    if read.legacy is None:
        return Console(read, valued)
    users = {name: str(assigned.value.payload) for name, assigned in valued.values.items()}
    return LegacyConsole(users, {"template_dir": read.files.directory, "pwd": request.cwd}, read.problems)


def _valued(request: Request) -> tuple[Read, Valued]:
    read = read_template(request)
    read.problems.stop_if_fatal()
    read.assignments.failed |= {name for name in read.declared if name not in read.assignments.values}
    return read, value_template(read)
