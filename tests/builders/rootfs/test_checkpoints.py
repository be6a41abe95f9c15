"""What checkpoints of embedded machines keep, and what they leave in an image: nothing."""

from __future__ import annotations

import asyncio
import json
import resource
from pathlib import Path

import pytest

from bakehouse.sdk import Checkpoint, StepError
from bakehouse_builders.rootfs import Rootfs, checkpoints, tiers
from support.ordinary import nobody
from support.rootfs import Build

SCRIPT = "mkdir -p /srv/a && echo one >/srv/a/one && ln /srv/a/one /srv/a/two && rm /etc/profile && rm -r /home"


@pytest.fixture(params=[("root", "overlay"), ("root", "copy"), ("single", "overlay")], ids="-".join)
def tier(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tiers.Tier:
    name, storage = request.param
    made = tiers.Tier(name, storage)
    monkeypatch.setattr(tiers, "choose", lambda: made)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    return made


async def taken(build: Build, number: int = 1) -> Checkpoint:
    name = f"{build.machine.name}-checkpoint-{number}"
    await build.machine.claim("checkpoint", name)
    return await build.builder.checkpoint(build.machine, name)


async def restored(build: Build, checkpoint: Checkpoint | None) -> None:
    build.machine.communicator = None
    await build.builder.restore(build.machine, checkpoint)


@pytest.mark.needs("root", "user-namespaces")
async def test_an_image_after_a_roll_back_is_the_same_to_the_bit(directory: Path, tier: tiers.Tier) -> None:
    digests = []
    for rolled_back in (False, True):
        made = Build(directory, {"output": str(directory / f"{rolled_back}.tar")})
        try:
            await made.start()
            await made.said(SCRIPT)
            if rolled_back:
                await made.said("echo mine >>/etc/hosts")
                checkpoint = await taken(made)
                await made.said("echo dirt >/srv/a/one; rm -r /srv; echo dirt >/etc/hosts; echo y >/dirt")
                await restored(made, checkpoint)
                assert (await made.said("cat /etc/hosts")).endswith("mine\n")
                await restored(made, checkpoint)
            await made.finish()
            artifact = await made.builder.artifact(made.machine)
            digests.append(artifact.id)
        finally:
            await made.undo()
    assert digests[0] == digests[1]


async def test_names_of_hosts_follow_the_machine(directory: Path) -> None:
    one = Build(directory, {}, "bakehouse-tests-hosts-001")
    two = Build(directory, {"output": str(directory / "two.tar")}, "bakehouse-tests-hosts-002")
    try:
        await one.start()
        await one.said("echo 10.0.0.1 repo >>/etc/hosts")
        checkpoint = await taken(one)
        await two.start()
        await restored(two, checkpoint)
        hosts = await two.said("cat /etc/hosts; hostname; cat /etc/hostname")
        assert "10.0.0.1 repo\n" in hosts
        assert hosts.count("bakehouse-tests-hosts-002") == 3
        assert "bakehouse-tests-hosts-001" not in hosts
    finally:
        await two.undo()
        await one.undo()


async def test_one_of_an_earlier_boot_counts_only_if_it_is_whole(directory: Path) -> None:
    made = Build(directory, {})
    try:
        await made.start()
        await made.said("echo 12345 >/one; echo 12345 >/two; ln /one /three")
        checkpoint = await taken(made)
        note = Path(checkpoint.ref, "checkpoint.json")
        note.write_text(json.dumps({**json.loads(note.read_text()), "boot": "another"}))
        assert await Rootfs.has_checkpoint(checkpoint.ref)
        Path(checkpoint.ref, "tree", "two").write_bytes(b"")  # as a crash of the host leaves it
        assert not await Rootfs.has_checkpoint(checkpoint.ref)
        note.write_bytes(b"")
        assert not await Rootfs.has_checkpoint(checkpoint.ref)
        with pytest.raises(StepError, match="is gone"):
            await made.builder.restore(made.machine, checkpoint)
        assert await made.said("cat /one") == "12345\n"
    finally:
        await made.undo()


async def test_a_cancelled_checkpoint_lets_the_machine_go_on(directory: Path) -> None:
    made = Build(directory, {})
    try:
        await made.start()
        await made.said("(while :; do echo x >>/ticks; sleep 0.01; done) >/dev/null 2>&1 &")
        await made.said("dd if=/dev/urandom of=/much bs=1M count=64 2>/dev/null")
        began = asyncio.get_running_loop().time()
        await taken(made, 9)
        took = asyncio.get_running_loop().time() - began
        for part in (0.1, 0.25, 0.4):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(took * part):
                    await taken(made)
            before = await made.said("wc -l </ticks")
            while await made.said("wc -l </ticks") == before:
                continue
        assert not await Rootfs.has_checkpoint(str(checkpoints.place(f"{made.machine.name}-checkpoint-1")))
        assert (await taken(made)).live
    finally:
        await made.undo()


async def test_a_full_disk_is_said_and_the_machine_goes_on(directory: Path) -> None:
    made = Build(directory, {})
    try:
        await made.start()
        await made.said("dd if=/dev/urandom of=/much bs=1M count=2 2>/dev/null")
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))  # so that a file of the copy cannot be written
        try:
            with pytest.raises(StepError, match="The machine's files cannot be copied: .*much: File too large"):
                await taken(made)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert await made.said("echo on") == "on\n"
    finally:
        await made.undo()


