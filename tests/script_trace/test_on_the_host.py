"""Scripts of shell-local are followed without any process beside them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bakehouse.clients.local_shell import LocalShellConfig
from bakehouse.clients.local_shell import run as run_shell
from support.context import RecordingContext, make_context
from support.script_trace import RecordingWatch

SHELLS = ("bash", "dash", "busybox ash")


@dataclass
class Watched(RecordingContext):
    watching: RecordingWatch = field(default_factory=RecordingWatch)

    def watch(self, script: str) -> RecordingWatch:
        return self.watching


def watched(place: Path) -> Watched:
    return Watched(make_context(place).build)


@pytest.mark.parametrize("shell", ["/bin/bash", "/bin/sh -e"])
async def test_commands_are_told(tmp_path: Path, shell: str) -> None:
    context = watched(tmp_path)
    lines = ["set +e", "echo one", "false", "echo $PACKER_BUILD_NAME"]
    await run_shell(LocalShellConfig(inline=lines, inline_shebang=shell), context)
    assert context.text() == "one\nexample\n"
    told = [(told.line, told.text, told.status) for told in context.watching.commands]
    assert told == [(1, "set +e", 0), (2, "echo one", 0), (3, "false", 1), (4, "echo $PACKER_BUILD_NAME", 0)]
    assert context.watching.passed_over == [(3, "false", 1, "ignored")]
    assert not list(context.build.state_directory.glob("trace-*"))


@pytest.mark.parametrize("shell", ["/bin/bash", "/bin/sh -e"])
async def test_it_stops_and_steps(tmp_path: Path, shell: str) -> None:
    context = watched(tmp_path)
    context.watching.lines, context.watching.answers = frozenset({2}), ["next"]
    await run_shell(LocalShellConfig(inline=["echo one", "echo two", "echo three"], inline_shebang=shell), context)
    assert context.text() == "one\ntwo\nthree\n"
    assert context.watching.stood == [(2, "echo two"), (3, "echo three")]


@pytest.mark.parametrize("shell", ["/bin/bash", "/bin/sh -e"])
async def test_the_commands_of_an_inline_script_have_the_numbers_of_its_list(tmp_path: Path, shell: str) -> None:
    context = watched(tmp_path)
    context.watching.lines = frozenset({3})
    lines = ["if true; then\n  echo one\nfi", "cat <<E\ntwo\nE", "# why", "echo three"]
    await run_shell(LocalShellConfig(inline=lines, inline_shebang=shell), context)
    assert context.text() == "one\ntwo\nthree\n"
    numbers = [told.line for told in context.watching.commands]
    assert (numbers[0], numbers[-2:]) == (1, [2, 4])
    assert context.watching.stood == [(4, "echo three")]


ENGINE = """
import asyncio, sys
from pathlib import Path
from functools import partial
from bakehouse.clients import script_trace
from support.script_trace import RecordingWatch

async def main():
    shell, place = sys.argv[1], Path(sys.argv[2])
    watch = RecordingWatch(lines=frozenset({2}), hangs=True)

    async def start(content, removal):
        (place / "script.sh").write_bytes(content)
        process = await asyncio.create_subprocess_exec(*shell.split(), str(place / "script.sh"), start_new_session=True)
        await watch.standing.wait()
        print(process.pid, flush=True)
        return await process.wait()

    content = f"echo one\\necho two\\necho ended >{place}/ended\\n".encode()
    script = script_trace.Script(content, f"{shell} {script_trace.SCRIPT_MARK}")
    await script_trace.follow(watch, script, partial(script_trace.HostTrace, place), start)

asyncio.run(main())
"""


@pytest.mark.parametrize("shell", SHELLS)
def test_the_engine_is_killed_while_the_script_stands(tmp_path: Path, shell: str) -> None:
    command = [sys.executable, "-c", ENGINE, shell, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as engine:
        assert engine.stdout is not None
        assert engine.stdout.readline() == b"one\n"
        engine.stdout.readline()
        assert not (tmp_path / "ended").exists()
        engine.send_signal(signal.SIGKILL)
        engine.wait()
        assert engine.stdout.read() == b"two\n"
    assert (tmp_path / "ended").read_text() == "ended\n"


def test_nothing_is_loaded_before_a_script_is_followed() -> None:
    code = "import sys, bakehouse.provisioners.shell; print([m for m in sys.modules if m.startswith('tree_sitter')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
