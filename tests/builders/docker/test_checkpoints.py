"""What checkpoints leave in images and at the daemon, and what they say of a container."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from bakehouse.clients.docker import connect
from bakehouse.sdk import Checkpoint, Command
from bakehouse_builders.docker import checkpoints
from support.docker import docker, exists
from support.faults import bakehouse, sane, watched
from support.kinds import KINDS, Trial, make_trial

pytestmark = pytest.mark.needs("docker")
DOCKER = next(kind for kind in KINDS if kind.type == "docker")
CHANGING = {
    "Id",
    "RepoTags",
    "Parent",
    "Created",
    "Container",
    "Size",
    "VirtualSize",
    "GraphDriver",
    "RootFS",
    "Metadata",
}


def made_with(directory: Path, image: str, **options: Any) -> Trial:
    kind = dataclasses.replace(DOCKER, options=lambda place, name: {"image": image, "pull": False, **options})
    return make_trial(kind, directory, image)


async def run(trial: Trial, line: str) -> None:
    assert trial.machine.communicator is not None
    assert await trial.machine.communicator.run(Command(line), trial.context.output) == 0, trial.context.text()


async def taken(trial: Trial, number: int = 1) -> Checkpoint:
    name = f"{trial.machine.name}-checkpoint-{number}"
    await trial.machine.claim("checkpoint", name)
    made: Checkpoint = await trial.builder.checkpoint(trial.machine, name)
    return made


async def built(directory: Path, image: str, *, rolled_back: bool, **options: Any) -> tuple[str, list[str]]:
    """A whole build: the image's inspection without what is of its time, and the ids of its checkpoints."""
    trial = made_with(directory, image, commit=True, **options)
    try:
        await trial.run(until="PROVISION")
        await run(trial, "echo one >/one")
        ids = []
        for number in (1, 2) if rolled_back else ():
            checkpoint = await taken(trial, number)
            ids.append(docker("image", "inspect", "--format", "{{.Id}}", checkpoint.ref))
            await trial.builder.restore(trial.machine, checkpoint)
        await run(trial, "echo two >/two")
        for step in list(trial.builder.steps())[3:]:
            await step.run(trial.machine)  # type: ignore[union-attr]
        artifact = await trial.builder.artifact(trial.machine)
        assert artifact is not None
        [found] = json.loads(docker("image", "inspect", artifact.id))
        for part in ("Config", "ContainerConfig"):
            assert len(found[part].pop("Hostname")) == 12  # the container's id
        layers = [json.loads(docker("image", "inspect", one))[0]["RootFS"]["Layers"] for one in (image, artifact.id)]
        assert layers[1][:-1] == layers[0]
        found["files"] = docker("run", "--rm", "--entrypoint=/bin/cat", artifact.id, "/one", "/two")
        await trial.undo()
        await artifact.destroy()
        assert not any(exists("image", one) for one in (artifact.id, *ids))
        return {name: value for name, value in found.items() if name not in CHANGING}, ids  # type: ignore[return-value]
    finally:
        await trial.undo()
        assert trial.left() == []


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"run_command": ["-d", "-i", "-t", "-e", "KEY=value", "-p", "8080", "--", "{{.Image}}", "/bin/sh"]},
        {"changes": ['ENTRYPOINT ["/bin/ls"]', 'CMD ["/"]', "ENV A=b", "LABEL c=d"], "message": "m", "author": "a"},
    ],
)
async def test_an_image_after_a_roll_back_is_configured_as_any(
    docker_image: str, tmp_path: Path, options: dict[str, Any]
) -> None:
    plain, _ = await built(tmp_path / "plain", docker_image, rolled_back=False, **options)
    rolled, ids = await built(tmp_path / "rolled", docker_image, rolled_back=True, **options)
    assert len(ids) == 2
    assert rolled == plain
    assert "checkpoint" not in json.dumps(rolled)


async def test_images_without_a_tag_go_with_what_stands_on_them(docker_image: str, tmp_path: Path) -> None:
    trial = made_with(tmp_path, docker_image, discard=True)
    try:
        await trial.run(until="PROVISION")
        first = await taken(trial, 1)
        await trial.builder.restore(trial.machine, first)
        await run(trial, "echo x >/x")
        second = await taken(trial, 2)
        ids = [docker("image", "inspect", "--format", "{{.Id}}", one.ref) for one in (first, second)]
        async with connect() as connection:
            for one in (first, second):  # the oldest first, while a container runs on it
                await checkpoints.remove(connection, one.ref.partition(":")[2])
        assert [exists("image", one) for one in ids] == [True, False]
        await run(trial, "cat /x")
    finally:
        await trial.undo()
    assert not exists("image", ids[0])


