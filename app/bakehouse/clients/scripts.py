"""What `shell` and `shell-local` share: their scripts, and the variables they hand over.

Values reach a script by its environment, never on a command line, where `ps` shows them (DESIGN 8). Packer's
`{{.Vars}}` stands for `NAME='value' ` pairs; where it stands before a command, as in Packer's own defaults, the
environment means the same and nothing is put in its place.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence

from bakehouse.errors import Diagnostic
from bakehouse.sdk.config import Argument
from bakehouse.sdk.machine import BuildFacts

SHEBANG = "/bin/sh -e"
_PREFIX = re.compile(r"(?:^|[;&|(\n])\s*$")
_VARS = re.compile(r"\{\{-?\s*\.Vars\s*-?\}\}\s?")


def check_source(
    arguments: Mapping[str, Argument], names: tuple[str, ...], missing: str = "No script to run"
) -> list[Diagnostic]:
    """Exactly one of the options `names` must be given; an empty one counts as none, as with Packer.

    missing: what is wrong if none is.
    """
    given = [name for name in names if name in arguments and arguments[name].value not in ("", [], None)]
    if len(given) == 1:
        return []
    listed = ", ".join(f'"{name}"' for name in names)
    if not given:
        return [Diagnostic(missing, f"One of {listed} must be given.")]
    last = arguments[given[-1]]
    both = " and ".join(f'"{name}"' for name in given)
    return [
        Diagnostic(
            f"{both} exclude each other", f"Only one of {listed} may be given.", last.location, "error", last.source
        )
    ]


def check_variables(arguments: Mapping[str, Argument], pairs: Iterable[str]) -> list[Diagnostic]:
    """Every `environment_vars` entry must be NAME=value."""
    argument = arguments.get("environment_vars")
    bad = [pair for pair in pairs if not re.match(r"[^=\s]+=", pair)]
    if argument is None or not bad:
        return []
    return [
        Diagnostic(
            f'"{bad[0]}" is not NAME=value',
            "Every entry of environment_vars must have a name and an equals sign.",
            argument.location,
            source=argument.source,
        )
    ]


def environment(pairs: Iterable[str], mapping: Mapping[str, str], build: BuildFacts) -> dict[str, str]:
    """What a script gets beyond its surroundings: PACKER_BUILD_NAME, PACKER_BUILDER_TYPE and the template's own."""
    given = dict(pair.split("=", 1) for pair in pairs)
    own = {"PACKER_BUILD_NAME": build.source_name, "PACKER_BUILDER_TYPE": build.builder_type}
    return {**own, **given, **mapping}


def inline_script(lines: Iterable[str], shebang: str | None) -> bytes:
    """All lines of `inline` as one script. Packer 1.13: without `inline_shebang`, a first line `#!...` is kept."""
    body = "\n".join(lines)
    if shebang is None and body.startswith("#!"):
        return f"{body}\n".encode()
    return f"#!{shebang or SHEBANG}\n{body}\n".encode()


def inline_start(lines: Sequence[str], shebang: str | None) -> int:
    """The line of `inline_script` where the first of `lines` stands."""
    script, body = inline_script(lines, shebang).decode(), "\n".join(lines)
    return script[: len(script) - len(body) - 1].count("\n") + 1


def first_command(lines: Iterable[str]) -> str:
    """The first line of a script that does something, whole: what cuts it must mask secrets first. "" for none."""
    for line in (piece.strip() for text in lines for piece in text.splitlines()):
        if line and not line.startswith("#") and not re.fullmatch(r"set [-+].*", line):
            return line
    return ""


def variables_text(values: Mapping[str, str], form: str) -> str:
    """The values as `env_var_format` has them, sorted by name; a quote in a value is closed, escaped, opened."""
    return "".join(form % (name, value.replace("'", "'\"'\"'")) for name, value in sorted(values.items()))


def place_variables(command: str, values: Mapping[str, str], form: str) -> tuple[str, bool]:
    """Put `{{.Vars}}` into an `execute_command`. Returns the command, and whether values now stand in it.

    Nothing stands in it if every `{{.Vars}}` comes where a command begins and `env_var_format` is Packer's default.
    """
    spots = list(_VARS.finditer(command))
    if form == "%s='%s' " and all(_PREFIX.search(command[: spot.start()]) for spot in spots):
        return _VARS.sub("", command), False
    text = variables_text(values, form)
    return _VARS.sub(lambda _: text, command), bool(spots and values)


def quote(path: str) -> str:
    """A path as one word of a POSIX shell."""
    return shlex.quote(path)
