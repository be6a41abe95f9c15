"""Input that is no template, or the worst that one can be: a clear error in bounded time and memory, never a fault.

Files that are large are read by a process of its own whose memory is limited; the rest goes through the verb here.
"""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from bakehouse.cli import validate  # what the child of another user needs must be imported before
from bakehouse.cli.verbs import dispatch
from support.others import NOBODY, as_user
from support.templates import NULL, errors_of

MANY = 10_000
MOST_MEMORY = 1 << 30
MOST_OUTPUT = 20_000
BUILD = (
    'variable "a" {\n  default = ""\n}\n'
    'source "null" "x" {\n  communicator = "none"\n}\nbuild {\n  sources = ["null.x"]\n}\n'
)

assert validate


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory is empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def local(value: str) -> str:
    return f"locals {{\n  a = {value}\n}}\n"


def nested(begin: str, middle: str, end: str) -> str:
    return local(begin * MANY + middle + end * MANY)


DEEP = {
    "lists": nested("[", "", "]"),
    "lists left open": local("[" * MANY),
    "parentheses": nested("(", "1", ")"),
    "objects": nested("{a=", "1", "}"),
    "calls": nested("upper(", '"x"', ")"),
    "templates": nested('"${', "1", '}"'),
    "for expressions": nested("[for x in ", "y", ":x]"),
    "not": local("!" * MANY + "true"),
    "minus": local("-" * MANY + "1"),
    "sums": local("1 + " * MANY + "1"),
    "conditionals": local("true ? 1 : " * MANY + "1"),
    "indexes": local("local.b" + "[0]" * MANY),
    "attributes": local("local.b" + ".c" * MANY),
    "splats": local("local.b" + "[*]" * MANY),
    "directives": local('"' + "%{if true}" * MANY + "x" + "%{endif}" * MANY + '"'),
    "heredocs": local("<<E\n${" * MANY + "1" + "}\nE\n" * MANY),
    "blocks": "a {\n" * MANY + "}\n" * MANY,
    "a type": 'variable "a" {\n  type = ' + "list(" * MANY + "string" + ")" * MANY + "\n}\n",
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_ten_thousand_of_anything_inside_one_another_are_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = _refused(text.encode(), capsys)

    assert "Nested too deeply" in said or "Expression too long" in said
    assert "a.pkr.hcl:" in said and "^" in said


@pytest.mark.parametrize("name", ["a.pkrvars.hcl", "a.pkrvars.json"])
def test_ten_thousand_brackets_in_variables_are_refused(
    name: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    brackets = "[" * MANY + "]" * MANY
    (here / name).write_text(f'{{"a": {brackets}}}' if name.endswith("json") else f"a = {brackets}\n")

    assert "Nested too deeply" in _refused(BUILD.encode(), capsys, "-var-file", name)
    (here / name).unlink()
    assert "fault of Bakehouse" not in _said(BUILD.encode(), capsys, "-var", f"a={brackets}")[1]


STANDS = {
    "sums": " + ".join(["1"] * 400),
    "conditionals": "false ? 1 : " * 150 + "1",
    "brackets": "[" * 90 + "]" * 90,
    "directives": '"' + "%{if true}" * 100 + "x" + "%{endif}" * 100 + '"',
}


@pytest.mark.parametrize("value", STANDS.values(), ids=STANDS)
def test_what_is_let_through_can_be_evaluated(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _said((local(value) + BUILD).encode(), capsys) == (0, "The configuration is valid.\n")


ODD: dict[str, tuple[bytes, str]] = {
    "random bytes": (random.Random(7).randbytes(100_000), "This is not a text file"),
    "a program": (Path(sys.executable).read_bytes()[:100_000], "This is not a text file"),
    "UTF-16": (BUILD.encode("utf-16"), "The file is in UTF-16"),
    "no UTF-8 in a string": (b'locals {\n  a = "x\xff"\n}\n', "This is not UTF-8"),
    "no UTF-8 in a name": (b"locals {\n  a\xff = 1\n}\n", "Unsupported character"),
    "nothing": (b"", "The template has no build block"),
    "blank lines": (b"\n  \n\t\n", "The template has no build block"),
    "a link that became text": (b"../common/common.pkr.hcl\n", "This is a symbolic link that became a file"),
    "half a merge": (b"locals {\n<<<<<<< HEAD\n  a = 1\n=======\n  a = 2\n>>>>>>> b\n}\n", "A merge was not finished"),
    "a cycle of locals": (b"locals {\n  a = local.b\n  b = local.c\n  c = local.a\n}\n", "local.c"),
    "a local of itself": (b"locals {\n  a = local.a\n}\n", "needs itself"),
    "a variable of itself": (b'variable "a" {\n  default = var.a\n}\n', "var.a cannot be used here"),
    "a number without end": (b"locals {\n  a = 1e999999999\n}\n", "Number out of range"),
    "a digit a million times": (local("9" * 1_000_000).encode(), "Number out of range"),
    "mistakes on each line": (b"a = = 1\n" * 20_000, "Value expected"),
    "odd characters": (b"&" * 100_000, "Argument or block expected"),
    "quotes": (b'"' * 100_001, "Quoted argument name"),
}


@pytest.mark.parametrize(("content", "told"), ODD.values(), ids=ODD)
def test_odd_files_are_refused_with_what_they_are(
    content: bytes, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told in _refused(content, capsys)


def test_a_line_of_a_million_characters_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    text = local('"' + "x" * 1_000_000 + '"') + BUILD

    assert _said(text.encode(), capsys) == (0, "The configuration is valid.\n")
    assert len(_refused((local('"' + "x" * 1_000_000 + '" &')).encode(), capsys)) < 1000


@pytest.mark.parametrize("name", ["a.pkr.hcl", "a.pkrvars.hcl"])
def test_fifty_megabytes_are_refused_in_no_time(name: str, here: Path) -> None:
    (here / "b.pkr.hcl").write_text(BUILD)
    (here / name).write_bytes(b"# c\n" * (50_000_000 // 4))
    arguments = [name] if name == "a.pkr.hcl" else ["-var-file", name, "b.pkr.hcl"]

    started = time.monotonic()
    done = _process("validate", *arguments)

    assert time.monotonic() - started < 10
    assert done.returncode == 1
    assert f'"{name}" is too large' in done.stdout + done.stderr


def test_standard_input_without_end_is_refused(here: Path) -> None:
    with open("/dev/zero", "rb") as endless:
        done = _process("validate", "-", stdin=endless)

    assert done.returncode == 1
    assert "Standard input is too large" in done.stdout + done.stderr


DENSE = {
    "newlines": b"\n" * 200_000,
    "comments": b"# c\n" * 120_000,
    "assignments": b"locals {\n" + b"".join(b"  a%d = 1\n" % number for number in range(8_000)) + b"}\n",
    "dots": b"locals {\n  a = 1" + b"." * 500_000 + b"\n}\n",
}


@pytest.mark.parametrize("content", DENSE.values(), ids=DENSE)
def test_half_a_megabyte_of_the_smallest_pieces_is_read_within_bounds(content: bytes, here: Path) -> None:
    (here / "a.pkr.hcl").write_bytes(content)

    done = _process("validate", "a.pkr.hcl")

    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert said and "fault of Bakehouse" not in said and "Traceback" not in said


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _itself(path: Path) -> None:
    path.symlink_to(path.name)


def _nowhere(path: Path) -> None:
    path.symlink_to("nowhere")


def _endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


KINDS: dict[str, tuple[Callable[[Path], None], str]] = {
    "a pipe": (_pipe, "is a named pipe"),
    "a link to itself": (_itself, "It is a link to a.pkr.hcl"),
    "a link to nothing": (_nowhere, "It is a link to nowhere"),
    "a device": (_endless, "is too large"),
}


@pytest.mark.parametrize(("make", "told"), KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("role", ["template", "directory", "variables"])
def test_what_is_no_file_is_refused_and_not_waited_for(
    make: Callable[[Path], None], told: str, role: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make(here / "a.pkr.hcl")
    (here / "b").mkdir()
    (here / "b" / "b.pkr.hcl").write_text(BUILD)
    arguments = {
        "template": ["a.pkr.hcl"],
        "directory": ["."],
        "variables": ["-var-file", "a.pkr.hcl", "b"],
    }[role]

    assert dispatch(["validate", *arguments]) == 1
    captured = capsys.readouterr()
    assert told in captured.out + captured.err


def test_a_directory_that_holds_itself_is_read_once(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "b.pkr.hcl").write_text(BUILD)
    (here / "loop").symlink_to(".")
    (here / "loop.pkr.hcl").symlink_to(".")

    assert dispatch(["validate", "."]) == 0
    assert capsys.readouterr().out == "The configuration is valid.\n"


def test_a_pipe_that_a_shell_hands_over_is_read(here: Path) -> None:
    (here / "b.pkr.hcl").write_text(BUILD)
    reading, writing = os.pipe()
    os.write(writing, b"}{")
    os.close(writing)

    done = _process("validate", "-var-file", f"/dev/fd/{reading}", "b.pkr.hcl", pass_fds=(reading,))
    os.close(reading)

    assert done.returncode == 1
    assert "named pipe" not in done.stdout + done.stderr


@pytest.mark.needs("ordinary-user", "root")
async def test_a_directory_that_may_not_be_read_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    async def work() -> list[str]:
        import contextlib
        import io
        import tempfile

        said = []
        for mode in (0o000, 0o300, 0o700):
            place = Path(tempfile.mkdtemp())
            template = place / "a.pkr.hcl"
            template.write_text(BUILD)
            template.chmod(0o000)
            place.chmod(mode)
            for given in (place, template):
                told = io.StringIO()
                with contextlib.redirect_stderr(told), contextlib.redirect_stdout(told):
                    status = dispatch(["validate", str(given)])
                said.append(f"{status} {told.getvalue().replace(str(place), 'DIR')}")
            place.chmod(0o700)
        return said

    said = await as_user(NOBODY, NOBODY, work)

    assert all(each.startswith("1 Error: Cannot read") and "Permission denied" in each for each in said), said
    assert all("DIR" in each for each in said)


def _refused(content: bytes, capsys: pytest.CaptureFixture[str], *flags: str) -> str:
    """What `validate` says of a template that it refuses."""
    status, said = _said(content, capsys, *flags)
    assert status == 1
    assert "fault of Bakehouse" not in said and "Traceback" not in said
    assert len(said) < MOST_OUTPUT
    return said


def _said(content: bytes, capsys: pytest.CaptureFixture[str], *flags: str) -> tuple[int, str]:
    Path("a.pkr.hcl").write_bytes(content)
    status = dispatch(["validate", *flags, "a.pkr.hcl"])
    captured = capsys.readouterr()
    return status, captured.out + captured.err


def _process(
    *arguments: str, pass_fds: tuple[int, ...] = (), stdin: BinaryIO | None = None
) -> subprocess.CompletedProcess[str]:
    """Bakehouse in a process of its own that may not take more than MOST_MEMORY."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))

    command = [sys.executable, "-m", "bakehouse", *arguments]
    return subprocess.run(
        command,
        stdin=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=limit,
        pass_fds=pass_fds,
        errors="replace",
    )


@pytest.mark.parametrize(
    "call", ['file("pipe")', 'filebase64("pipe")', 'templatefile("pipe", {})', 'file("/dev/zero")']
)
def test_functions_wait_for_no_pipe_and_end_at_devices(tmp_path: Path, call: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    text = f"locals {{\n  a = {call}\n}}\n"
    (error,) = errors_of(tmp_path, text + NULL + 'build {\n  sources = ["null.x"]\n}\n')
    assert "is a named pipe" in error.detail or "64 MiB" in error.help


def test_a_pipe_is_no_script(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    step = '  provisioner "shell-local" {\n    script = "pipe"\n  }\n'
    (error,) = errors_of(tmp_path, NULL + 'build {\n  sources = ["null.x"]\n' + step + "}\n")
    assert error.summary == 'There is no script "pipe"'


def test_nothing_that_commands_a_terminal_is_printed(tmp_path: Path) -> None:
    text = NULL + 'build {\n  name = "b\\u001b[31m"\n  description = "\\u001b[2J"\n  sources = ["null.x"]\n}\n'
    (tmp_path / "a.pkr.hcl").write_text(text)
    builds = [["build", "a.pkr.hcl"], ["build", "-only=q", "a.pkr.hcl"]]
    for words in (["inspect", "a.pkr.hcl"], *builds, ["\x1b[31m"], ["build", "-x\x1b[31m"]):
        command = [sys.executable, "-m", "bakehouse", *words]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert "\x1b" not in done.stdout + done.stderr, words
        assert "\ufffd" in done.stdout + done.stderr, words


def test_memory_that_runs_out_is_told_as_such() -> None:
    text = "x"
    for _ in range(3):
        text = f"join({text if text != 'x' else chr(34) + 'x' * 99 + chr(34)}, range(1000))"
    limit = "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))"
    code = f"{limit}; from bakehouse.cli.verbs import dispatch; sys.exit(dispatch(['console']))"
    done = subprocess.run(
        [sys.executable, "-c", code], input=f"length({text})", capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "This needs more memory than there is." in done.stdout + done.stderr
    assert "fault" not in done.stdout + done.stderr
