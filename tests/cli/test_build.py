"""`bakehouse build` as a whole process, with the real engine and the null builder."""

from __future__ import annotations

import json
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bakehouse.cli.verbs import dispatch
from bakehouse.record.rundir import RunDirectory
from bakehouse.session import address
from support.terminals import OnTerminal, bakehouse_on_terminal

NULL = 'source "null" "{0}" {{ communicator = "none" }}\n'


@pytest.fixture(autouse=True)
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def terminals() -> Iterator[list[OnTerminal]]:
    opened: list[OnTerminal] = []
    yield opened
    for terminal in opened:
        terminal.kill()


def template(workshop: Path, *provisioners: str, names: str = "a") -> str:
    sources = "".join(NULL.format(name) for name in names)
    listed = ", ".join(f'"null.{name}"' for name in names)
    text = f'{sources}build {{\n  name = "bb"\n  sources = [{listed}]\n' + "\n".join(provisioners) + "\n}\n"
    (workshop / "t.pkr.hcl").write_text(text)
    return "t.pkr.hcl"


def local(*lines: str) -> str:
    return f'  provisioner "shell-local" {{ inline = {json.dumps(lines)} }}'


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "bakehouse", "build", *words]


def build(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*words), capture_output=True, text=True, stdin=subprocess.DEVNULL)


def test_three_builds_in_plain_lines(workshop: Path) -> None:
    done = build("--ui", "plain", "-var", "word=x", template(workshop, local("echo hello", "echo oh >&2"), names="xyz"))
    assert done.returncode == 1, "an undeclared -var is an error"
    assert "word" in done.stdout
    done = build("--ui", "plain", "t.pkr.hcl")
    assert done.returncode == 0
    for name in "xyz":
        own = [line for line in done.stdout.splitlines() if f" bb.null.{name}: " in line or f"'bb.null.{name}'" in line]
        assert own[0].startswith(f"==> bb.null.{name}: Running local shell script: ")
        assert own[1:3] == [f"    bb.null.{name}: hello", f"    bb.null.{name}: oh"]
        assert own[3].startswith(f"Build 'bb.null.{name}' finished after ")
    assert "\n==> Wait completed after " in done.stdout
    assert "\n==> Builds finished. The artifacts of successful builds are:\n--> bb.null.x: " in done.stdout
    assert "\x1b" not in done.stdout


def test_the_null_builder_has_packers_id(workshop: Path) -> None:
    done = build("--ui", "plain", template(workshop, local("echo id=${build.ID}"), names="x"))
    assert ": id=Null\n" in done.stdout


def test_colour_when_it_is_asked_for(workshop: Path) -> None:
    done = build("-color", template(workshop, local("true")))
    assert done.stdout.startswith("\x1b[1;32mbb.null.a: output will be in this color.\x1b[0m\n\n")


def test_a_failure_is_exit_code_1(workshop: Path) -> None:
    done = build(template(workshop, local("exit 3")))
    assert done.returncode == 1
    assert "\n==> Some builds didn't complete successfully and had errors:\n--> bb.null.a: " in done.stdout


def test_json_has_every_line_and_the_end(workshop: Path) -> None:
    done = build("--json", template(workshop, local("echo hello")))
    facts = [json.loads(line) for line in done.stdout.splitlines()]
    assert [
        fact["body"]["text"] for fact in facts if fact["kind"] == "Line" and fact["body"]["stream"] == "stdout"
    ] == ["hello"]
    assert (facts[-1]["kind"], facts[-1]["body"]["exit_code"]) == ("RunFinished", 0)


@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"])
def test_closed_descriptors(workshop: Path, closed: str) -> None:
    script = f'exec {closed}; exec "$@"'
    words = command(template(workshop, local("echo hello")))
    assert subprocess.run(["sh", "-c", script, "sh", *words], capture_output=True).returncode == 0
    (run,) = RunDirectory.list()
    assert b"hello\n" in run.log("001-a").read_bytes()


def test_a_reader_that_goes_away_stops_the_run_cleanly(workshop: Path) -> None:
    words = command(template(workshop, local("echo first", "exec sleep 60")))
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        while b"first" not in process.stdout.readline():
            pass
        process.stdout.close()
        process.send_signal(signal.SIGTERM)
        assert b"nobody reads it any more" in process.stderr.read()
        assert process.wait() == 1
    (run,) = RunDirectory.list()
    assert run.status == "finished"


def test_a_pipe_ends_when_the_run_ends_though_a_daemon_lives_on(workshop: Path) -> None:
    daemon = local("setsid sleep 30 & echo $! > pid")
    done = build(template(workshop, daemon))
    os.kill(int((workshop / "pid").read_text()), signal.SIGKILL)
    assert done.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_and_cleans(workshop: Path, number: signal.Signals) -> None:
    words = command(template(workshop, local("echo started", "exec sleep 60")))
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        while b"started" not in process.stdout.readline():
            pass
        process.send_signal(number)
        rest = process.stdout.read().decode()
    assert process.returncode == 1
    assert "Cancelling build after receiving interrupt\n" in rest
    assert rest.endswith("\nCleanly cancelled builds after being interrupted.\n")
    assert "Builds finished" not in rest


