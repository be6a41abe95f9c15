"""Flags as Packer has them: Go's `flag` package (`-x` and `--x` alike, `-x=v`, `-x v`, a bool only with `=`).

Unlike there, flags are also read after the first argument, where Packer would take them for more templates.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bakehouse.errors import UsageError

TRUE = frozenset(("1", "t", "T", "true", "TRUE", "True"))
FALSE = frozenset(("0", "f", "F", "false", "FALSE", "False"))
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag. kind: bool, text, list (a,b), repeat (each use adds one), number, duration. Without `help` it is
    accepted but not shown.

    value: what the help shows in place of a value. choices: the only values allowed. later: it is known, and refused
    with this text ("not yet"). least: of a number.
    """

    name: str
    kind: str = "bool"
    help: str = ""
    value: str = ""
    choices: tuple[str, ...] = ()
    later: str = ""
    least: int | None = None


class Parsed:
    """What stood on a command line: arguments, and the flags that were given."""

    def __init__(self) -> None:
        self.arguments: list[str] = []
        self._given: dict[str, list[str]] = {}

    def add(self, flag: Flag, text: str) -> None:
        """Take in one use of a flag. Raises UsageError for a value that cannot be."""
        if flag.later:
            raise UsageError(f"-{flag.name} does not work yet. {flag.later}".rstrip())
        _check(flag, text)
        self._given.setdefault(flag.name, []).append(text)

    def given(self, name: str) -> bool:
        """Whether the flag was used at all."""
        return name in self._given

    def on(self, name: str, default: bool = False) -> bool:
        """A bool; the last use wins."""
        return self._given[name][-1] in TRUE if name in self._given else default

    def text(self, name: str, default: str = "") -> str:
        """A text; the last use wins."""
        return self._given.get(name, [default])[-1]

    def texts(self, name: str) -> list[str]:
        """Every use, in order."""
        return list(self._given.get(name, []))

    def items(self, name: str) -> list[str]:
        """A list, from `a,b` in the last use; a comma inside `{a,b}` is the pattern's own."""
        return [item.strip() for item in re.split(r",(?![^{]*\})", self.text(name)) if item.strip()]

    def number(self, name: str, default: int) -> int:
        """A whole number."""
        return int(self.text(name, str(default)))

    def seconds(self, name: str, default: float) -> float:
        """A duration, in seconds."""
        return duration(self.text(name)) if name in self._given else default


def parse(flags: Sequence[Flag], arguments: Sequence[str]) -> Parsed:
    """Sort a command line into flags and arguments. Raises UsageError."""
    known = {flag.name: flag for flag in flags}
    parsed, rest = Parsed(), list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "--":
            parsed.arguments.extend(rest)
            break
        if not word.startswith("-") or word == "-":
            parsed.arguments.append(word)
            continue
        name, equals, text = word.lstrip("-").partition("=")
        flag = known.get(name)
        if flag is None:
            raise UsageError(f"There is no flag {word.partition('=')[0]}." + _nearest(name, known))
        if not equals:
            text = "true" if flag.kind == "bool" else _following(flag, rest)
        parsed.add(flag, text)
    return parsed


def duration(text: str) -> float:
    """Seconds of "15m", "1h30m", "2.5s" or "0", as Go writes durations. Raises UsageError."""
    if text == "0":
        return 0.0
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise UsageError(f'"{text}" is not a duration. Write it like 90s, 15m or 1h30m.')
    return float(sum(float(number) * _UNITS[unit] for number, unit in parts))


def pair(text: str) -> tuple[str, str]:
    """Name and value of `-var name=value`. Raises UsageError."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        missing = "the name is missing" if equals else 'there is no "="'
        raise UsageError(f'-var needs name=value; in "{text}" {missing}.')
    return name.strip(), value


def table(flags: Sequence[Flag]) -> str:
    """The flags of a verb, for its help."""
    shown = [(f"-{flag.name}" + (f"={flag.value}" if flag.value else ""), flag) for flag in flags if flag.help]
    width = min(32, max((len(label) for label, _ in shown), default=0)) + 2
    lines: list[str] = []
    for label, flag in shown:
        if len(label) + 2 > width:
            lines.extend((f"  {label}", f"  {'':{width}}{flag.help}"))
        else:
            lines.append(f"  {label:{width}}{flag.help}")
    return "\n".join(lines)


def _check(flag: Flag, text: str) -> None:
    if flag.kind == "bool" and text not in TRUE | FALSE:
        raise UsageError(f'-{flag.name} is true or false, not "{text}".')
    if flag.kind == "number" and not re.fullmatch(r"-?\d+", text):
        raise UsageError(f'-{flag.name} needs a whole number, not "{text}".')
    if flag.least is not None and int(text) < flag.least:
        raise UsageError(f'-{flag.name} is {flag.least} or more, not "{text}".')
    if flag.kind == "duration":
        duration(text)
    if flag.choices and text not in flag.choices:
        raise UsageError(f'-{flag.name} is one of {", ".join(flag.choices)}; not "{text}".')


def _following(flag: Flag, rest: list[str]) -> str:
    if not rest:
        raise UsageError(f"-{flag.name} needs a value: -{flag.name}={flag.value or 'VALUE'}.")
    return rest.pop(0)


def _nearest(name: str, known: dict[str, Flag]) -> str:
    import difflib

    near = difflib.get_close_matches(name, known, 1)
    return f" Did you mean -{near[0]}?" if near else ""
