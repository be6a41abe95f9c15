"""The functions of `{{ }}`, and what HCL has for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bakehouse.template.syntax.lexical import continues_name as is_identifier
from bakehouse.template.upgrade.hcl.text import name_of, quote

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
ADVICE = {
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


class AnyName(frozenset[str]):
    """Builders bring functions of their own, so that none can be called unknown here."""

    def __contains__(self, name: object) -> bool:
        return True


def hcl_of(name: str, arguments: Arguments, names: Mapping[str, str]) -> str:
    """The expression for a call whose arguments are all strings; empty if there is none. names: of variables."""
    if name in _PATHS:
        return "" if arguments else _PATHS[name]
    if name == "isotime" and not arguments:
        return "timestamp()"
    if len(arguments) == 1 and name == "user":
        return names.get(arguments[0], f"var.{name_of(arguments[0])}")
    maker = _WITH_ARGUMENTS.get((name, len(arguments)))
    return maker(arguments) if maker else ""


def note_on(name: str) -> str:
    """What a person has to know of a call that was left as it is; empty if nothing."""
    if name in ADVICE:
        return f"The call of {name} stays as it is. In HCL it is {ADVICE[name]}."
    if name in _PATHS or name == "user" or any(name == known for known, _ in _WITH_ARGUMENTS):
        return f"The call of {name} stays as it is, which does not work in HCL. Write it anew."
    return ""


def _called(function: str) -> Callable[[Arguments], str]:
    return lambda arguments: f"{function}({', '.join(map(quote, arguments))})"


_WITH_ARGUMENTS: dict[tuple[str, int], Callable[[Arguments], str]] = {
    ("isotime", 1): _called("legacy_isotime"),
    ("strftime", 1): _called("legacy_strftime"),
    ("env", 1): _called("env"),
    ("build", 1): lambda arguments: f"build.{arguments[0]}" if is_identifier(arguments[0]) else "",
    ("consul_key", 1): _called("consul_key"),
    ("vault", 2): _called("vault"),
    ("aws_secretsmanager", 2): _called("aws_secretsmanager"),
    ("aws_secretsmanager", 1): lambda arguments: f"aws_secretsmanager({quote(arguments[0])}, null)",
    ("aws_secretsmanager_raw", 1): _called("aws_secretsmanager_raw"),
}
