"""The conformance cases of tests/conformance: what is read from their files, how one is run, what is compared.

`python tests/support/conformance.py update [NAME ...]` writes what comes out into the cases, to be looked at with
`git diff` before anybody believes it. A case is a directory and a case.json, or lines of a text file: it needs no
Python.
"""

from __future__ import annotations

import glob
import gzip
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HOME = Path(__file__).parent.parent / "conformance"
CONSOLE = HOME / "console"
CASES = HOME / "cases"
TEXTUAL = ("inspect", "console", "fmt", "hcl2_upgrade", "fix")
"""Verbs whose output is their result, so that it is compared; of others the verdict, the errors and the files are."""
WORDS = ("exit", "help", "variables")
"""What the console takes for commands."""
SECONDS = 60.0
UNIT = r"(?:microseconds?|milliseconds?|seconds?|minutes?|hours?)"
RULES = (
    (r"\x1b\[[0-9;]*m", ""),
    (r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b", "<uuid>"),
    (rf"\bafter (?:\d+ {UNIT} ?)+", "after <duration>"),
    (r'("build_time": )\d+', r"\1<unixtime>"),
    (r"(?m)^\d{10},", "<unixtime>,"),
    (r"<tmp>/packer-shell\d+", "<tmp>/packer-shell<n>"),
)
"""What differs from run to run, and what stands for it."""
NAMED = {
    "rfc3339": (r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?", "<time>"),
    "version": (r"\bv?\d+\.\d+\.\d+(?:-[a-z0-9]+)?\b", "<version>"),
}
"""Rules that a case asks for under "normalise"; a pair there is a rule of its own, and "sort" sorts lines."""


@dataclass(slots=True)
class Outcome:
    """What came of one run. errors: "FILE:LINE SUMMARY" of each, in order; prints: None where it is not compared."""

    status: int | str
    errors: list[str] = field(default_factory=list)
    prints: str | None = None
    files: dict[str, str | None] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """As `expect` of a run in case.json; what is empty is left out."""
        found = {"status": self.status, "errors": self.errors, "prints": self.prints, "files": self.files}
        return {name: value for name, value in found.items() if name == "status" or value not in (None, [], {})}


class Place:
    """Directories for runs of one case: the work directory, and a home, temp, state and cache of its own."""

    def __init__(self, base: Path, source: Path) -> None:
        self.base, self.work = base, base / "work"
        shutil.copytree(source, self.work, symlinks=True, ignore=shutil.ignore_patterns("case.json"))
        for path in [self.work, *self.work.rglob("*")]:
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | 0o200)
        names = ("home", "tmp", "config", "cache", "state")
        self.directories = {name: base / name for name in names}
        for directory in self.directories.values():
            directory.mkdir()

    def environment(self, more: dict[str, str]) -> dict[str, str]:
        """Nothing of the machine's but its programs."""
        own = self.directories
        fixed = {"LANG": "C.UTF-8", "TZ": "UTC", "no_proxy": "*", "PATH": os.environ["PATH"]}
        places = {"HOME": "home", "TMPDIR": "tmp", "XDG_CONFIG_HOME": "config", "XDG_CACHE_HOME": "cache"}
        dirs = {name: str(own[place]) for name, place in (places | {"XDG_STATE_HOME": "state"}).items()}
        return fixed | dirs | {name: self.fill(text) for name, text in more.items()}

    def fill(self, text: str) -> str:
        """`{cwd}` in an argument."""
        return text.replace("{cwd}", str(self.work))

    def placed(self, text: str) -> str:
        """With names for the directories."""
        for path, name in [(self.work, "cwd"), *((path, name) for name, path in self.directories.items())]:
            text = text.replace(str(path), f"<{name}>")
        return text

    def plain(self, text: str, asked: Sequence[Any] = ()) -> str:
        """Without what differs from run to run."""
        text = self.placed(text)
        rules = [NAMED[rule] if isinstance(rule, str) else rule for rule in asked if rule != "sort"]
        for pattern, instead in (*RULES, *rules):
            text = re.sub(pattern, instead, text)
        if "sort" in asked:
            text = "".join(f"{line}\n" for line in sorted(text.splitlines()))
        return text

    def run(self, argv: list[str], stdin: str | None, env: dict[str, str]) -> tuple[int | str, str]:
        """Exit status and standard output of one command line; "timeout" for one that does not end."""
        command = [sys.executable, "-P", "-m", "bakehouse", *map(self.fill, argv)]
        given: dict[str, Any] = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin.encode()}
        given |= {"cwd": self.work, "env": self.environment(env), "timeout": SECONDS, "start_new_session": True}
        try:
            done = subprocess.run(command, capture_output=True, check=False, **given)
        except subprocess.TimeoutExpired:
            return "timeout", ""
        return done.returncode, done.stdout.decode(errors="backslashreplace")


def outcomes(case: dict[str, Any], place: Place) -> Iterator[Outcome]:
    """The outcome of each run of a case, one after the other in the same directory."""
    asked = case.get("normalise", [])
    for run in case["runs"]:
        status, out = place.run(run["argv"], run.get("stdin"), run.get("env", {}))
        printed = status in (0, 3) and run["argv"][:1] in [[verb] for verb in TEXTUAL]
        yield Outcome(
            status,
            [] if printed else errors(place.plain(out)),
            place.plain(out, asked) if printed else None,
            {name: text for pattern in run.get("files_after", []) for name, text in _files(place, pattern, asked)},
        )


def errors(out: str) -> list[str]:
    """The errors in what was printed, without their explanations: FILE:LINE, if there is one, and the summary."""
    found = []
    for match in re.finditer(r"^Error: (.*)\n(?:  (\S+?):(\d+)(?:,\d+)?\n)?", out, re.M):
        found.append(f"{match[2]}:{match[3]} {match[1]}" if match[2] else match[1])
    return found


