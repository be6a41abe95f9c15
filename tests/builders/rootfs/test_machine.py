"""Inside a machine, in every tier: what commands see, and what they must not reach."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bakehouse.sdk import Command, StepError
from support.rootfs import Build, build, leftovers, processes
from support.terminal import TypingTerminal


@pytest.fixture
async def made(tier: str, directory: Path) -> AsyncIterator[Build]:
    build = Build(directory, {}, name=f"bakehouse-tests-{tier}-{os.getpid()}")
    try:
        yield await build.start()
    finally:
        await build.undo()
    assert leftovers(build.name) == []


async def test_root_sees_its_own_root(made: Build) -> None:
    assert await made.said("id -u; pwd; ls /work 2>/dev/null; ls -d /root") == "0\n/\n/root\n"
    assert await made.said("head -c 3 /dev/zero | wc -c; echo x > /dev/null; umask") == "3\n0022\n"


async def test_the_environment_is_the_commands_own(made: Build) -> None:
    text = await made.said("env", environment={"GIVEN": "1"})
    names = {line.partition("=")[0] for line in text.splitlines()}
    assert names <= {"PATH", "HOME", "GIVEN", "PWD", "SHLVL", "OLDPWD", "_"}
    assert "GIVEN" in names and "HOME=/root" in text


async def test_names_are_found_and_not_kept(made: Build) -> None:
    host = Path("/etc/hosts").read_bytes()
    assert "127.0.1.1" in await made.said("cat /etc/hosts; echo 1.2.3.4 elsewhere >> /etc/hosts")
    assert Path("/etc/hosts").read_bytes() == host


async def test_a_machine_without_proc_says_so(made: Build, tier: str) -> None:
    status, _ = await made.run("test -e /proc/self")
    said = [text for text in made.context.said if text.startswith("There is no /proc in this machine")]
    assert (status, len(said)) == ((1, 1) if tier == "chroot" else (0, 0))


async def test_pid_1_gives_nothing_away(made: Build, tier: str) -> None:
    if tier == "chroot":
        return
    secret = "PWD_OF_THE_ENGINE"
    os.environ[secret] = "1"
    try:
        _, text = await made.run(
            "cat /proc/1/environ; ls /proc/1/fd; readlink /proc/1/exe; cat /proc/1/mem | head -c 1"
        )
    finally:
        del os.environ[secret]
    assert secret not in text
    assert text.count("Permission denied") + text.count("can't") + text.count("Input/output") >= 2


async def test_the_kernel_is_out_of_reach(made: Build, tier: str) -> None:
    if tier == "chroot":
        return
    status, _ = await made.run("cat /proc/sys/kernel/panic > /tmp/p; cat /tmp/p > /proc/sys/kernel/panic")
    assert status != 0
    status, _ = await made.run("mount -t tmpfs none /mnt 2>/dev/null || { mkdir /m && mount -t tmpfs none /m; }")
    assert (status == 0) == (tier == "single")  # mounts of its own hurt nobody in a user namespace
    if tier == "root":
        assert "00000000a80425fb" in await made.said("grep CapEff /proc/self/status")
    status, _ = await made.run("kill -9 1; sleep 0.05; kill -0 1")
    assert status == 0


async def test_changes_of_owner_succeed(made: Build, tier: str) -> None:
    text = await made.said("touch /f && chown 33:33 /f && chgrp 5 /f && stat -c %u /f && mkfifo /p && [ -p /p ]")
    assert text == ("0\n" if tier == "single" else "33\n")
    status, _ = await made.run("mknod /dev/made b 7 99")
    assert status == 0


async def test_another_user(made: Build, tier: str) -> None:
    if tier == "single":
        with pytest.raises(StepError, match='user "www-data" cannot be had: tier single has no other user than root'):
            await made.said("id -u", user="www-data")
    else:
        assert await made.said("id -u; id -g; echo $HOME", user="www-data") == "33\n33\n/var/www\n"
        assert await made.said("id -u; id -g", user="1234:56") == "1234\n56\n"
    with pytest.raises(StepError, match='there is no user "nobody-here" in the machine'):
        await made.said("true", user="nobody-here")
    assert await made.said("id -u", user="0") == "0\n"


@pytest.mark.needs("root")
async def test_run_as_is_the_user_of_files_too(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAKEHOUSE_ROOTFS_TIER", "chroot")
    made = Build(directory, {"run_as": "www-data"})
    try:
        await made.start()
        assert made.machine.communicator is not None
        await made.machine.communicator.upload(b"x", "/tmp/up", mode=0o600)
        (directory / "tree").mkdir()
        (directory / "tree/file").write_text("y")
        await made.machine.communicator.upload_directory(directory / "tree", "/tmp/tree")
        assert await made.said("id -un; cat /tmp/up; stat -c %U /tmp/up /tmp/tree/file") == (
            "www-data\nxwww-data\nwww-data\n"
        )
        assert made.machine.facts["User"] == "www-data"
        terminal = TypingTerminal()
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            group.create_task(made.machine.communicator.interactive(terminal))
            terminal.type(b"id -un; echo $0 $SHELL; exit\n")
            await terminal.wait_for(b"www-data\r\n-sh /bin/sh")  # its own shell is /bin/false
    finally:
        await made.undo()


async def test_links_in_the_machine_lead_nowhere_else(made: Build, directory: Path) -> None:
    assert made.machine.communicator is not None
    outside = directory / "outside"
    outside.mkdir()
    (outside / "file").write_text("host")
    await made.said(
        f"mkdir -p {outside}; ln -s {outside} /trap; ln -s {outside}/file /lure; echo inside > {outside}/file"
    )
    await made.machine.communicator.upload(b"written", "/trap/new")
    await made.machine.communicator.download("/lure", directory / "got")
    assert (directory / "got").read_text() == "inside\n"
    assert sorted(path.name for path in outside.iterdir()) == ["file"]
    assert (outside / "file").read_text() == "host"


async def test_downloaded_links_are_not_followed_on_the_host(made: Build, directory: Path) -> None:
    """A tree whose link points at a directory of the host, with a file below the same name in a second download."""
    assert made.machine.communicator is not None
    outside = directory / "outside"
    outside.mkdir()
    await made.said(f"mkdir -p /t; ln -s {outside} /t/sub")
    await made.machine.communicator.download_directory("/t", directory / "got")
    await made.said("rm /t/sub; mkdir /t/sub; echo x > /t/sub/file")
    with pytest.raises(StepError, match="sub"):
        await made.machine.communicator.download_directory("/t", directory / "got")
    assert list(outside.iterdir()) == []


async def test_a_shell_has_job_control_and_the_terminals_size(made: Build, tier: str) -> None:
    assert made.machine.communicator is not None
    terminal = TypingTerminal(rows=31, columns=97)
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        shell = group.create_task(made.machine.communicator.interactive(terminal))
        terminal.type(b"stty size\n")
        await terminal.wait_for(b"31 97")
        terminal.resize(40, 120)
        terminal.type(b"stty size\n")
        await terminal.wait_for(b"40 120")
        terminal.type(b"sleep 31536091 &\nsleep 31536092\n")
        await terminal.wait_for(b"sleep 31536092")
        while not processes("sleep 31536092"):
            await asyncio.sleep(0.01)
        terminal.type(b"\x1a")
        terminal.type(b"jobs; echo jobs-$((1+1))\n")
        await terminal.wait_for(b"jobs-2")
        terminal.type(b"kill %1 %2; exit 5\n")
        terminal.type(b"exit 5\n")
    assert shell.result() == 5
    assert b"Stopped" in terminal.shown
    assert b"job control turned off" not in terminal.shown
    if tier != "chroot":
        assert await made.said("ls /dev/pts") == "ptmx\n"


async def test_a_killed_agent_is_told_and_cleaned_up(made: Build) -> None:
    holder = next(line for line in (made.builder.directory / "holder").read_text().splitlines())
    os.kill(int(holder.split()[0]), signal.SIGKILL)
    with pytest.raises(StepError, match="The machine is gone"):
        await made.said("sleep 31536093")
        await made.said("true")


async def test_a_machine_that_cannot_start_says_why(tier: str, directory: Path) -> None:
    made = Build(directory, {})
    try:
        original = made.builder.start
        await made.builder.prepare(made.machine)
        made.builder.base.tree.joinpath("dev").rename(directory / "dev")
        made.builder.base.tree.joinpath("dev").touch()
        try:
            with pytest.raises(StepError, match=r"could not be started: /dev: "):
                await original(made.machine)
        finally:
            made.builder.base.tree.joinpath("dev").unlink()
            (directory / "dev").rename(made.builder.base.tree / "dev")
    finally:
        await made.undo()
    assert leftovers(made.name) == []


async def test_machines_lie_where_they_are_told_to(tier: str, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The characters are those that separate the options of an overlay."""
    place = directory / "a place, with: odd\\names=x"
    monkeypatch.setenv("BAKEHOUSE_MACHINES", str(place))
    made = Build(directory, {})
    try:
        await made.start()
        assert [path.name for path in place.iterdir()] == [made.name]
        assert await made.said("echo x > /x; cat /x") == "x\n"
        await made.finish()
    finally:
        await made.undo()
    assert list(place.iterdir()) == []


