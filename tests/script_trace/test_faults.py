"""What goes wrong around a traced script is nothing to it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from support.script_cases import SH
from support.script_trace import RecordingWatch, ThisHost, run

SHELLS = ("bash", *SH)
LOOP = "set -e\ni=0\nwhile [ $i -lt 3 ]; do\n  i=$((i+1))\n  echo $i\ndone\necho end\n"
LOOPED = b"1\n2\n3\nend\n"


@pytest.fixture
def place() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="bakehouse-tests-"))
    yield directory
    shutil.rmtree(directory)


@pytest.mark.parametrize("shell", SHELLS)
async def test_its_trace_is_taken_away_by_the_script(place: Path, shell: str) -> None:
    watch = RecordingWatch()
    script = "set -e\necho one\nrm -rf bakehouse-trace-*\n" + LOOP
    result = await run(ThisHost(), script, str(place), watch, f"{shell} {{path}}")
    assert (result.status, result.stdout, result.stderr) == (0, b"one\n" + LOOPED, b"")
    assert [path.name for path in place.iterdir()] == ["script.sh"]


@pytest.mark.parametrize("shell", SHELLS)
async def test_a_place_that_cannot_be_written_leaves_it_untraced(place: Path, shell: str) -> None:
    watch = RecordingWatch()

    class Elsewhere(ThisHost):
        async def upload(self, content: bytes | Path, destination: str, *, mode: int = 0o644) -> None:
            await super().upload(content, str(place / "script.sh"), mode=mode)

    result = await run(Elsewhere(), LOOP, "/proc", watch, f"{shell} {place}/script.sh # {{path}}")
    assert (result.status, result.stdout, result.stderr) == (0, LOOPED, b"")
    assert watch.reasons == ["its records have no place there"]


@pytest.mark.needs("root")
@pytest.mark.parametrize("shell", SHELLS)
async def test_a_full_disk(place: Path, shell: str) -> None:
    small = place / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)], check=True)
    try:
        script = f"set -e\necho one\ncat /dev/zero >{small}/fill 2>/dev/null || true\n{LOOP}rm {small}/fill\n"
        watch = RecordingWatch()
        result = await run(ThisHost(), script, str(small), watch, f"{shell} {{path}}")
        assert (result.status, result.stdout, result.stderr) == (0, b"one\n" + LOOPED, b"")
        assert watch.is_traced
        assert [path.name for path in small.iterdir()] == ["script.sh"]
    finally:
        subprocess.run(["umount", str(small)], check=True)


@pytest.mark.needs("root")
async def test_no_dev_null_is_made_where_there_is_none(place: Path) -> None:
    root = place / "root"
    listed = subprocess.run(["ldd", "/bin/bash"], capture_output=True, text=True, check=True).stdout.split()
    for path in ["/bin/bash", *(word for word in listed if word.startswith("/"))]:
        target = root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    (root / "tmp").mkdir()
    (root / "dev").mkdir()

    class Chroot(ThisHost):
        async def upload(self, content: bytes | Path, destination: str, *, mode: int = 0o644) -> None:
            await super().upload(content, f"{root}{destination}", mode=mode)

    # as an execute_command that enters it without saying so: the trace is set up on the host
    (place / "enter").write_text(f'#!/bin/sh\nexec /usr/sbin/chroot {root} /bin/bash "$@"\n')
    (place / "enter").chmod(0o755)
    watch = RecordingWatch()
    result = await run(Chroot(), "#!/bin/bash\necho one\nfalse\necho $?\n", "/tmp", watch, f"{place}/enter {{path}}")
    assert (result.status, result.stdout, result.stderr) == (0, b"one\n1\n", b"")
    assert not list((root / "dev").iterdir())
    assert watch.reasons == ["nothing was heard of its commands"]


def processes(*words: str) -> list[int]:
    """Those whose command line holds all the words."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with suppress(OSError):
                command = (entry / "cmdline").read_text(errors="replace")
                if all(word in command for word in words):
                    found.append(int(entry.name))
    return found


@pytest.mark.parametrize("shell", SHELLS)
async def test_its_reader_is_killed(place: Path, shell: str) -> None:
    watch = RecordingWatch()
    script = f"echo one\nwhile [ ! -e {place}/go ]; do sleep 0.05; done\n{LOOP}"
    running = asyncio.ensure_future(run(ThisHost(), script, str(place), watch, f"{shell} {{path}}"))  # noqa: TID251
    while not watch.commands:
        await asyncio.sleep(0.02)
    for pid in processes("bakehouse-trace-", "mkfifo", str(place)):
        os.kill(pid, signal.SIGKILL)
    (place / "go").touch()
    result = await running
    assert (result.status, result.stdout, result.stderr) == (0, b"one\n" + LOOPED, b"")
    assert sorted(path.name for path in place.iterdir()) == ["go", "script.sh"]


@pytest.mark.parametrize("shell", SHELLS)
async def test_cancelling_takes_the_trace_away(place: Path, shell: str) -> None:
    watch = RecordingWatch()
    running = asyncio.ensure_future(  # noqa: TID251
        run(ThisHost(), "echo one\nsleep 60\n", str(place), watch, f"{shell} {{path}}")
    )
    while len(watch.commands) < 2:
        await asyncio.sleep(0.02)
    assert [name for name in os.listdir(place) if name.startswith("bakehouse-trace-")]
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert os.listdir(place) == ["script.sh"]


@pytest.mark.parametrize("shell", SHELLS)
async def test_ten_thousand_commands_cost_less_than_a_second_and_a_half(place: Path, shell: str) -> None:
    script = "i=0\nwhile [ $i -lt 3333 ]; do\n  i=$((i+1))\n  :\ndone\n"
    began = time.monotonic()
    await run(ThisHost(), script, str(place), None, f"{shell} {{path}}")
    plain = time.monotonic() - began
    watch = RecordingWatch()
    began = time.monotonic()
    await run(ThisHost(), script, str(place), watch, f"{shell} {{path}}")
    assert time.monotonic() - began - plain < 1.5
    assert len(watch.commands) > 6000


async def test_another_language_is_left_alone(place: Path) -> None:
    watch = RecordingWatch()
    result = await run(ThisHost(), "#!/usr/bin/python3\nprint('one')\n", str(place), watch)
    assert result.stdout == b"one\n"
    assert watch.reasons == ["python3 runs it, and only bash and sh can be followed"]
