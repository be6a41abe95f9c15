"""The contract of checkpoints: one body, run for every builder that takes them, against the real thing."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bakehouse import registry
from bakehouse.sdk import Checkpoint, Command, FileDifference, Resource, StepError, Stream
from bakehouse_builders.rootfs import tiers
from support import drive
from support.kinds import KINDS, Kind, Trial, make_trial

ROOTFS = next(kind for kind in KINDS if kind.type == "rootfs")
DOCKER = next(kind for kind in KINDS if kind.type == "docker")
AS_ROOT = pytest.mark.needs("root")
CASES = [
    pytest.param((DOCKER, ""), id="docker", marks=pytest.mark.needs("docker")),
    pytest.param((ROOTFS, "root"), id="rootfs-root", marks=AS_ROOT),
    pytest.param((ROOTFS, "copy"), id="rootfs-root-copy", marks=AS_ROOT),
    pytest.param((ROOTFS, "single"), id="rootfs-single"),
]

BEGIN = """
mkdir -p /data/deep/er /data/gone /data/swap /data/empty
echo one >/data/one; echo two >/data/two; echo three >/data/three; echo told >/told
echo inner >/data/deep/er/inner; echo gone >/data/gone/file; echo swap >/data/swap/file
echo linked >/data/hard; ln /data/hard /data/hard2; ln -s one /data/link; mkfifo /data/fifo
chmod 640 /data/one; chmod 1777 /data/empty; chown 1000:1000 /data/two
touch -d '2001-02-03 04:05:06' /data/three /data/hard
"""
DIRT = """
echo added >/data/added; echo changed >>/data/one; rm /data/two /data/link /data/fifo
rm -r /data/gone /data/swap; echo now a file >/data/swap; mkdir /data/link; echo in it >/data/link/file
chmod 600 /data/three; chmod 700 /data/empty; echo more >>/data/hard; rm /data/hard2; ln -s two /data/hard2
echo other >/data/deep/er/inner; rm /etc/group; mkdir /data/gone; echo new >/data/gone/new
"""
LISTING = (
    "cat /etc/group; find /data | sort | while read -r p; do stat -c '%n %f %u %g %h %Y' \"$p\"; "
    'if [ -L "$p" ]; then readlink "$p"; elif [ -f "$p" ]; then md5sum <"$p"; fi; done'
)
DAEMON = "(i=0; while :; do i=$((i+1)); echo $i >/ticks.new; mv /ticks.new /ticks; sleep 0.01; done) >/dev/null 2>&1 &"


async def said(trial: Trial, line: str) -> str:
    """What a command that must succeed prints."""
    printed: list[bytes] = []

    def listen(stream: Stream, data: bytes) -> None:
        printed.append(data)

    assert trial.machine.communicator is not None
    status = await trial.machine.communicator.run(Command(line), listen)
    assert status == 0, b"".join(printed).decode()
    return b"".join(printed).decode()


async def taken(trial: Trial, number: int = 1) -> Checkpoint:
    """A checkpoint, claimed as the engine does it."""
    name = f"{trial.machine.name}-checkpoint-{number}"
    await trial.machine.claim("checkpoint", name)
    made: Checkpoint = await trial.builder.checkpoint(trial.machine, name)
    return made


async def restored(trial: Trial, checkpoint: Checkpoint | None) -> None:
    """Roll back, as the engine does it."""
    if trial.machine.communicator is not None:
        await trial.machine.communicator.close()
        trial.machine.communicator = None
    await trial.builder.restore(trial.machine, checkpoint)
    assert trial.machine.communicator is not None


def specification(trial: Trial, image: str, directory: Path) -> str:
    directory.mkdir()
    fields = {
        "type": trial.kind.type,
        "options": trial.kind.options(directory, image),
        "directory": str(directory),
        "word": f"{trial.word}x",
        "ledger": str(directory / "ledger.jsonl"),
    }
    return json.dumps(fields)


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Kind:
    kind, tier = request.param
    if tier == "copy":
        monkeypatch.setattr(tiers, "choose", lambda: tiers.Tier("root", "copy"))
    elif tier:
        monkeypatch.setenv(tiers.FORCE, tier)
    chosen: Kind = kind
    return chosen


@pytest.fixture
def image(request: pytest.FixtureRequest, case: Kind) -> str:
    return str(request.getfixturevalue("docker_image")) if "docker" in case.needs else ""


@pytest_asyncio.fixture
async def trial(case: Kind, image: str, tmp_path: Path) -> AsyncIterator[Trial]:
    trial = make_trial(case, tmp_path, image)
    try:
        await trial.run(until="PROVISION")
        assert trial.builder.no_checkpoints() == ""
        yield trial
    finally:
        await trial.undo()
    assert trial.left() == []


async def test_nothing_in_the_machine_notices(trial: Trial) -> None:
    pid = (await said(trial, f"{DAEMON} echo $!")).strip()
    stopped = (await said(trial, "sleep 31536091 >/dev/null 2>&1 & kill -STOP $!; echo $!")).strip()
    while not os.path.isabs(await said(trial, "[ -s /ticks ] && echo /there || echo no")):
        continue
    checkpoint = await taken(trial)
    assert checkpoint.live
    assert any(word.startswith(f"process {pid} ") for word in checkpoint.lost)
    assert any(word.startswith(f"process {stopped} ") for word in checkpoint.lost)
    before = int(await said(trial, "cat /ticks"))
    assert (
        await said(trial, f"kill -0 {pid}; read -r line </proc/{stopped}/stat; echo ${{line#*) }} | cut -c 1") == "T\n"
    )
    while int(await said(trial, "cat /ticks")) <= before:
        continue
    assert trial.machine.facts["ID"]


async def test_a_machine_at_rest_may_start_another(trial: Trial) -> None:
    checkpoint = await taken(trial)
    assert not checkpoint.live
    assert not any(word.startswith(("process", "tmpfs", "mount")) for word in checkpoint.lost)
    assert await trial.builder.has_checkpoint(checkpoint.ref)


async def test_a_roll_back_brings_back_what_was_promised(trial: Trial) -> None:
    await said(trial, BEGIN)
    await said(trial, "setsid sleep 31536092 >/dev/null 2>&1 & echo x >/dev/shm/kept")
    before = await said(trial, LISTING)
    checkpoint = await taken(trial)
    assert "tmpfs /dev/shm" in checkpoint.lost
    for _ in range(2):
        await said(trial, DIRT)
        await said(trial, "setsid sleep 31536093 >/dev/null 2>&1 &")
        assert await said(trial, LISTING) != before
        await restored(trial, checkpoint)
        assert await said(trial, LISTING) == before
        assert (
            await said(trial, "ls -A /dev/shm; cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -c 315360 || :") == "1\n"
        )
        linked = await said(trial, "echo x >>/data/hard; cat /data/hard2")
        if trial.kind is not DOCKER:  # whose overlays take the names of one file apart when it is written
            assert linked == "linked\nx\n"
        await said(trial, "echo linked >/data/hard; ln -f /data/hard /data/hard2; touch -r /data/three /data/hard")
        await restored(trial, checkpoint)
    assert trial.machine.facts["ID"]


async def test_the_beginning_can_be_had_again(trial: Trial) -> None:
    root = await said(trial, "find / -xdev | grep -v '^/proc\\|^/sys\\|^/dev' | sort")
    await said(trial, BEGIN + "rm -r /home; echo x >>/etc/group")
    await taken(trial)
    await restored(trial, None)
    assert await said(trial, "find / -xdev | grep -v '^/proc\\|^/sys\\|^/dev' | sort") == root
    assert await trial.builder.diff(trial.machine, None) == []


def in_short(differences: list[FileDifference]) -> list[tuple[str, str, str, int, int, int]]:
    return [
        (one.path, one.change, one.kind, one.before, one.size, stat.S_IMODE(one.mode))
        for one in differences
        if one.path.startswith("/data") or one.change != "changed"
    ]


async def test_a_diff_is_exact(trial: Trial, image: str) -> None:
    await said(trial, BEGIN)
    checkpoint = await taken(trial)
    assert await trial.builder.diff(trial.machine, checkpoint) == []
    await said(trial, DIRT)
    group = len(await trial.builder.open(trial.machine, checkpoint, "/etc/group", 1 << 20) or b"")
    found = await trial.builder.diff(trial.machine, checkpoint)
    assert in_short(found) == [
        ("/data/added", "added", "file", 0, 6, 0o644),
        ("/data/deep/er/inner", "changed", "file", 6, 6, 0o644),
        ("/data/empty", "changed", "directory", 0, 0, 0o700),
        ("/data/fifo", "removed", "other", 0, 0, 0o644),
        ("/data/gone/file", "removed", "file", 5, 0, 0o644),
        ("/data/gone/new", "added", "file", 0, 4, 0o644),
        ("/data/hard", "changed", "file", 7, 12, 0o644),
        ("/data/hard2", "changed", "link", 7, 0, 0o777),
        ("/data/link", "changed", "directory", 0, 0, 0o755),
        ("/data/link/file", "added", "file", 0, 6, 0o644),
        ("/data/one", "changed", "file", 4, 12, 0o640),
        ("/data/swap", "changed", "file", 0, 11, 0o644),
        ("/data/swap/file", "removed", "file", 5, 0, 0o644),
        ("/data/three", "changed", "file", 6, 6, 0o600),
        ("/data/two", "removed", "file", 4, 0, 0o644),
        ("/etc/group", "removed", "file", group, 0, 0o644),
    ]
    two = next(one for one in found if one.path == "/data/two")
    assert two.owner == ("0:0" if os.environ.get(tiers.FORCE) == "single" else "1000:1000")
    await restored(trial, checkpoint)
    assert await trial.builder.diff(trial.machine, checkpoint) == []
    everything = {one.path: one.change for one in await trial.builder.diff(trial.machine, None)}
    assert everything["/data"] == everything["/data/deep/er/inner"] == "added"
    assert set(everything.values()) == {"added"}


async def test_a_file_is_opened_as_it_was(trial: Trial) -> None:
    await said(trial, BEGIN + "ln -s /data/deep /way; ln -s / /data/deep/er/up")
    checkpoint = await taken(trial)
    await said(trial, DIRT)
    opened = trial.builder.open
    assert await opened(trial.machine, checkpoint, "/data/one", 100) == b"one\n"
    assert await opened(trial.machine, checkpoint, "/data/one", 2) == b"on"
    assert await opened(trial.machine, checkpoint, "/data/gone/file", 100) == b"gone\n"
    assert await opened(trial.machine, checkpoint, "/way/er/up/data/link", 100) == b"one\n"
    assert await opened(trial.machine, checkpoint, "/data/added", 100) is None
    assert await opened(trial.machine, checkpoint, "/data/deep", 100) is None
    assert await opened(trial.machine, None, "/data/one", 100) is None


@pytest.mark.parametrize("case", [CASES[0], CASES[1], CASES[3]], indirect=True)  # it finds overlays by itself
async def test_another_process_restores_it(trial: Trial, image: str, tmp_path: Path) -> None:
    await said(trial, BEGIN)
    checkpoint = await taken(trial)
    arguments = ["restore", specification(trial, image, tmp_path / "other"), checkpoint.ref]
    done = subprocess.run([sys.executable, drive.__file__, *arguments], capture_output=True, text=True, timeout=60)
    assert done.stdout == "told\n\n", done.stderr
    assert await trial.builder.has_checkpoint(checkpoint.ref)


async def test_one_that_is_gone_is_named(trial: Trial) -> None:
    checkpoint = await taken(trial)
    resource = trial.context.claims[-1]
    for _ in range(2):
        await registry.remover(resource.owner)(Resource(resource.owner, resource.kind, resource.name))
    assert not await trial.builder.has_checkpoint(checkpoint.ref)
    with pytest.raises(StepError, match="gone"):
        await restored(trial, checkpoint)
    await restored(trial, None)
    assert await said(trial, "echo on") == "on\n"


async def test_alike_is_alike(trial: Trial, case: Kind, image: str, tmp_path: Path) -> None:
    """The identity is of what the machine was made of, and not of the run."""
    other = make_trial(case, tmp_path / "other", image)
    try:
        await other.run(until="PROVISION")
        assert other.builder.identity(other.machine) == trial.builder.identity(trial.machine)
    finally:
        await other.undo()


@pytest.mark.parametrize("place", ["begins", "saved"])
async def test_what_a_kill_leaves_another_process_removes(trial: Trial, image: str, tmp_path: Path, place: str) -> None:
    name = f"bakehouse-tests-{trial.word}x-001-checkpoint-1"
    others = trial.left()
    text = specification(trial, image, tmp_path / "killed")
    with subprocess.Popen(
        [sys.executable, drive.__file__, "checkpoint", text, name], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        while (line := child.stdout.readline().strip()) != place:
            assert line, "the child ended too soon"
        os.kill(child.pid, signal.SIGKILL)
    ledger = json.loads(text)["ledger"]
    subprocess.run([sys.executable, drive.__file__, "remove", ledger], check=True, timeout=60)
    assert trial.left() == others


@pytest.mark.needs("root")
async def test_a_chroot_says_why_it_takes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(tiers.FORCE, "chroot")
    trial = make_trial(ROOTFS, tmp_path, "")
    try:
        await trial.run(until="PROVISION")
        assert trial.builder.no_checkpoints().startswith("No checkpoints here: tier chroot")
    finally:
        await trial.undo()
