"""How `bakehouse` starts: what it imports, and what it makes of closed descriptors."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import bakehouse
from bakehouse.cli.verbs import dispatch

HEAVY = ("argparse", "asyncio", "json", "msgspec", "textual", "re", "subprocess", "bakehouse.errors")


def run(*words: str, before: str = "") -> subprocess.CompletedProcess[str]:
    """`bakehouse WORDS` in a clean interpreter, printing afterwards which modules it had imported."""
    code = (
        f"import sys; before = set(sys.modules); {before}\n"
        f"sys.argv = ['bakehouse', *{words!r}]\n"
        "from bakehouse.__main__ import main\n"
        "code = main(); print(*(set(sys.modules) - before), file=sys.stderr); sys.exit(code)"
    )
    return subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True)


@pytest.mark.parametrize("words", [("version",), ("--version",), ("--help",), ("help",)])
def test_version_and_help_import_nothing_heavy(words: tuple[str, ...]) -> None:
    done = run(*words)
    assert done.returncode == 0
    assert not set(done.stderr.split()) & set(HEAVY)


INTERRUPTED = """
import os, signal
class Hook:
    def find_spec(self, name, *rest):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Hook())
"""


@pytest.mark.parametrize("module", ["bakehouse.cli.verbs", "bakehouse.cli.launcher", "bakehouse.cli.build", "asyncio"])
def test_an_interrupt_while_it_starts_is_silent(module: str) -> None:
    code = "import sys\n" + INTERRUPTED.format(module=module)
    code += "sys.argv = ['bakehouse', 'build', 'x']\nfrom bakehouse.__main__ import main\nsys.exit(main())"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


def test_the_version() -> None:
    assert run("version").stdout == f"Bakehouse v{bakehouse.__version__}\n"


@pytest.mark.parametrize("verb", ["build", "validate", "inspect", "attach", "ctl", "runs", "logs", "gc", "version"])
def test_every_verb_has_help_with_examples(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch([verb, "-h"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"usage: bakehouse {verb}")
    assert f"\n  bakehouse {verb}" in shown
    assert max(map(len, shown.splitlines())) <= 84
    assert dispatch(["help", verb]) == 0
    assert capsys.readouterr().out == shown


@pytest.mark.parametrize(
    "module",
    ["bakehouse.headless.printer", "bakehouse.cli.foreground", "bakehouse.session.client", "bakehouse.cli.ctl"],
)
def test_plain_output_never_imports_textual(module: str) -> None:
    code = f"import sys, {module}; sys.exit(any(name.split('.')[0] == 'textual' for name in sys.modules))"
    assert subprocess.run([sys.executable, "-I", "-c", code]).returncode == 0


@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"])
def test_closed_descriptors_break_nothing(closed: str, tmp_path: Path) -> None:
    command = f'exec {closed}; exec "$0" -m bakehouse runs'
    done = subprocess.run(
        ["sh", "-c", command, sys.executable], capture_output=True, text=True, env={"XDG_STATE_HOME": str(tmp_path)}
    )
    assert done.returncode == 0
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [("--help",), ("version",), ("build", "-h"), ("runs",)])
def test_a_reader_that_is_gone_ends_it_quietly(words: tuple[str, ...], tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "bakehouse", *words]
    environment = {"XDG_STATE_HOME": str(tmp_path)}
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, env=environment)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("words", [("--help",), ("runs",)])
def test_a_full_disk_is_named(words: tuple[str, ...], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bakehouse", *words]
    environment = {"XDG_STATE_HOME": str(tmp_path)}
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=environment)
    assert (done.returncode, done.stderr) == (1, "Error: Standard output: No space left on device\n")