@pytest.mark.needs("user-namespaces")
async def test_apt_is_told_that_there_is_one_user(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAKEHOUSE_ROOTFS_TIER", "single")
    first = await build(directory, "mkdir -p /etc/apt/apt.conf.d")
    second = Build(directory, {"base": str(first.output), "output": str(directory / "second.tar")})
    try:
        await second.start()
        assert 'Sandbox::User "root"' in await second.said("cat /etc/apt/apt.conf.d/*")
        await second.said("echo mine > /etc/apt/apt.conf.d/10mine")
        await second.finish()
    finally:
        await second.undo()
    third = Build(directory, {"base": str(directory / "second.tar"), "output": str(directory / "third.tar")})
    try:
        await third.builder.prepare(third.machine)
        assert [path.name for path in (third.builder.base.tree / "etc/apt/apt.conf.d").iterdir()] == ["10mine"]
    finally:
        await third.undo()


async def test_commands_yield_to_the_dashboard(tier: str, directory: Path) -> None:
    made = Build(directory, {})
    made.context.build = dataclasses.replace(made.context.build, nice=7)
    try:
        await made.start()
        assert made.machine.communicator is not None
        printed = asyncio.Event()
        running = asyncio.get_running_loop().create_task(
            made.machine.communicator.run(Command("echo; exec sleep 31536094"), lambda stream, data: printed.set())
        )
        await printed.wait()
        while not (found := processes("sleep 31536094")) or "sh -c" in found[0]:
            await asyncio.sleep(0.01)
        pid = int(found[0].split()[0])
        assert os.getpriority(os.PRIO_PROCESS, pid) == 7
        if tier != "single":  # without privilege the kernel takes ten of these writes a second, of all users together
            assert Path(f"/proc/{pid}/autogroup").read_text().endswith("nice 7\n")
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    finally:
        await made.undo()