def test_a_hangup_that_was_ignored_at_the_start_stays_ignored(workshop: Path) -> None:
    words = command(template(workshop, local("echo started", "kill -HUP $PPID", "echo alive")))
    done = subprocess.run(["nohup", *words], capture_output=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0
    assert b"    bb.null.a: alive\n" in done.stdout


@pytest.mark.parametrize(
    ("key", "shown", "code"), [("c\n", "errored after", 1), ("r\n", "finished after", 0), ("a\n", "errored after", 1)]
)
def test_on_error_ask(workshop: Path, terminals: list[OnTerminal], key: str, shown: str, code: int) -> None:
    name = template(workshop, local("test -e once || { touch once; exit 3; }"))
    terminal = bakehouse_on_terminal("build", "-on-error=ask", name, cwd=workshop)
    terminals.append(terminal)
    terminal.read_until("[c] clean up and exit, [a] abort without cleanup, or [r] retry the step? ")
    terminal.type("x\n")
    terminal.read_until("Answer c, a or r.")
    terminal.type(key)
    assert terminal.wait() == code
    assert f"Build 'bb.null.a' {shown}" in terminal.shown
    verb = "retry" if key == "r\n" else "cancel"
    assert f"{verb}, by {pwd.getpwuid(os.getuid()).pw_name}" in terminal.shown


def test_on_error_ask_without_a_terminal_cleans_up(workshop: Path) -> None:
    assert build("-on-error=ask", template(workshop, local("exit 3"))).returncode == 1


def test_a_breakpoint_waits_for_enter(workshop: Path, terminals: list[OnTerminal]) -> None:
    name = template(workshop, '  provisioner "breakpoint" { note = "look here" }', local("echo after"))
    terminal = bakehouse_on_terminal("build", "--ui=plain", name, cwd=workshop)
    terminals.append(terminal)
    terminal.read_until("Press Enter to go on. ")
    assert "look here" in terminal.shown
    assert "bakehouse attach " in terminal.shown
    terminal.type("\n")
    assert terminal.wait() == 0
    assert "bb.null.a: after" in terminal.shown


@pytest.mark.parametrize("flag", ["-debug", "--break=before:*"])
def test_enter_goes_on_from_step_to_step(workshop: Path, terminals: list[OnTerminal], flag: str) -> None:
    name = template(workshop, local("echo first"), local("echo second"))
    terminal = bakehouse_on_terminal("build", "--ui=plain", flag, name, cwd=workshop)
    terminals.append(terminal)
    for number, word in enumerate(("first", "second"), 1):
        terminal.read_until(f"paused before {number} echo {word}, machine kept until")
        terminal.read_until("Press Enter to go on. ")
        assert f"bb.null.a: {word}" not in terminal.shown
        terminal.type("\n")
    assert terminal.wait() == 0
    assert "bb.null.a: second" in terminal.shown


def test_debug_changes_nothing_where_nobody_can_answer(workshop: Path) -> None:
    done = build("-debug", "--json", template(workshop, local("echo one"), names="xy"))
    assert done.returncode == 0
    assert "-debug stops no build here: nobody is there to answer." in done.stderr and "--hold=15m" in done.stderr
    facts = [json.loads(line) for line in done.stdout.splitlines()]
    assert not [fact for fact in facts if str(fact.get("kind", "")).startswith("Breakpoint")]


def test_a_breakpoint_that_nobody_can_answer_is_passed(workshop: Path) -> None:
    done = build(template(workshop, '  provisioner "breakpoint" { note = "look here" }', local("echo after")))
    assert done.returncode == 0
    assert "    bb.null.a: after\n" in done.stdout


def test_the_second_interrupt_cuts_the_removal_short(workshop: Path, terminals: list[OnTerminal]) -> None:
    stubborn = local("trap '' TERM INT", "echo started", "while :; do sleep 1; done")
    terminal = bakehouse_on_terminal("build", "--ui=plain", template(workshop, stubborn), cwd=workshop)
    terminals.append(terminal)
    terminal.read_until("bb.null.a: started")
    terminal.interrupt()
    terminal.read_until("Cancelling build after receiving interrupt")
    terminal.interrupt()
    terminal.read_until("Cutting short what is being removed now")
    assert terminal.wait() == 1
    (run,) = RunDirectory.list()
    assert run.status == "finished"


def test_the_engine_refuses_before_the_screen_is_taken(workshop: Path, terminals: list[OnTerminal]) -> None:
    (workshop / "bad.pkr.hcl").write_text('source "nul" "a" {}\nbuild { sources = ["nul.a"] }\n')
    terminal = bakehouse_on_terminal("build", "--ui=tui", "bad.pkr.hcl", cwd=workshop)
    terminals.append(terminal)
    assert terminal.wait() == 1
    assert terminal.shown.startswith('Error: Unknown builder "nul"\n  bad.pkr.hcl:1,8\n')
    assert "\x1b[?1049h" not in terminal.shown


def test_two_runs_of_one_template_at_the_same_time(workshop: Path) -> None:
    name = template(workshop, local("touch here.$PPID", "while [ $(ls here.* | wc -l) -lt 2 ]; do sleep 0.01; done"))
    both = [subprocess.Popen(command(name), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait(timeout=30) for process in both] == [0, 0]
    assert len({run.run for run in RunDirectory.list()}) == 2


def test_a_socket_path_that_someone_else_made(
    workshop: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(address, "ROOT", Path("."))
    Path("elsewhere").mkdir()
    address.folder(Path(".")).symlink_to("elsewhere")
    assert dispatch(["build", "--ui=plain", template(workshop, local("touch ran"))]) == 1
    shown = capfd.readouterr()
    golden = (Path(__file__).parent / "golden" / "socket-of-another.txt").read_text()
    assert shown.out + shown.err == golden.replace("UID", str(os.getuid()))
    assert not Path("ran").exists()
    assert RunDirectory.list() == [], "a run that never began is no lost run"
