"""`{{ .Name }}` in options: the one part of Go's text/template that HCL templates still need.

Packer renders every string option of a component as a Go template. Here an option may hold `{{ .Name }}` only if it
was declared `late`, with the names that may stand there; `{{ "{{" }}` gives a literal everywhere, as in Go; `{{-` and
`-}}` trim the white space beside them; `{{/* */}}` is a comment. Every other action is an error, and the text of the
error says what to write instead.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

from bakehouse.errors import StepError

_ACTION = re.compile(
    r"""\{\{(?:-(?=\s))?\s*(?P<inside>/\*.*?\*/|(?:"(?:\\.|[^"\\\n])*"|`[^`]*`|[^"`])*?)\s*(?:(?<=\s)-)?\}\}""",
    re.DOTALL,
)
_QUOTED = re.compile(r'"(?:\\.|[^"\\\n])*"')
_NAME = re.compile(r"\.([A-Za-z_]\w*)")

_INSTEAD = {
    "user": "${var.NAME}",
    "env": '${var.NAME}, of a variable whose default is env("NAME")',
    "build": "${build.NAME}",
    "build_name": "${source.name}",
    "build_type": "${source.type}",
    "isotime": "${legacy_isotime(FORMAT)}",
    "strftime": "${legacy_strftime(FORMAT)}",
    "timestamp": '${regex_replace(timestamp(), "[- TZ:]", "")}',
    "uuid": "${uuidv4()}",
    "pwd": "${path.cwd}",
    "template_dir": "${path.root}",
    "packer_version": "${packer.version}",
    "upper": "${upper(TEXT)}",
    "lower": "${lower(TEXT)}",
    "split": "${split(SEPARATOR, TEXT)[INDEX]}",
    "replace": "${replace(TEXT, OLD, NEW)}",
    "replace_all": "${replace(TEXT, OLD, NEW)}",
    "clean_resource_name": '${regex_replace(TEXT, "[^A-Za-z0-9._-]", "-")}',
}


class BadAction(StepError):
    """A `{{ }}` that cannot stand where it stands. `help` says what to write instead."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.help = help


def render(text: str, names: Mapping[str, str]) -> str:
    """`text` with each `{{ .Name }}` replaced by `names["Name"]`. Raises BadAction for anything else in `{{ }}`."""

    def value(name: str) -> str:
        if name not in names:
            raise _not_a_name(name, tuple(names))
        return names[name]

    return _replace(text, value, tuple(names))


def literal(text: str) -> str:
    """`text` of an option that knows no names: only escapes and comments are allowed. Raises BadAction."""
    return render(text, {}) if "{{" in text else text


def check(text: str, names: tuple[str, ...]) -> None:
    """Raise BadAction unless `render` can render `text` with these names."""
    render(text, dict.fromkeys(names, ""))


def _replace(text: str, value: Callable[[str], str], allowed: tuple[str, ...]) -> str:
    parts: list[str] = []
    position = 0
    trim_next = False
    while (start := text.find("{{", position)) >= 0:
        match = _ACTION.match(text, start)
        if match is None:
            raise BadAction(f"The {_excerpt(text[start:])} has no end", _literal_help(allowed))
        before = text[position:start]
        if trim_next:
            before = before.lstrip()
        if re.match(r"\{\{-\s", match[0]):
            before = before.rstrip()
        parts += before, _action(match["inside"], value, allowed)
        trim_next = bool(re.search(r"\s-\}\}$", match[0]))
        position = match.end()
    rest = text[position:]
    parts.append(rest.lstrip() if trim_next else rest)
    return "".join(parts)


def _action(inside: str, value: Callable[[str], str], allowed: tuple[str, ...]) -> str:
    if inside.startswith("/*"):
        return ""
    if name := _NAME.fullmatch(inside):
        return value(name[1])
    if inside.startswith("`") and inside.endswith("`") and len(inside) > 1:
        return inside[1:-1]
    if _QUOTED.fullmatch(inside):
        try:
            return str(json.loads(inside))
        except ValueError:
            raise BadAction(f"{inside} is not a string that can be read", _literal_help(allowed)) from None
    word, _, rest = inside.partition(" ")
    instead = _INSTEAD.get(word)
    if instead and (name := re.fullmatch(r'\s*["`](\w+)["`]\s*', rest)):
        instead = instead.replace("NAME", name[1])
    help = f"Write {instead} instead." if instead else _literal_help(allowed)
    raise BadAction(f"{{{{ {_excerpt(inside)} }}}} is not possible here", help)


def _not_a_name(name: str, allowed: tuple[str, ...]) -> BadAction:
    return BadAction(f"{{{{ .{name} }}}} is not possible here", _literal_help(allowed))


def _literal_help(allowed: tuple[str, ...]) -> str:
    literal_text = 'For the characters themselves write {{ "{{" }}.'
    if not allowed:
        return f"In this option no {{{{ }}}} is possible: use ${{ }} for values. {literal_text}"
    names = ", ".join(f"{{{{ .{name} }}}}" for name in allowed)
    return f"In this option only {names} can be used, and ${{ }} for other values. {literal_text}"


def _excerpt(text: str) -> str:
    line = text.split("\n", 1)[0]
    return line if len(line) <= 40 else f"{line[:39]}…"
