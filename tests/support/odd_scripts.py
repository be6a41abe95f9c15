"""Scripts of random shape in which every command's text says how it ends: `r 3` ends with 3, `(...; exit 2)` with 2."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

from support.script_trace import RecordingWatch

RUNS = re.compile(r"r (\d)(?: <<E| \.\.\.)?")
SUBSHELL = re.compile(r"\(.*exit (\d)\)")
DEEPEST = 3


def place_r(directory: Path) -> None:
    """The program `r`."""
    program = directory / "r"
    program.write_text("#!/bin/sh\nexit $1\n")
    program.chmod(0o755)


class Odd:
    """Makes one script after the other. bash: with what only bash has."""

    def __init__(self, seed: int, *, bash: bool) -> None:
        self._random = random.Random(seed)
        self._bash = bash
        self._functions = 0
        self._shapes: list[Callable[[int], str]] = [
            self._pipe, self._subshell, self._loop, self._while, self._until, self._if, self._case, self._function,
            self._called, self._group, self._job, self._list, self._turned, self._here, self._assigned,
            self._piped_group, self._groups_only, self._looked_at_subshell, self._trap, self._head, self._count,
        ]  # fmt: skip

    def script(self) -> str:
        """Of some lines."""
        self._functions = 0
        begin = self._random.choice(["", "", "trap 'r 0' EXIT\n", "set +e\n"])
        return begin + self._block(0, self._random.randint(3, 7)) + self._random.choice(["", "\nr 0", "\nwait"]) + "\n"

    def _r(self) -> str:
        return f"r {self._random.choice((0, 0, 1, 2, 3))}"

    def _block(self, depth: int, count: int = 0) -> str:
        return "\n".join(self._one(depth) for _ in range(count or self._random.randint(1, 3)))

    def _one(self, depth: int) -> str:
        if depth >= DEEPEST or self._random.random() < 0.4:
            return self._r()
        return self._random.choice(self._shapes)(depth + 1)

    def _pipe(self, depth: int) -> str:
        return " | ".join(self._r() for _ in range(self._random.randint(2, 3)))

    def _subshell(self, depth: int) -> str:
        end = self._random.choice((0, 1, 2, 3))
        if self._random.random() < 0.5:
            return f"({self._r()}; exit {end})" + self._random.choice(["", " >/dev/null", " # why"])
        return f"(\n{self._block(depth)}\nexit {end}\n)"

    def _looked_at_subshell(self, depth: int) -> str:
        return f"(\n{self._block(depth)}\n) {self._random.choice(['||', '&&'])} {self._r()}"

    def _loop(self, depth: int) -> str:
        return f"for i in 1 2; do\n{self._block(depth)}\ndone"

    def _head(self, depth: int) -> str:
        return f"for i in $({self._r()}; echo 1 2); do\n{self._block(depth)}\ndone"

    def _count(self, depth: int) -> str:
        if not self._bash:
            return self._r()
        return f"for ((i=0; i<2; i++)); do\n{self._block(depth)}\ndone"

    def _while(self, depth: int) -> str:
        name = f"n{self._random.randrange(10**6)}"
        return f"{name}=\nwhile [ ${{#{name}}} -lt 2 ]; do\n{name}=${{{name}}}x\n{self._block(depth)}\ndone"

    def _until(self, depth: int) -> str:
        return f"until {self._r()}; do\n{self._block(depth)}\nbreak\ndone"

    def _if(self, depth: int) -> str:
        test = self._random.choice([self._r(), f"! {self._r()}", f"({self._r()})", f"{self._r()} | {self._r()}"])
        other = self._random.choice(["", f"else\n{self._block(depth)}\n", f"elif {self._r()}; then\n{self._r()}\n"])
        return f"if {test}; then\n{self._block(depth)}\n{other}fi"

    def _case(self, depth: int) -> str:
        word = self._random.choice(["a", "b", "c"])
        return f"case {word} in\na)\n{self._block(depth)}\n;;\nb) {self._r()}; {self._r()};;\nesac"

    def _function(self, depth: int) -> str:
        self._functions += 1
        name = f"f{self._functions}"
        call = self._random.choice([name, f"{name} || {self._r()}", f"{name} | {self._r()}", f"({name}; exit 2)", name])
        return f"{name}() {{\n{self._block(depth)}\n}}\n{self._one(depth)}\n{call}"

    def _called(self, depth: int) -> str:
        if not self._functions or depth > 1:  # a call from inside might never end
            return self._r()
        return f"f{self._random.randint(1, self._functions)}"

    def _group(self, depth: int) -> str:
        return f"{{\n{self._block(depth)}\n}}" + self._random.choice(["", " >/dev/null", f" || {self._r()}"])

    def _piped_group(self, depth: int) -> str:
        group = f"{{\n{self._block(depth)}\n}}"
        return f"{group} | {self._r()}" if self._random.random() < 0.5 else f"{self._r()} | {group}"

    def _groups_only(self, depth: int) -> str:
        return f"{{ {self._r()}; }} | ({self._r()}; exit 3)"

    def _job(self, depth: int) -> str:
        job = self._random.choice([self._r(), f"{{\n{self._block(depth)}\n}}", f"({self._r()})"])
        return f"{job} &" + self._random.choice(["", "\nwait", "\nwait $!"])

    def _list(self, depth: int) -> str:
        right = self._random.choice([self._r(), f"{{ {self._r()}; }}", f"({self._r()}; exit 1)"])
        return f"{self._r()} {self._random.choice(['||', '&&'])} {right}"

    def _turned(self, depth: int) -> str:
        return f"! {self._r()}" if self._random.random() < 0.5 else f"! ({self._r()}; exit 1)"

    def _here(self, depth: int) -> str:
        if not self._bash:  # only what stands outside of blocks would be followed
            return self._r()
        return f"{self._r()} <<E\ntext\nE"

    def _assigned(self, depth: int) -> str:
        return f"v=$({self._r()}; {self._r()})"

    def _trap(self, depth: int) -> str:
        if not self._bash:
            return self._r()
        return f"trap 'r 1' ERR\n{self._one(depth)}\ntrap - ERR"


def untrue(script: str, watch: RecordingWatch) -> list[str]:
    """What was told of it that is not so. Empty if all is true."""
    wrong: list[str] = []
    lines = script.splitlines()
    for told in watch.commands:
        if told.label == "" and RUNS.fullmatch(told.text) and told.text[:3] not in lines[told.line - 1]:
            wrong.append(f"line {told.line} is not {told.text}")
        meant = RUNS.fullmatch(told.text)
        if meant and told.status is not None and told.status != int(meant[1]):
            wrong.append(f"line {told.line}: {told.text} ended with {told.status}")
    for line, text, status, how in watch.passed_over:
        if how == "ignored" and (meant := RUNS.fullmatch(text) or SUBSHELL.fullmatch(text)):
            if status != int(meant[1]):
                wrong.append(f"line {line}: {text} was passed over with {status}")
            if re.search(rf"(!|if|elif|until) {re.escape(text)}|{re.escape(text)}( \|\|| &|\))", lines[line - 1]):
                wrong.append(f"line {line}: {lines[line - 1]} is looked at")
        if "|" in text and (words := re.fullmatch(r"r (\d)(?: \| r (\d))(?: \| r (\d))?", text)):
            statuses = [int(word) for word in words.groups() if word]
            if status not in (statuses[:-1] if how == "pipe" else statuses[-1:] if how == "ignored" else statuses):
                wrong.append(f"line {line}: {text} was passed over with {status}")
    return wrong
