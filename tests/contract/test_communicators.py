"""The contract of a communicator: one body, run in the real machine of every builder that makes one."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio

from bakehouse.sdk import Command, Communicator, StepError, Stream
from support.kinds import Kind, Trial, make_trial, parameters
from support.terminal import TypingTerminal

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=parameters(reachable=True))
async def trial(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Trial]:
    kind: Kind = request.param
    image = request.getfixturevalue("docker_image") if "docker" in kind.needs else ""
    trial = make_trial(kind, tmp_path_factory.mktemp(kind.type), image)
    try:
        await trial.run(until="PROVISION")
        yield trial
    finally:
        await trial.undo()
    assert trial.left() == []


@pytest.fixture
def machine(trial: Trial) -> Communicator:
    communicator = trial.machine.communicator
    assert communicator is not None
    return communicator


@dataclass
class Heard:
    """What a command printed."""

    pieces: list[tuple[Stream, bytes]] = field(default_factory=list)

    def __call__(self, stream: Stream, data: bytes) -> None:
        self.pieces.append((stream, data))

    def of(self, stream: Stream) -> bytes:
        return b"".join(data for name, data in self.pieces if name == stream)


async def said(machine: Communicator, line: str) -> str:
    """What a command that must succeed prints on stdout."""
    heard = Heard()
    status = await machine.run(Command(line), heard)
    assert status == 0, heard.of("stderr").decode()
    return heard.of("stdout").decode()


async def processes(machine: Communicator, word: str) -> list[str]:
    """Command lines of living processes in the machine that contain `word`."""
    listing = await said(machine, "for f in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <$f 2>/dev/null && echo; done; true")
    ours = ("/proc/[0-9]", "proot -v -1")  # the question itself, and who traces the command
    return [line for line in listing.splitlines() if word in line and not any(part in line for part in ours)]


@pytest.mark.parametrize(("line", "status"), [("true", 0), ("exit 3", 3), ("kill -9 $$", 137), ("/no/such", 127)])
async def test_exit_status(machine: Communicator, line: str, status: int) -> None:
    assert await machine.run(Command(line), Heard()) == status


async def test_streams_stay_apart(machine: Communicator) -> None:
    heard = Heard()
    await machine.run(Command("echo out; echo err >&2; printf end"), heard)
    assert heard.of("stdout") == b"out\nend"
    assert heard.of("stderr") == b"err\n"


async def test_a_command_without_output_prints_nothing(machine: Communicator) -> None:
    heard = Heard()
    assert await machine.run(Command("true"), heard) == 0
    assert heard.pieces == []


async def test_environment_reaches_the_command_whole(machine: Communicator) -> None:
    heard = Heard()
    value = "two\nlines, a 'quote', \"another\", $HOME, `x`, \\ and ü"
    await machine.run(Command('printf %s "$ODD"', {"ODD": value}), heard)
    assert heard.of("stdout").decode() == value


async def test_environment_is_on_no_command_line_of_the_host(machine: Communicator) -> None:
    secret = "s3cret-value-that-must-not-show"
    seen: list[str] = []

    def look(stream: Stream, data: bytes) -> None:
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                line = entry.read_bytes()
            except OSError:
                continue
            if secret.encode() in line:
                seen.append(line.decode(errors="replace"))

    status = await machine.run(Command('echo started; read -r x; test -n "$S"', {"S": secret}, stdin=b"on\n"), look)
    assert status == 0
    assert seen == []


async def test_nothing_of_ours_is_in_the_environment_of_the_command(machine: Communicator) -> None:
    names = {line.partition("=")[0] for line in (await said(machine, "env")).splitlines()}
    usual = {"PATH", "HOME", "HOSTNAME", "PWD", "OLDPWD", "SHLVL", "_", "TERM", "LANG", "USER", "LOGNAME", "SHELL"}
    assert names <= usual


async def test_much_output_arrives_whole_in_large_pieces(machine: Communicator) -> None:
    heard = Heard()
    assert await machine.run(Command("seq 200000; echo done >&2"), heard) == 0
    assert heard.of("stdout") == b"".join(b"%d\n" % number for number in range(1, 200001))
    assert heard.of("stderr") == b"done\n"
    assert len(heard.pieces) < 5000


async def test_output_is_bytes(machine: Communicator) -> None:
    content = bytes(range(256)) * 400
    heard = Heard()
    assert await machine.run(Command("cat", stdin=content), heard) == 0
    assert heard.of("stdout") == content


async def test_stdin_ends(machine: Communicator) -> None:
    heard = Heard()
    assert await machine.run(Command("wc -c", stdin=b""), heard) == 0
    assert await machine.run(Command("wc -c", stdin=bytes(3_000_000)), heard) == 0
    assert heard.of("stdout").split() == [b"0", b"3000000"]


async def test_without_stdin_nothing_waits_for_it(machine: Communicator) -> None:
    async with asyncio.timeout(20):
        assert await machine.run(Command("cat"), Heard()) == 0


async def test_a_command_that_leaves_its_stdin_unread_ends(machine: Communicator) -> None:
    async with asyncio.timeout(20):
        assert await machine.run(Command("exit 4", stdin=bytes(1_000_000)), Heard()) == 4


async def test_a_daemon_left_behind_does_not_hold_the_command(machine: Communicator) -> None:
    heard = Heard()
    began = time.monotonic()
    assert await machine.run(Command("sleep 31536001 & setsid sleep 31536002 & echo done"), heard) == 0
    assert time.monotonic() - began < 2
    assert heard.of("stdout") == b"done\n"
    assert len(await processes(machine, "sleep 3153600")) == 2
    await machine.run(Command("pkill -f 'sleep 3153600'"), Heard())


async def test_cancelling_ends_the_command_and_what_it_started(machine: Communicator) -> None:
    started = asyncio.Event()
    line = "trap '' TERM INT HUP; sleep 31536011 & setsid sleep 31536012 & (setsid sh -c 'sleep 31536013; :' &) "
    async with asyncio.TaskGroup() as group:
        running = group.create_task(
            machine.run(Command(f"{line}; echo started; sleep 31536014"), lambda stream, data: started.set())
        )
        async with asyncio.timeout(20):
            await started.wait()
        running.cancel()
    assert running.cancelled()
    assert await processes(machine, "sleep 3153601") == []
    assert await said(machine, "echo still here") == "still here\n"


async def test_cancelling_at_once_leaves_no_command(machine: Communicator) -> None:
    for delay in (0, 0.005, 0.02):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(delay):
                await machine.run(Command("sleep 31536021"), Heard())
    assert await processes(machine, "sleep 31536021") == []


async def test_an_error_in_the_listener_ends_the_command(machine: Communicator) -> None:
    def full(stream: Stream, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        await machine.run(Command("echo x; sleep 31536031"), full)
    assert await processes(machine, "sleep 31536031") == []


async def test_commands_run_side_by_side(machine: Communicator) -> None:
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        waiting = group.create_task(said(machine, "until [ -e /tmp/second ]; do sleep 0.02; done; echo first"))
        await said(machine, "touch /tmp/second")
    assert waiting.result() == "first\n"


@pytest.mark.parametrize("mode", [0o644, 0o755, 0o600])
async def test_upload_of_bytes_with_a_mode(machine: Communicator, mode: int) -> None:
    await machine.upload(b"#!/bin/sh\necho ran\n", "/tmp/one.sh", mode=mode)
    assert (await said(machine, "stat -c %a /tmp/one.sh")).strip() == f"{mode:o}"
    assert await said(machine, "cat /tmp/one.sh") == "#!/bin/sh\necho ran\n"


async def test_an_uploaded_script_can_be_run_and_replaced(machine: Communicator) -> None:
    for number in range(2):
        await machine.upload(f"#!/bin/sh\necho {number}\n".encode(), "/tmp/two.sh", mode=0o755)
        assert await said(machine, "/tmp/two.sh") == f"{number}\n"


TELLING = b"#!/bin/sh\nprintf '%s' \"$WORD$1\"; cat; env | grep -c '^BAKEHOUSE'; stat -c %a \"$0\"; exit 126\n"


@pytest.mark.parametrize("extra", [b"", b"#\xff\0\n", b"#" * 200_000], ids=["text", "bytes", "long"])
async def test_a_script_and_the_command_that_runs_it(machine: Communicator, extra: bytes) -> None:
    heard = Heard()
    content = TELLING.replace(b"\n", b"\n" + extra + b"\n", 1)
    path = "/tmp/it's a script"
    command = Command("'/tmp/it'\\''s a script' $WORD", {"WORD": "said"})
    assert await machine.run_script(content, path, command, heard) == 126
    assert heard.of("stdout") == b"saidsaid0\n755\n"
    assert heard.of("stderr") == b""


async def test_a_script_needs_its_directory(machine: Communicator) -> None:
    with pytest.raises(StepError, match="/tmp/missing"):
        await machine.run_script(b"true\n", "/tmp/missing/script", Command("/tmp/missing/script"), Heard())


async def test_files_travel_unchanged(machine: Communicator, tmp_path: Path) -> None:
    content = os.urandom(5_000_011)
    there, back = tmp_path / "there", tmp_path / "new" / "folder" / "back"
    there.write_bytes(content)
    name = "/tmp/a name with 'quotes', $x and ü"
    await machine.upload(there, name, mode=0o640)
    await machine.download(name, back)
    assert back.read_bytes() == content
    assert [path.name for path in back.parent.iterdir()] == ["back"]


async def test_a_download_that_is_cancelled_leaves_nothing(machine: Communicator, tmp_path: Path) -> None:
    await said(machine, "truncate -s 2G /tmp/huge")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.15):
            await machine.download("/tmp/huge", tmp_path / "huge")
    assert list(tmp_path.iterdir()) == []
    assert await said(machine, "rm /tmp/huge; echo on") == "on\n"


async def test_an_empty_file_travels(machine: Communicator, tmp_path: Path) -> None:
    await machine.upload(b"", "/tmp/empty")
    await machine.download("/tmp/empty", tmp_path / "empty")
    assert (tmp_path / "empty").read_bytes() == b""


async def test_download_follows_a_link(machine: Communicator, tmp_path: Path) -> None:
    await said(machine, "mkdir -p /tmp/links && cd /tmp/links && echo text > file && ln -sf file link")
    await machine.download("/tmp/links/link", tmp_path / "got")
    assert (tmp_path / "got").read_text() == "text\n"
    assert not (tmp_path / "got").is_symlink()


async def test_what_is_missing_is_named(machine: Communicator, tmp_path: Path) -> None:
    with pytest.raises(StepError, match="/tmp/missing"):
        await machine.download("/tmp/missing", tmp_path / "x")
    with pytest.raises(StepError, match="/tmp/missing"):
        await machine.download_directory("/tmp/missing", tmp_path / "y")
    with pytest.raises(StepError, match="/tmp/missing"):
        await machine.upload(b"x", "/tmp/missing/file")
    assert list(tmp_path.iterdir()) == []


async def test_a_directory_is_no_file(machine: Communicator, tmp_path: Path) -> None:
    with pytest.raises(StepError, match="/tmp"):
        await machine.download("/tmp", tmp_path / "x")


async def test_directories_travel_with_modes_and_links(machine: Communicator, tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "deep" / "er").mkdir(parents=True)
    (source / "empty").mkdir()
    (source / "deep" / "er" / "program").write_bytes(b"#!/bin/sh\n")
    (source / "deep" / "er" / "program").chmod(0o750)
    (source / ".hidden").write_bytes(os.urandom(1000))
    (source / "link").symlink_to("deep/er/program")
    (source / "dangling").symlink_to("/no/where")
    await machine.upload_directory(source, "/tmp/made/for/it")
    assert (await said(machine, "stat -c %a /tmp/made/for/it/deep/er/program")).strip() == "750"
    assert (await said(machine, "readlink /tmp/made/for/it/dangling")).strip() == "/no/where"
    back = tmp_path / "back" / "again"
    await machine.download_directory("/tmp/made/for/it", back)
    assert sorted(str(path.relative_to(back)) for path in back.rglob("*")) == sorted(
        str(path.relative_to(source)) for path in source.rglob("*")
    )
    assert (back / "deep/er/program").stat().st_mode & 0o777 == 0o750
    assert os.readlink(back / "link") == "deep/er/program"
    assert os.readlink(back / "dangling") == "/no/where"
    assert (back / ".hidden").read_bytes() == (source / ".hidden").read_bytes()


async def test_a_directory_is_merged_into_one_that_exists(machine: Communicator, tmp_path: Path) -> None:
    await said(machine, "mkdir -p /tmp/merge && echo old > /tmp/merge/old && echo old > /tmp/merge/both")
    (tmp_path / "both").write_text("new\n")
    await machine.upload_directory(tmp_path, "/tmp/merge/")
    assert await said(machine, "cat /tmp/merge/old /tmp/merge/both") == "old\nnew\n"


async def test_a_terminal_with_its_size_and_status(machine: Communicator) -> None:
    terminal = TypingTerminal(rows=31, columns=97)
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        shell = group.create_task(machine.interactive(terminal))
        terminal.type(b"test -t 0 && test -t 1 && echo yes-a-$((20 + 22))-terminal\n")
        await terminal.wait_for(b"yes-a-42-terminal")
        terminal.type(b"until [ \"$(stty size)\" = '31 97' ]; do sleep 0.02; done; echo size-$((1 + 1))\n")
        await terminal.wait_for(b"size-2")
        terminal.resize(50, 120)
        terminal.type(b"until [ \"$(stty size)\" = '50 120' ]; do sleep 0.02; done; echo size-$((2 + 2))\n")
        await terminal.wait_for(b"size-4")
        terminal.type(b"exit 7\n")
    assert shell.result() == 7


async def test_a_terminal_passes_ctrl_c_on(machine: Communicator) -> None:
    terminal = TypingTerminal()
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        shell = group.create_task(machine.interactive(terminal))
        terminal.type(b"echo sleeping-$((1 + 1)); sleep 31536041\n")
        await terminal.wait_for(b"sleeping-2")
        while not await processes(machine, "sleep 31536041"):
            await asyncio.sleep(0.02)
        terminal.type(b"\x03")
        terminal.type(b"echo back-$((1 + 2)); exit 0\n")
        await terminal.wait_for(b"back-3")
    assert shell.result() == 0
    assert await processes(machine, "sleep 31536041") == []


async def test_cancelling_a_terminal_ends_its_shell(machine: Communicator) -> None:
    terminal = TypingTerminal()
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        shell = group.create_task(machine.interactive(terminal))
        terminal.type(b"echo on-$((1 + 1)); sleep 31536051\n")
        await terminal.wait_for(b"on-2")
        shell.cancel()
    assert await processes(machine, "sleep 31536051") == []


async def test_a_person_who_goes_away_ends_the_shell(machine: Communicator) -> None:
    terminal = TypingTerminal()
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        group.create_task(machine.interactive(terminal))
        terminal.type(b"echo on-$((1 + 1)); sleep 31536061\n")
        await terminal.wait_for(b"on-2")
        terminal.type(b"")
    assert await processes(machine, "sleep 31536061") == []


async def test_closing_twice_is_allowed(trial: Trial, machine: Communicator) -> None:
    await machine.close()
    await machine.close()
    assert await said(machine, "echo reachable") == "reachable\n"
