"""Builder `rootfs`: OCI images without any daemon, from a root file system and this host's kernel."""

from __future__ import annotations

import asyncio
import errno
import functools
import hashlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bakehouse.clients.isolation.connection import Connection
from bakehouse.clients.isolation.holder import RECORD
from bakehouse.clients.oci import Check, Layer, canonical
from bakehouse.clients.oci_layer import COMPRESSOR
from bakehouse.clients.oci_write import Written, write_archive, write_layout
from bakehouse.clients.threads import in_thread
from bakehouse.sdk import (
    PROVISION,
    Argument,
    Artifact,
    Builder,
    Checkpoint,
    Communicator,
    Diagnostic,
    FileDifference,
    Inputs,
    Machine,
    Resource,
    Step,
    StepError,
)
from bakehouse.sdk.builder import Provision
from bakehouse_builders.rootfs import bases, checkpoints, difference, machines, reopening, tiers
from bakehouse_builders.rootfs.communicator import RootfsCommunicator
from bakehouse_builders.rootfs.options import Options, check_options
from bakehouse_builders.rootfs.output import assemble, default_tag, destroy, refuse_existing
from bakehouse_builders.rootfs.places import cache_directory, machines_directory, remove_tree
from bakehouse_builders.rootfs.reservation import Reservation, partial_path, remove_partial

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Rootfs(Builder, type="rootfs"):
    """A machine on this host's kernel, isolated by the best tier to be had, packed as an OCI image.

    Its changes become one layer on top of the base's own. The image holds nothing of Bakehouse: no label, no variable,
    no script.
    """

    FACTS = ("ConnType", "User")

    @dataclass(frozen=True, kw_only=True)
    class Config(Options):
        """As `Options` says."""

    config: Config

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self._modes: dict[str, int] = {}
        self._made: set[str] = set()
        self._copied_at = 0

    @classmethod
    def check(cls, config: Config, arguments: Mapping[str, Argument]) -> list[Diagnostic]:
        return check_options(config, arguments)

    @classmethod
    def inputs(cls, config: Config) -> Inputs:
        return Inputs(files=(config.base,) if bases.is_path(config.base) else ())

    @classmethod
    def outputs(cls, config: Config) -> tuple[str, ...]:
        return (config.output,)

    @classmethod
    async def environment(cls, config: Any) -> str:
        return (await asyncio.to_thread(tiers.choose)).description

    def steps(self) -> Iterable[Step | Provision]:
        yield Step("Prepare base", self.prepare)
        yield Step("Start machine", self.start)
        yield PROVISION
        yield Step("Stop machine", self.stop)
        yield Step("Pack image", self.pack)

    async def prepare(self, machine: Machine) -> None:
        """Make sure of the output before anything takes time, then find, make or read the base."""
        output = Path(self.config.output)
        await self._reserve(machine, output)
        self.tier = await asyncio.to_thread(tiers.choose)
        cache = await asyncio.to_thread(cache_directory)
        scratch = cache / "scratch" / machine.name
        claim = await machine.claim("directory", str(scratch))
        machine.say(f"Preparing base {self.config.base}")
        with _told(f"The base {self.config.base} cannot be prepared", cache):
            await asyncio.to_thread(_make_anew, scratch)
            loop = asyncio.get_running_loop()

            def tell(text: str) -> None:
                loop.call_soon_threadsafe(machine.say, text)

            self.base = await in_thread(functools.partial(self._base, cache, scratch, tell))
            await asyncio.to_thread(remove_tree, scratch)
        await machine.context.gone(claim)

    def _base(self, cache: Path, scratch: Path, tell: Callable[[str], None], check: Check) -> bases.Base:
        http = self.config.plain_http
        return bases.prepare(self.config.base, self.tier, cache, scratch, check, plain_http=http, tell=tell)

    async def _reserve(self, machine: Machine, output: Path) -> None:
        force = machine.context.build.force
        await asyncio.to_thread(refuse_existing, output, force, self.config.format)
        self._claim = await machine.claim("file", str(partial_path(output)), {"machine": machine.name})
        self.reservation = Reservation(
            output,
            directory=self.config.format == "oci",
            holder=machine.name,
            build=machine.context.build.name,
        )
        try:
            await asyncio.to_thread(self.reservation.take)
        except StepError:
            await machine.context.gone(self._claim)  # nothing was made: what lies there is another's
            raise
        await asyncio.to_thread(refuse_existing, output, force, self.config.format)  # it may be new

    async def start(self, machine: Machine) -> None:
        """Make the machine's directory, start its holder, hand out its communicator."""
        self.directory = await asyncio.to_thread(machines_directory) / machine.name
        self._machine_claim = await machine.claim("machine", details={"directory": str(self.directory)})
        machine.say(f"Starting machine ({self.tier}, base {self.config.base})")
        if self.tier.lacks:
            machine.say(self.tier.lacks)
        with _told("The machine's directory cannot be made"):
            hostname = _hostname(machine)
            await asyncio.to_thread(machines.lay_out, self.directory, self.base.tree, self.tier, hostname)
        if self.tier.storage == "copy":
            self._copied_at = await machines.copy_base(self.base.tree, self.directory, self.tier)
        await self._launch(machine)

    async def _launch(self, machine: Machine, made: Iterable[str] = ()) -> None:
        """Start the holder on what the directory holds. made: paths that an earlier start made."""
        runtime = self.base.image.runtime
        working_directory = runtime.get("WorkingDir") or "/"
        spec = {
            "name": machine.name,
            "directory": str(self.directory),
            "tier": self.tier.name,
            "overlay": self.tier.storage == "overlay",
            "hostname": _hostname(machine),
            "working_directory": working_directory,
            "proot": self.tier.tracer.spec() if self.tier.tracer else None,
        }
        with _told("The machine cannot be started"):
            self.connection = machines.running[machine.name] = await Connection.start(spec)
        self._made = {*made, *self.connection.made}
        user = self.config.run_as or runtime.get("User") or "root"
        environment = {"PATH": _PATH, **dict(item.split("=", 1) for item in runtime.get("Env") or [] if "=" in item)}
        with _told("The machine's directory cannot be written"):
            await asyncio.to_thread(reopening.note, self.directory, spec, environment, user)
        machine.communicator = RootfsCommunicator(
            self.connection,
            environment=environment,
            directory=working_directory,
            user=user,
            nice=machine.context.build.nice,
        )
        machine.facts |= {"ID": machine.name, "ConnType": "rootfs", "User": user}

    async def stop(self, machine: Machine) -> None:
        """End everything that still runs in it, so that what is packed stands still."""
        machine.say("Stopping machine")
        machines.running.pop(machine.name, None)
        await self.connection.close()

    async def pack(self, machine: Machine) -> None:
        """Write the changes as a layer, the image as the output, and put it in its place."""
        machine.say(f"Packing image {self.config.output}")
        self.written = await in_thread(functools.partial(self._pack, machine.context.build.source_name))
        await machine.context.gone(self._claim)
        await machines.remove_machine(machine.name, self.directory)
        await machine.context.gone(self._machine_claim)

    def _pack(self, source_name: str, check: Check) -> Written:
        with _told(f"Cannot write {self.config.output}"):
            layer = self._layer(check)
            image = assemble(self.base.image, layer, self.config.changes)
            tag = self.config.tag or default_tag(source_name)
            write = write_layout if self.config.format == "oci" else write_archive
            written = write(image, self.reservation.empty(), tag=tag, check=check)
            self.reservation.publish()
            return written

    def _layer(self, check: Check) -> Layer:
        return self.tier.call(
            difference.pack,
            check,
            self.directory,
            self.base.tree if self.tier.storage == "copy" else None,
            since=self._copied_at,
            made=self._made,
            modes=self._modes,
            owner=(0, 0) if self.tier.owners == "flat" else None,
        )

    def no_checkpoints(self) -> str:
        if self.tier.name in ("chroot", "proot"):
            return f"No checkpoints here: tier {self.tier.name} cannot hold a machine's processes still."
        return ""

    def identity(self, machine: Machine) -> str:
        image = self.base.image
        shape = [image.chain_id, image.runtime, self.tier.name, self.tier.storage, self.config.run_as]
        return hashlib.sha256(canonical(shape)).hexdigest()

    async def checkpoint(self, machine: Machine, name: str) -> Checkpoint:
        note = checkpoints.Note(tuple(sorted(self._made)), _hostname(machine), 0, 0, checkpoints.boot())
        directory, note, lost = await checkpoints.save(self.connection, self.tier, self.directory, name, note)
        return Checkpoint(str(directory), note.bytes, lost, live=bool(lost))

    def forgets(self, machine: Machine) -> tuple[str, ...]:
        return ("processes that run then", "what is in /dev/shm and other tmpfs")

    async def restore(self, machine: Machine, checkpoint: Checkpoint | None) -> None:
        hostname = _hostname(machine)
        made: tuple[str, ...] = ()
        fresh = self.directory / "fresh"
        with _told("The machine cannot be restored"):
            await asyncio.to_thread(remove_tree, fresh)
            if checkpoint is not None:
                saved = Path(checkpoint.ref)
                made = (await checkpoints.lay_back(saved, self.tier, self.directory, hostname)).made
            else:
                await asyncio.to_thread(machines.lay_out_again, self.directory, self.base.tree, self.tier, hostname)
                if self.tier.storage == "copy":
                    await machines.copy_base(self.base.tree, self.directory, self.tier, "fresh")
            machines.running.pop(machine.name, None)
            await self.connection.close()
            await asyncio.to_thread(checkpoints.swap, self.tier, self.directory, RECORD)
        self._modes.clear()
        await self._launch(machine, made)

    async def diff(self, machine: Machine, since: Checkpoint | None) -> list[FileDifference]:
        before = Path(since.ref) if since is not None else None
        found = await checkpoints.differences(self.tier, self.directory, self.base.tree, before)
        ours = {f"/{path}" for path in self._made}
        return [one for one in found if one.change != "added" or one.path not in ours]

    async def open(self, machine: Machine, since: Checkpoint | None, path: str, limit: int) -> bytes | None:
        before = Path(since.ref) if since is not None else None
        return await checkpoints.open_before(self.tier, self.directory, self.base.tree, before, path, limit)

    @classmethod
    async def has_checkpoint(cls, ref: str) -> bool:
        return await checkpoints.is_whole(Path(ref), await asyncio.to_thread(tiers.choose))

    async def artifact(self, machine: Machine) -> Artifact:
        output, written = Path(self.config.output), self.written
        size = f"{written.size / 1e6:.1f} MB"

        async def destroyed() -> None:
            await asyncio.to_thread(destroy, output)

        return Artifact(
            builder_id="bakehouse.rootfs",
            id=written.digest,
            description=f"Stored OCI image: {self.config.output} ({size}, tier {self.tier.name})",
            files=(output,),
            metadata={
                "digest": written.digest,
                "config_digest": written.config_digest,
                "size": written.size,
                "format": self.config.format,
                "tier": self.tier.name,
                "storage": self.tier.storage,
                "compressor": COMPRESSOR,
                "base": self.config.base,
                "base_chain_id": self.base.image.chain_id,
            },
            destroy=destroyed,
        )

    @classmethod
    @asynccontextmanager
    async def reopen(cls, resource: Resource) -> AsyncIterator[Communicator | None]:
        if resource.kind != "machine":
            yield None
            return
        async with reopening.reopened(_directory(resource)) as communicator:
            yield communicator

    @classmethod
    async def remove(cls, resource: Resource) -> None:
        """Kinds: machine (its directory, its processes), directory (scratch), file (half an output), checkpoint."""
        if resource.kind == "machine":
            await machines.remove_machine(resource.name, _directory(resource))
        elif resource.kind == "directory":
            await asyncio.to_thread(remove_tree, Path(resource.name))
        elif resource.kind == "checkpoint":
            with _told("The checkpoint cannot be removed"):
                await asyncio.to_thread(checkpoints.remove, resource.name)
        elif resource.kind == "file":
            await asyncio.to_thread(remove_partial, Path(resource.name), resource.details.get("machine", ""))


def _directory(resource: Resource) -> Path:
    return Path(resource.details.get("directory") or machines_directory() / resource.name)


def _hostname(machine: Machine) -> str:
    return machine.name.strip("-")[:63].rstrip("-")


@contextmanager
def _told(subject: str, room: Path | None = None) -> Iterator[None]:
    """An OSError becomes a StepError that says what could not be done. room: where a full disk is full."""
    try:
        yield
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        if room is not None and error.errno in (errno.ENOSPC, errno.EDQUOT):
            where = f" in {room}"
        raise StepError(f"{subject}: {error.strerror or error}{where}") from error


def _make_anew(directory: Path) -> None:
    remove_tree(directory)
    directory.mkdir(mode=0o700, parents=True)
