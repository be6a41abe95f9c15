"""What expressions of a template may name besides variables: `path`, `packer`, `source`, `build`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from bakehouse import PACKER_VERSION
from bakehouse.errors import TemplateError
from bakehouse.template import functions
from bakehouse.template.callables import Function
from bakehouse.template.convert import convert
from bakehouse.template.evaluate import evaluate, references
from bakehouse.template.fault import Fault
from bakehouse.template.kinds import STRING, Type
from bakehouse.template.problems import diagnostic, mistake
from bakehouse.template.scope import Scope
from bakehouse.template.syntax.tree import Expression
from bakehouse.template.told import told
from bakehouse.template.values import Value, object_of, string, unknown

BUILD_FACTS = (
    "ID",
    "Host",
    "Port",
    "User",
    "Password",
    "ConnType",
    "PackerRunUUID",
    "PackerHTTPIP",
    "PackerHTTPPort",
    "PackerHTTPAddr",
    "SSHPublicKey",
    "SSHPrivateKey",
    "WinRMPassword",
)
"""What `build.NAME` may name with every builder, besides `build.name`."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where an expression stands. roots: what it may name; directory: of the template; cwd: where paths start.

    doubtful: unknown values among the roots stand for such as are wrong, and what needs one is not reported again.
    moving: functions behind locals that give another value each time (`bakehouse.template.volatile`).
    on_read: told of every file that a function reads. on_secret: of every string to be masked that a function makes.
    """

    directory: str
    cwd: str
    roots: Mapping[str, Value] = field(default_factory=dict)
    doubtful: bool = False
    moving: Mapping[str, frozenset[str]] = field(default_factory=dict)
    on_read: Callable[[Path], object] = lambda path: None
    on_secret: Callable[[str], object] = lambda text: None

    def adding(self, roots: Mapping[str, Value]) -> Surroundings:
        """The same with more roots; a new one hides an old one of its name."""
        return replace(self, roots={**self.roots, **roots})

    def scope(self) -> Scope:
        """For the evaluator."""
        return Scope(
            self.roots,
            functions.FUNCTIONS,
            Path(self.directory),
            Path(self.cwd),
            on_read=self.on_read,
            on_secret=self.on_secret,
        )

    def value(self, expression: Expression) -> Value:
        """The value. Raises TemplateError."""
        return evaluate(expression, self.scope())

    def known(self, expression: Expression, what: str) -> Value:
        """The value, which must be known before the machine is. Raises TemplateError."""
        value = self.value(expression)
        if not value.wholly_known():
            if self.doubtful:
                raise TemplateError([])
            detail = "It needs a value that is only known once the machine runs."
            raise mistake(expression.range, f'"{what}" is not known in time', detail)
        return value

    def typed(self, expression: Expression, type: Type, what: str) -> Value:
        """The value converted to a type: null, or known and without null in it. Raises TemplateError.

        what: the thing it is for ("max_retries").
        """
        value = self.known(expression, what)
        if any(item.is_null for item in value.children()):
            raise mistake(expression.range, f'Null in "{what}"', "It cannot hold null.")
        try:
            return convert(value, type)
        except Fault as fault:
            found = diagnostic(expression.range, f'Wrong value for "{what}"', fault.detail or fault.summary, fault.help)
            raise TemplateError([replace(found, values=told(expression, self.scope()))]) from None


def constant(
    expression: Expression,
    directory: str,
    what: str,
    allowed: Mapping[str, Function] | None = None,
    help: str = "Use a local for a value that is made from others.",
) -> Value:
    """The value of an expression that may name nothing. `what` begins the message: "The default of a variable".

    help: what to do instead.
    """
    names = sorted({".".join(reference) for reference in references(expression)})
    if names:
        raise mistake(
            expression.range,
            f"{names[0]} cannot be used here",
            f"{what} must be a value that is written out.",
            help,
        )
    return evaluate(expression, Scope({}, allowed or {}, Path(directory)))


def contextual(root: str, cwd: str) -> dict[str, Value]:
    """`path` and `packer`."""
    slashes = (root.replace("\\", "/"), cwd.replace("\\", "/"))
    return {
        "path": object_of({"root": string(slashes[0]), "cwd": string(slashes[1])}),
        "packer": object_of({"version": string(PACKER_VERSION)}),
    }


def source_value(type: str, name: str) -> Value:
    """`source`."""
    return object_of({"type": string(type), "name": string(name)})


def source_words(type: str, label: str, cwd: str) -> dict[str, str]:
    """What `{{ }}` in options of a build names by a word: `build_name` is the global source's label, as in Packer."""
    return {"build_name": label, "build_type": type, "pwd": cwd}


def build_value(block: str, names: Iterable[str]) -> Value:
    """`build` while the template is only read: its name is known, the machine's facts are not."""
    return object_of({**{name: unknown(STRING) for name in names}, "name": string(block)})
