"""The docker builder against a real daemon: what becomes of the container, and what does not get into the image."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import tarfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from bakehouse.sdk import Artifact, Command, StepError
from support.docker import busybox_archive, docker, exists
from support.kinds import Kind, Trial, make_trial

pytestmark = pytest.mark.needs("docker")

Try = Callable[..., Trial]


@pytest.fixture
async def attempt(docker_image: str, tmp_path: Path) -> AsyncIterator[Try]:
    """Makes trials of the docker builder; what they leave is undone after the test."""
    async with AsyncExitStack() as stack:

        def make(**options: Any) -> Trial:
            given = {"image": docker_image, "pull": False, "discard": True, **options}
            trial = make_trial(Kind("docker", lambda directory, image: given), tmp_path, docker_image)
            stack.push_async_callback(trial.undo)
            return trial

        yield make


async def made(trial: Trial, line: str = "true") -> Artifact:
    """The whole build, with one command as its provisioning."""
    await trial.run(until="PROVISION")
    assert trial.machine.communicator is not None
    assert await trial.machine.communicator.run(Command(line), trial.context.output) == 0, trial.context.text()
    for step in list(trial.builder.steps())[3:]:
        await step.run(trial.machine)  # type: ignore[union-attr]
    artifact = await trial.builder.artifact(trial.machine)
    assert artifact is not None
    return artifact


def config_of(image: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(docker("image", "inspect", "--format", "{{json .Config}}", image))
    return found


async def test_commit_keeps_what_the_source_image_runs(attempt: Try) -> None:
    trial = attempt(discard=False, commit=True, message="why", author="who")
    artifact = await made(trial, "echo made > /made")
    try:
        assert artifact.builder_id == "packer.post-processor.docker-import"
        assert artifact.id == trial.machine.facts["ImageSha256"]
        name = f"bakehouse/{trial.word}:001-example"
        assert artifact.description == f"Imported Docker image: {artifact.id}"
        config = config_of(artifact.id)
        assert config["Cmd"] == ["/bin/sh", "-l"]
        assert config["Entrypoint"] == [""]
        assert docker("image", "inspect", "--format", "{{.Comment}}|{{.Author}}", name) == "why|who"
        assert docker("run", "--rm", name, "cat", "/made") == "made"
    finally:
        await artifact.destroy()
    assert not exists("image", artifact.id)


async def test_changes_win_over_what_the_source_image_runs(attempt: Try) -> None:
    changes = ['ENTRYPOINT ["/bin/echo"]', "env A=1", 'CMD ["x", "y"]', "LABEL theirs=1"]
    artifact = await made(attempt(discard=False, commit=True, changes=changes))
    try:
        config = config_of(artifact.id)
        assert config["Entrypoint"] == ["/bin/echo"]
        assert config["Cmd"] == ["x", "y"]
        assert config["Labels"] == {"theirs": "1"}
        assert "A=1" in config["Env"]
        assert docker("run", "--rm", artifact.id) == "x y"
    finally:
        await artifact.destroy()


async def test_nothing_of_ours_is_in_the_image(attempt: Try, docker_image: str) -> None:
    artifact = await made(attempt(discard=False, commit=True))
    try:
        config = config_of(artifact.id)
        assert not config.get("Labels")
        assert not config.get("Env")
        whole = json.loads(docker("image", "inspect", artifact.id).replace(docker_image, ""))[0]
        assert "bakehouse" not in json.dumps({**whole, "RepoTags": []}).lower()
        assert docker("run", "--rm", artifact.id, "find", "/tmp", "/root") == "/tmp\n/root"
    finally:
        await artifact.destroy()


async def test_export_writes_the_files_of_the_container(attempt: Try, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "image.tar"
    trial = attempt(discard=False, export_path=str(path))
    artifact = await made(trial, "echo made > /made")
    assert (artifact.builder_id, artifact.id) == ("packer.docker", "Container")
    assert artifact.description == f"Exported Docker file: {path}"
    assert artifact.files == (path,)
    with tarfile.open(path) as archive:
        made_file = archive.extractfile("made")
        assert made_file is not None
        assert made_file.read() == b"made\n"
    assert [entry.name for entry in path.parent.iterdir()] == ["image.tar"]
    await artifact.destroy()
    assert not path.exists()


async def test_an_export_that_cannot_be_written_is_told(attempt: Try, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    trial = attempt(discard=False, export_path=str(tmp_path / "taken"))
    with pytest.raises(StepError, match="taken"):
        await made(trial)
    await trial.undo()
    assert [entry.name for entry in tmp_path.iterdir() if entry.name != "state"] == ["taken"]


async def test_discard_leaves_nothing(attempt: Try) -> None:
    trial = attempt()
    artifact = await made(trial)
    assert artifact.description == "Exported Docker file: "
    assert artifact.files == ()
    assert trial.context.claims == []
    assert not exists("container", trial.machine.name)


async def test_what_people_are_told(attempt: Try) -> None:
    trial = attempt(discard=False, commit=True)
    artifact = await made(trial)
    await artifact.destroy()
    facts = trial.machine.facts
    assert trial.context.said == [
        "Starting docker container...",
        f"Container ID: {facts['ID']}",
        f"Using docker communicator to connect: {facts['Host']}",
        "Committing the container",
        f"Image ID: {facts['ImageSha256']}",
        f"Image name, until it has another: bakehouse/{trial.word}:001-example",
        f"Killing the container: {facts['ID']}",
    ]


async def test_facts(attempt: Try, docker_image: str) -> None:
    trial = attempt()
    await trial.run(until="PROVISION")
    inspected = json.loads(docker("container", "inspect", trial.machine.name))[0]
    assert trial.machine.facts == {
        "ID": inspected["Id"],
        "Host": inspected["NetworkSettings"]["IPAddress"],
        "SourceImageSha256": docker("image", "inspect", "--format", "{{.Id}}", docker_image),
        "SourceImageDigest": "",
    }


async def test_volumes_and_flags_reach_the_container(attempt: Try, tmp_path: Path) -> None:
    (tmp_path / "given").write_text("from the host\n")
    command = ["-d", "-i", "--entrypoint=/bin/sh", "-e", "FLAG=1", "-w", "/tmp", "{{.Image}}", "-c", "sleep 31536101"]
    trial = attempt(volumes={str(tmp_path): "/mounted:ro"}, run_command=command)
    await made(trial, "cat /mounted/given; pwd; echo $FLAG; ! touch /mounted/x 2>/dev/null")
    assert trial.context.text("stdout") == "from the host\n/tmp\n1\n"


async def test_privileged_is_asked_for(attempt: Try) -> None:
    """Asked for, not had: a daemon in a virtual machine or container may have no such rights to give."""
    trial = attempt(privileged=True)
    with contextlib.suppress(StepError):
        await trial.run(until="Start container")
    assert docker("container", "inspect", "--format", "{{.HostConfig.Privileged}}", trial.machine.name) == "true"


async def test_exec_user_runs_commands_and_owns_uploads(attempt: Try, tmp_path: Path) -> None:
    trial = attempt(exec_user="worker")
    await trial.run(until="PROVISION")
    communicator = trial.machine.communicator
    assert communicator is not None
    await communicator.upload(b"x", "/tmp/mine", mode=0o600)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_text("x")
    await communicator.upload_directory(tmp_path / "folder", "/home/worker/new")
    line = "id -un; stat -c %U /tmp/mine /home/worker/new/file; cat /tmp/mine; rm /tmp/mine"
    assert await communicator.run(Command(line), trial.context.output) == 0
    assert trial.context.text("stdout").split() == ["worker", "worker", "worker", "x"]
    assert await communicator.run(Command("id -un", user="root"), trial.context.output) == 0
    assert trial.context.text("stdout").endswith("root\n")


async def test_the_user_of_the_image_owns_uploads(attempt: Try, docker_image: str) -> None:
    name = f"{docker_image}-worker"
    docker("import", "--change", "USER worker", "-", name, stdin=busybox_archive())
    try:
        trial = attempt(image=name)
        await trial.run(until="PROVISION")
        assert trial.machine.communicator is not None
        await trial.machine.communicator.upload(b"x", "/tmp/mine")
        await trial.machine.communicator.run(Command("stat -c %U /tmp/mine; rm /tmp/mine"), trial.context.output)
        assert trial.context.text() == "worker\n"
        await trial.undo()
    finally:
        docker("rmi", "--no-prune", name)


async def test_an_unknown_exec_user_is_told(attempt: Try) -> None:
    trial = attempt(exec_user="nobody-of-this-name")
    await trial.run(until="PROVISION")
    assert trial.machine.communicator is not None
    with pytest.raises(StepError, match="nobody-of-this-name"):
        await trial.machine.communicator.upload(b"x", "/tmp/x")


async def test_an_image_that_is_not_here_is_not_fetched_without_pull(attempt: Try) -> None:
    trial = attempt(image="bakehouse-tests/nowhere:1")
    with pytest.raises(StepError, match="There is no image bakehouse-tests/nowhere:1 here, and pull = false"):
        await trial.run()


async def test_a_pull_that_fails_says_why(attempt: Try) -> None:
    trial = attempt(image="127.0.0.1:9/bakehouse-tests/nowhere", pull=True)
    with pytest.raises(StepError, match=r"127\.0\.0\.1:9"):
        await trial.run()
    assert trial.context.said == ["Pulling Docker image: 127.0.0.1:9/bakehouse-tests/nowhere"]


async def test_a_container_that_ends_at_once_is_told(attempt: Try) -> None:
    """By the step that starts it, or, where it lived a moment longer than that, by the first command."""
    trial = attempt(run_command=["-d", "{{.Image}}", "false"])
    with pytest.raises(StepError, match="must keep it alive|is not running|ended while"):
        await trial.run(until="PROVISION")
        docker("wait", trial.machine.name)
        assert trial.machine.communicator is not None
        await trial.machine.communicator.run(Command("true"), trial.context.output)
    await trial.undo()
    assert not exists("container", trial.machine.name)


async def test_an_entrypoint_that_is_not_there_is_told(attempt: Try) -> None:
    trial = attempt(run_command=["-d", "--entrypoint=/no/shell", "{{.Image}}"])
    with pytest.raises(StepError, match="/no/shell"):
        await trial.run()


async def test_a_container_that_dies_under_a_command_is_told(attempt: Try) -> None:
    trial = attempt()
    await trial.run(until="PROVISION")
    assert trial.machine.communicator is not None

    def kill(stream: str, data: bytes) -> None:
        docker("kill", trial.machine.name)

    with pytest.raises(StepError, match=f"{trial.machine.name} ended while a command ran"):
        await trial.machine.communicator.run(Command("echo on; sleep 31536111"), kill)
    with pytest.raises(StepError, match="not running"):
        await trial.machine.communicator.run(Command("true"), trial.context.output)


async def test_removal_touches_no_other_name_of_the_image(attempt: Try, docker_image: str) -> None:
    trial = attempt(discard=False, commit=True)
    await trial.run(until="Commit image")
    claimed = next(resource for resource in trial.context.claims if resource.kind == "image")
    other = f"bakehouse-tests/kept:{trial.word}"
    docker("tag", claimed.name, other)
    try:
        await trial.undo()
        assert not exists("image", claimed.name)
        assert exists("image", other)
        assert exists("image", docker_image)
    finally:
        docker("rmi", "--no-prune", other)


async def test_names_of_any_build_are_valid_tags(attempt: Try) -> None:
    trial = attempt(discard=False, commit=True)
    key = "012-A_B..c" + "x" * 200
    trial.context.build = dataclasses.replace(trial.context.build, key=key, run_id=f"{trial.word.upper()}T.1")
    artifact = await made(trial)
    await artifact.destroy()
    assert trial.context.ever_claimed[-1].name.startswith(f"bakehouse/{trial.word}t.1:012-a_b-cx")