async def test_a_machine_that_died_can_be_restored(directory: Path) -> None:
    made = Build(directory, {})
    try:
        await made.start()
        await made.said("echo x >/x")
        checkpoint = await taken(made)
        await made.builder.connection.close()
        await restored(made, checkpoint)
        assert await made.said("cat /x") == "x\n"
    finally:
        await made.undo()


async def test_a_restore_without_its_checkpoint_leaves_the_machine_as_it_is(directory: Path) -> None:
    made = Build(directory, {})
    try:
        await made.start()
        await made.said("echo x >/x")
        with pytest.raises(StepError, match="The checkpoint nowhere is gone"):
            await made.builder.restore(made.machine, Checkpoint(str(directory / "nowhere")))
        assert await made.said("cat /x") == "x\n"
    finally:
        await made.undo()


OWNED = """
import asyncio
from pathlib import Path
from support.rootfs import Build

async def main():
    made = Build(Path.cwd(), {})
    try:
        await made.start()
        print(made.builder.tier.name)
        await made.said("mkdir -m 700 /srv && echo hello >/srv/page && chown -R 33:5 /srv && chmod 0 /srv/page")
        await made.machine.claim("checkpoint", "bakehouse-tests-one-001-checkpoint-1")
        saved = await made.builder.checkpoint(made.machine, "bakehouse-tests-one-001-checkpoint-1")
        await made.said("echo more >>/srv/page; chown 0 /srv; rm -r /home")
        for one in await made.builder.diff(made.machine, saved):
            print(one.path, one.change, one.owner, one.before, one.size)
        print(await made.builder.open(made.machine, saved, "/srv/page", 9))
        await made.builder.restore(made.machine, saved)
        print(await made.said("stat -c '%u:%g %a' /srv /srv/page; cat /srv/page; ls -d /home"))
        print(await made.builder.diff(made.machine, saved))
    finally:
        await made.undo()
    print([path.name for path in Path("../cache/bakehouse/checkpoints").iterdir()])

asyncio.run(main())
"""


@pytest.mark.needs("root", "ordinary-user", "user-namespaces", "uidmap")
def test_owners_in_a_range_of_ids_come_back() -> None:
    with nobody(with_ids=True) as person:
        done = person.python("-c", OWNED)
    assert done.stdout.splitlines() == [
        "range",
        "/home removed 0:0 0 0",
        "/srv changed 0:5 0 0",
        "/srv/page changed 33:5 6 11",
        "b'hello\\n'",
        "33:5 700",
        "33:5 0",
        "hello",
        "/home",
        "",
        "[]",
        "[]",
    ], done.stderr