async def test_what_an_image_does_not_keep_is_said(docker_image: str, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    words = ["-d", "-i", "-t", "--init", "--tmpfs", "/quick", "-v", "/anon", "--entrypoint=/bin/sh", "--", "{{.Image}}"]
    trial = made_with(
        tmp_path, docker_image, discard=True, run_command=words, volumes={str(tmp_path / "outside"): "/outside"}
    )
    try:
        await trial.run(until="PROVISION")
        idle = await taken(trial, 1)
        assert idle.live  # an anonymous volume may hold anything
        address = trial.machine.facts["Host"]
        own = {f"address {address}", f"container id {trial.machine.facts['ID'][:12]}"}
        assert set(idle.lost) == {"volume /anon", "volume /outside", *own}
        assert {"volume /outside", "what is in /dev/shm and other tmpfs", *own} < set(
            trial.builder.forgets(trial.machine)
        )
        await run(trial, "echo x >/quick/x; echo x >/anon/x; echo x >/outside/x; echo 10.0.0.1 repo >>/etc/hosts")
        await run(trial, "setsid sleep 31536094 >/dev/null 2>&1 & until pidof sleep; do :; done")
        busy = await taken(trial, 2)
        assert {word for word in busy.lost if not word.startswith("process")} == {
            "tmpfs /quick",
            "volume /anon",
            "volume /outside",
            "changes to /etc/hosts",
            *own,
        }
        assert [word.split()[2] for word in busy.lost if word.startswith("process")] == ["sleep"]
        assert await trial.builder.diff(trial.machine, busy) == []
        await trial.builder.restore(trial.machine, busy)
        await run(trial, "ls /quick /anon; ! pidof sleep; ! grep repo /etc/hosts; cat /outside/x")
        assert trial.machine.facts["ID"][:12] not in str(own)
    finally:
        await trial.undo()
    assert trial.left() == []


async def test_the_source_may_lose_its_name_meanwhile(tmp_path: Path, docker_image: str) -> None:
    name = f"bakehouse-tests/moving:{tmp_path.name}"
    docker("tag", docker_image, name)
    trial = made_with(tmp_path, name, discard=True)
    try:
        await trial.run(until="PROVISION")
        await run(trial, "echo x >/x")
        docker("rmi", name)
        await trial.builder.restore(trial.machine, None)
        await run(trial, "! cat /x")
    finally:
        await trial.undo()
        subprocess.run(["docker", "rmi", name], capture_output=True)


def test_a_removed_secret_is_in_no_layer(docker_image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an image whose build starts from an earlier run's checkpoint, nor of one that was rolled back."""
    for name in ("state", "cache"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(f"XDG_{name.upper()}_HOME", str(tmp_path / name))
    monkeypatch.chdir(tmp_path)
    name = f"bakehouse-tests/secret{tmp_path.name[-1]}-{os.getpid()}"
    Path("app.pkr.hcl").write_text(SECRET % (docker_image, name))
    try:
        images = []
        for word in ("first", "other"):
            Path("s3.sh").write_text(f"echo {word} > /word\n")
            with watched("--cache", "--checkpoints=each", "app.pkr.hcl") as run:
                assert run.end() == 0, run.errors()
            images.append(layers_of(name, tmp_path))
            [hits] = [[fact["body"]["hit"] for fact in run.facts if fact["kind"] == "StepCached"]]
            assert hits == ([False] * 3 if word == "first" else [True, True, False])
        plain, cached = images
        assert len(cached) == len(plain) == 2
        names = [sorted(entry.name for entry in layer) for layer in cached]
        assert not [entry for entry in names[1] if "tok" in entry or "big" in entry]
        assert names[1] == sorted(entry.name for entry in plain[1])
        assert docker("run", "--rm", "--entrypoint=/bin/cat", name, "/word", "/kept") == "other\nkept"
    finally:
        subprocess.run(["docker", "rmi", "--force", name], capture_output=True)
    sane(bakehouse("cache", "prune", "--all"))
    assert sane(bakehouse("gc")) == "Nothing is left behind.\n"


SECRET = """
source "docker" "web" {
  image  = "%s"
  pull   = false
  commit = true
}
build {
  sources = ["source.docker.web"]
  provisioner "shell" { inline = ["echo hunter2 > /root/tok; echo big > /big; echo kept > /kept; sleep 0.1"] }
  provisioner "shell" { inline = ["rm /root/tok; rm /big; rm /etc/group"] }
  provisioner "shell" { script = "s3.sh" }
  post-processor "docker-tag" { repository = "%s" }
}
"""


def layers_of(image: str, place: Path) -> list[list[tarfile.TarInfo]]:
    """The members of each layer of an image as it would be moved elsewhere."""
    docker("save", "--output", str(place / "saved.tar"), image)
    with tarfile.open(place / "saved.tar") as archive:
        [manifest] = json.load(archive.extractfile("manifest.json") or io.BytesIO())
        found = []
        for layer in manifest["Layers"]:
            with tarfile.open(fileobj=archive.extractfile(layer)) as content:
                found.append(content.getmembers())
    return found