def _files(place: Place, pattern: str, asked: Sequence[Any]) -> Iterator[tuple[str, str | None]]:
    """The files that a pattern of `files_after` finds, as text; None for none."""
    names = sorted(glob.glob(str(place.work / pattern), recursive=True, include_hidden=True))
    paths = [Path(name) for name in names if os.path.isfile(name)]
    rules = [rule for rule in asked if rule != "sort"]
    for path in paths:
        yield str(path.relative_to(place.work)), place.plain(shown(path.read_bytes()), rules)
    if not paths:
        yield pattern, None


def shown(data: bytes) -> str:
    """A file as text: itself, or the names and sizes of an archive's members, or the text that was compressed."""
    try:
        text = data.decode()
        return text if "\0" not in text else f"<binary {len(data)} bytes>"
    except UnicodeDecodeError:
        pass
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            members = sorted(archive, key=lambda member: member.name)
            return "<tar>\n" + "".join(f"{member.name} {member.size}\n" for member in members)
    except (tarfile.TarError, EOFError, OSError):
        pass
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as zipped:
            entries = sorted(zipped.infolist(), key=lambda member: member.filename)
            return "<zip>\n" + "".join(f"{member.filename} {member.file_size}\n" for member in entries)
    return "<gzip>\n" + gzip.decompress(data).decode() if data[:2] == b"\x1f\x8b" else "<binary>"


@dataclass(slots=True)
class Expression:
    """A line of a text file of the console. expected: what is printed, None for a refusal; `any` if it is not fixed.

    comments: the lines before it; one that begins with "# differs: " says why Packer answers otherwise.
    """

    line: int
    text: str
    expected: str | None = None
    any: bool = False
    comments: list[str] = field(default_factory=list)

    def written(self) -> str:
        """As in the file: `> expression`, then its value by two spaces, or `!` for a refusal, or `?`."""
        value = ["!"] if self.expected is None else [f"  {line}" for line in self.expected.split("\n")]
        return "\n".join((*self.comments, f"> {self.text}", *(["?"] if self.any else value)))


def expressions(path: Path) -> list[Expression]:
    """All of a file."""
    found: list[Expression] = []
    comments: list[str] = []
    for number, line in enumerate(path.read_bytes().decode().split("\n"), 1):
        mark, rest = line[:2], line[2:]
        if mark == "> ":
            found.append(Expression(number, rest, comments=comments))
            comments = []
        elif mark == "  " and found and not comments:
            last = found[-1]
            last.expected = rest if last.expected is None else f"{last.expected}\n{rest}"
        elif mark == "?" and found:
            found[-1].any = True
        elif mark != "!":
            comments.append(line)
    return found


def evaluated(items: Sequence[Expression], place: Place) -> list[str | None]:
    """What the console answers to each; None for a refusal. One console gets all, with a mark between them; words of
    its own (`exit`) get one each."""
    answers: dict[int, str] = {}
    plain = [item for item in items if item.text.strip() not in WORDS]
    for group in (plain, *([item] for item in items if item not in plain)):
        given = "".join(f'{item.text}\n"@@{item.line}@@"\n' for item in group)
        parts = re.split(r"^@@(\d+)@@\n", _console(given, place), flags=re.M)
        numbers = [int(number) for number in parts[1::2]]
        if group is plain and numbers != [item.line for item in plain]:
            raise AssertionError(f"the console lost its way behind line {numbers[-1] if numbers else 0}")
        answers |= zip([item.line for item in group], parts[::2], strict=False)
    texts = [place.placed(answers[item.line]).removesuffix("\n") for item in items]
    return [None if text.startswith("Error: ") else text for text in texts]


def _console(given: str, place: Place) -> str:
    """What one console prints, reading a file: unlike with a pipe, it answers every line."""
    path = place.base / "stdin"
    path.write_bytes(given.encode())
    with open(path, "rb") as stdin:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "bakehouse", "console", "--config-type=hcl2"],
            cwd=place.work, env=place.environment({}), stdin=stdin, capture_output=True, timeout=SECONDS, check=False,
        )  # fmt: skip
    return done.stdout.decode(errors="backslashreplace")


def told(run: dict[str, Any], outcome: Outcome) -> dict[str, Any]:
    """What a case expects of an outcome. A run with `any` prints something else each time."""
    found = outcome.told()
    return {name: value for name, value in found.items() if name != "prints"} if run.get("any") else found


def case(name: str) -> dict[str, Any]:
    """What case.json says."""
    found: dict[str, Any] = json.loads((CASES / name / "case.json").read_text())
    return found


def names() -> list[str]:
    """All cases."""
    return sorted(path.parent.name for path in CASES.glob("*/case.json"))


def update(wanted: Sequence[str]) -> None:
    """Write what comes out into these cases and text files, by default into all."""
    for path in sorted(CONSOLE.glob("*.txt")):
        if not wanted or path.stem in wanted:
            with tempfile.TemporaryDirectory() as base:
                items = expressions(path)
                answers = evaluated(items, Place(Path(base).resolve(), CONSOLE / "fixture"))
                for item, answer in zip(items, answers, strict=True):
                    item.expected = answer
            path.write_bytes(("\n".join(item.written() for item in items) + "\n").encode())
    for name in names():
        if not wanted or name in wanted:
            with tempfile.TemporaryDirectory() as base:
                found = case(name)
                came = outcomes(found, Place(Path(base).resolve(), CASES / name))
                for run, outcome in zip(found["runs"], came, strict=True):
                    run["expect"] = told(run, outcome)
            (CASES / name / "case.json").write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    update(sys.argv[2:])
