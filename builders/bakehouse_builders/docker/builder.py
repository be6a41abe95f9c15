"""Builder `docker`: a container of an image, provisioned, then committed, exported or discarded.

Packer's docker plugin calls the docker program; this builder speaks to the daemon. Its containers carry no label of
ours: the claim is the name (DESIGN 4).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from bakehouse.clients.docker import Docker as Connection
from bakehouse.clients.docker import connect
from bakehouse.clients.docker_images import Image, find_image, pull_image, remove_image, valid_reference
from bakehouse.clients.docker_removal import remove_claimed_container, remove_claimed_image
from bakehouse.clients.docker_run import RunArguments, parse_run_arguments
from bakehouse.communicators.docker_exec import DockerExec
from bakehouse.sdk import (
    PROVISION,
    Argument,
    Artifact,
    Builder,
    Checkpoint,
    Communicator,
    Diagnostic,
    FileDifference,
    Machine,
    Resource,
    Step,
    StepError,
)
from bakehouse.sdk.builder import Provision
from bakehouse.sdk.late import render
from bakehouse_builders.docker import checkpoints
from bakehouse_builders.docker.flat import Flat
from bakehouse_builders.docker.options import Options, check_options
from bakehouse_builders.docker.past import Past
from bakehouse_builders.docker.reports import download_export, show_pull

COMMITTED = "packer.post-processor.docker-import"
EXPORTED = "packer.docker"


class Docker(Builder, type="docker"):
    """Packer's docker builder. Exactly one of commit, export_path and discard says what becomes of the container."""

    FACTS: ClassVar[tuple[str, ...]] = ("Host", "ImageSha256", "SourceImageDigest", "SourceImageSha256")

    @dataclass(frozen=True, kw_only=True)
    class Config(Options):
        """As `Options` says."""

    config: Config

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self._source = Image("")
        self._container = Resource("", "", "")
        self._image: Resource | None = None
        self._image_id = ""
        self._restored = False
        self._past = Past()

    @classmethod
    def check(cls, config: Config, arguments: Mapping[str, Argument]) -> list[Diagnostic]:
        return check_options(config, arguments)

    @classmethod
    def outputs(cls, config: Config) -> tuple[str, ...]:
        return (config.export_path,)

    @classmethod
    async def environment(cls, config: Any) -> str:
        async with connect() as docker:
            version = await docker.api.version()
            return f"Docker {version['Version']} at {docker.host}"

    def steps(self) -> Iterable[Step | Provision]:
        yield Step("Pull image", self.pull)
        yield Step("Start container", self.start)
        yield PROVISION
        if self.config.commit:
            yield Step("Commit image", self.commit)
        elif self.config.export_path:
            yield Step("Export container", self.export)
        yield Step("Remove container", self.remove_container)

    async def pull(self, machine: Machine) -> None:
        """Have the source image at hand."""
        name = self.config.image
        async with connect() as docker:
            if self.config.pull:
                machine.say(f"Pulling Docker image: {name}")
                async for report in pull_image(docker, name):
                    show_pull(machine, report)
            found = await find_image(docker, name)
        if found is None:
            raise StepError(
                f"There is no image {name} here, and pull = false forbids to fetch it. "
                f"Load it (`docker pull {name}`, `docker load`), or take pull = false out."
            )
        self._source = found
        machine.facts["SourceImageSha256"] = found.id
        machine.facts["SourceImageDigest"] = found.digests[0] if found.digests else ""

    async def start(self, machine: Machine) -> None:
        """Create the container and start it; it is reached by exec from then on."""
        asked = self._run_arguments()
        self._container = await machine.claim("container")
        machine.say("Starting docker container...")
        async with connect() as docker:
            container = await self._create(docker, machine, self._create_body(asked), new=True)
            await self._start(docker, machine, container)
        machine.say(f"Using docker communicator to connect: {machine.facts['Host']}")

    async def _create(self, docker: Connection, machine: Machine, body: dict[str, Any], *, new: bool) -> Any:
        """aiodocker's DockerContainer. A refusal makes nothing: what has the name of a new one then is not ours."""
        import aiodocker

        try:
            return await docker.api.containers.create(body, name=self._container.name)
        except aiodocker.DockerError as error:
            if new and 400 <= error.status < 500:
                await machine.context.gone(self._container)
            raise

    async def _start(self, docker: Connection, machine: Machine, container: Any) -> None:
        """Start what was created, and see that it lives."""
        await machine.context.update(self._container, id=container.id)
        machine.say(f"Container ID: {container.id}")
        await container.start()
        state = await container.show()
        if not state["State"]["Running"]:
            raise StepError(
                f"The container ended at once, with status {state['State']['ExitCode']}: its run_command "
                f"({' '.join(self.config.run_command)}) must keep it alive."
            )
        machine.facts["ID"], machine.facts["Host"] = container.id, _address(state)
        user = self.config.exec_user or str(state["Config"].get("User") or "")
        machine.communicator = DockerExec(self._container.name, user)

    async def commit(self, machine: Machine) -> None:
        """Make an image of the container, under a name of ours until it has another."""
        facts = machine.context.build
        repository, tag = f"bakehouse/{valid_reference(facts.run_id)}", valid_reference(facts.key)
        self._image = await machine.claim("image", f"{repository}:{tag}", {"container": self._container.name})
        machine.say("Committing the container")
        async with connect() as docker:
            container = docker.api.containers.container(self._container.name)
            answer = await container.commit(
                repository=repository,
                tag=tag,
                message=self.config.message or None,
                author=self.config.author or None,
                changes=_changes(self.config.changes, self._source.config),
                config=await self._own_config(container),
            )
            self._image_id = await self._flattened(docker, machine, self._image.name, str(answer["Id"]))
        await machine.context.update(self._image, id=self._image_id)
        machine.facts["ImageSha256"] = self._image_id
        machine.say(f"Image ID: {self._image_id}")
        machine.say(f"Image name, until it has another: {self._image.name}")

    async def _flattened(self, docker: Connection, machine: Machine, tag: str, image: str) -> str:
        """The image's id, which is another if the container stood on a checkpoint: what that keeps of files that were
        removed later is in no layer then."""
        flat = Flat(docker, self._source.id, self._run_arguments().image)
        if not self._restored or not await flat.needed(image):
            return image
        machine.say("Making one layer of those of the checkpoints")
        place = machine.context.build.state_directory
        await asyncio.to_thread(place.mkdir, mode=0o700, parents=True, exist_ok=True)
        await checkpoints.note(image)
        made = await flat.make(tag, place)
        await checkpoints.sweep(docker)
        return made

    async def _own_config(self, container: Any) -> dict[str, Any] | None:
        """Where the container came from a checkpoint: its configuration, with the image that the template names."""
        if not self._restored:
            return None
        config: dict[str, Any] = (await container.show())["Config"]
        return {**config, "Image": self._run_arguments().image}

    async def export(self, machine: Machine) -> None:
        """Write the container's files as a tar archive, which appears under its name only when it is whole."""
        target = Path(self.config.export_path).absolute()
        partial = target.with_name(f".{target.name[:100]}.{machine.name[-100:]}.partial")
        await asyncio.to_thread(target.parent.mkdir, parents=True, exist_ok=True)
        claimed = await machine.claim("file", str(partial))
        machine.say("Exporting the container")
        async with connect() as docker:
            await download_export(docker, self._container.name, partial, machine)
        try:
            await asyncio.to_thread(partial.replace, target)
        except OSError as error:
            raise StepError(f"Cannot write {self.config.export_path}: {error}") from error
        await machine.context.gone(claimed)

    async def remove_container(self, machine: Machine) -> None:
        """Its work is done."""
        machine.say(f"Killing the container: {machine.facts['ID']}")
        await self.remove(self._container)
        await machine.context.gone(self._container)

    async def artifact(self, machine: Machine) -> Artifact:
        if self._image is None:
            path = self.config.export_path
            files = (Path(path),) if path else ()
            return Artifact(EXPORTED, "Container", f"Exported Docker file: {path}", files, destroy=_deleting(files))
        await machine.context.gone(self._image)
        name = self._image.name
        return Artifact(
            COMMITTED,
            self._image_id,
            f"Imported Docker image: {self._image_id}",
            metadata={"docker_tags": [name], "claimed_tag": name},
            destroy=_untagging(name, self._image_id),
        )

    @classmethod
    @asynccontextmanager
    async def reopen(cls, resource: Resource) -> AsyncIterator[Communicator | None]:
        if resource.kind != "container":
            yield None
            return
        async with connect() as docker:
            await docker.api.containers.container(resource.name).start()  # changes nothing if it runs
        yield DockerExec(resource.name)

    @classmethod
    async def remove(cls, resource: Resource) -> None:
        if resource.kind == "file":
            await asyncio.to_thread(Path(resource.name).unlink, missing_ok=True)
            return
        async with connect() as docker:
            answered = bool(resource.id)
            if resource.kind == "image":
                container = resource.details.get("container", "")
                await remove_claimed_image(docker, resource.name, container, answered=answered)
            elif resource.kind == "checkpoint":
                await checkpoints.remove(docker, resource.name)
            else:
                await remove_claimed_container(docker, resource.name, answered=answered)
                await checkpoints.sweep(docker)

    def no_checkpoints(self) -> str:
        return ""

    def identity(self, machine: Machine) -> str:
        shape = [self._source.id, self._create_body(self._run_arguments()), self.config.exec_user]
        return hashlib.sha256(json.dumps(shape, sort_keys=True).encode()).hexdigest()

    async def checkpoint(self, machine: Machine, name: str) -> Checkpoint:
        async with connect() as docker:
            beside = await checkpoints.look_beside(docker, self._container.name)
            ref, size = await checkpoints.save(docker, self._container.name, name)
        return Checkpoint(ref, size, beside.lost, beside.needed)

    def forgets(self, machine: Machine) -> tuple[str, ...]:
        volumes = [f"volume {place.partition(':')[0]}" for place in self.config.volumes.values()]
        own = [f"container id {machine.facts['ID'][:12]}"]
        if machine.facts["Host"]:
            own.insert(0, f"address {machine.facts['Host']}")
        return ("processes that run then", "what is in /dev/shm and other tmpfs", *volumes, *own)

    async def restore(self, machine: Machine, checkpoint: Checkpoint | None) -> None:
        body, image = self._create_body(self._run_arguments()), await self._image_id_of(checkpoint)
        async with connect() as docker:
            if checkpoint is not None:
                body["Image"] = image
            elif (source := await find_image(docker, body["Image"])) is None or source.id != image:
                body["Image"] = image  # the name stands for another image by now
            await remove_claimed_container(docker, self._container.name, answered=True)
            container = await self._create(docker, machine, body, new=False)
            self._restored = True
            await self._start(docker, machine, container)

    async def _image_id_of(self, checkpoint: Checkpoint | None) -> str:
        if checkpoint is None:
            return self._source.id
        async with connect() as docker:
            found = await find_image(docker, checkpoint.ref)
        if found is None:
            raise StepError(f"The checkpoint is gone: there is no image {checkpoint.ref}.")
        return found.id

    async def diff(self, machine: Machine, since: Checkpoint | None) -> list[FileDifference]:
        return await self._past.diff(machine, self._container.name, await self._image_id_of(since))

    async def open(self, machine: Machine, since: Checkpoint | None, path: str, limit: int) -> bytes | None:
        return await self._past.open(machine, await self._image_id_of(since), path, limit)

    @classmethod
    async def has_checkpoint(cls, ref: str) -> bool:
        async with connect() as docker:
            return await find_image(docker, ref) is not None

    def _run_arguments(self) -> RunArguments:
        return parse_run_arguments([render(word, {"Image": self.config.image}) for word in self.config.run_command])

    def _create_body(self, asked: RunArguments) -> dict[str, Any]:
        host = dict(asked.host)
        host["Binds"] = [f"{outside}:{inside}" for outside, inside in self.config.volumes.items()] + host.get(
            "Binds", []
        )
        if self.config.privileged:
            host["Privileged"] = True
        return {**asked.config, "Image": asked.image, "HostConfig": host}


def _changes(asked: list[str], source: Mapping[str, Any]) -> list[str]:
    """Packer's rule: what the source image runs is put back, else run_command's shell would be baked in.

    ENTRYPOINT goes first, for setting it drops a CMD set before; `[""]` is how Docker spells 'none'.
    """
    instructions = {change.split(None, 1)[0].upper() for change in asked if change.strip()}
    kept = [
        f"{name} {json.dumps(source.get(key) or [''])}"
        for name, key in (("ENTRYPOINT", "Entrypoint"), ("CMD", "Cmd"))
        if name not in instructions
    ]
    return kept + asked


def _address(state: Mapping[str, Any]) -> str:
    networks = state["NetworkSettings"].get("Networks") or {}
    return next((network["IPAddress"] for network in networks.values() if network["IPAddress"]), "")


def _deleting(files: tuple[Path, ...]) -> Any:
    async def destroy() -> None:
        for path in files:
            await asyncio.to_thread(path.unlink, missing_ok=True)

    return destroy


def _untagging(name: str, image: str) -> Any:
    async def destroy() -> None:
        async with connect() as docker:
            if not await remove_image(docker, name):
                await remove_image(docker, image)
            await checkpoints.sweep(docker)

    return destroy
