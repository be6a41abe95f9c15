"""An engine in a process of its own that stops dead at a given place, to be killed there: `python THIS OPTIONS`.

It prints every claim as JSON before the thing exists, and `stopped` when it has come to the place. `remove` as its
place takes claims from standard input instead and removes them, as `bakehouse gc` would.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from bakehouse.sdk import PROVISION, Command, Resource, Step
from bakehouse_builders.rootfs import Rootfs
from support.context import RecordingContext, make_context, make_machine


def tell(text: str) -> None:
    """A line for the test."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def stop() -> None:
    """Stand still until somebody kills us."""
    tell("stopped")
    await asyncio.Event().wait()


class StoppingContext(RecordingContext):
    """Tells each claim, and stops right after the one of a given kind."""

    place = ""

    async def claim(
        self, kind: str, name: str, details: Mapping[str, str] | None = None, *, owner: str = ""
    ) -> Resource:
        resource = await super().claim(kind, name, details, owner=owner)
        tell(json.dumps(dataclasses.asdict(resource)))
        if self.place == f"claim {kind}":
            await stop()
        return resource


async def build(place: str, directory: Path, name: str) -> None:
    """The steps, with a busy machine between them, up to `place`: a step's title, a claim, "provision" or "end"."""
    context = StoppingContext(build=make_context(directory).build, owner="builder:rootfs")
    context.place = place
    machine = make_machine(context, name)
    builder = Rootfs(Rootfs.Config(output=str(directory / f"{name}.tar")))
    for step in builder.steps():
        if step is PROVISION:
            assert machine.communicator is not None
            await machine.communicator.run(Command("echo made > /made; setsid sleep 31536077 &"), context.output)
            if place == "provision":
                busy = machine.communicator.run(Command("trap '' TERM HUP; id -u; sleep 31536078; :"), _Tell())
                await busy
        else:
            assert isinstance(step, Step)
            await step.run(machine)
            if step.title == place:
                await stop()
    tell(json.dumps({"digest": builder.written.digest, "tier": builder.tier.name}))


class _Tell:
    """Stops, as far as the test is concerned, once the command in the machine has begun."""

    def __call__(self, stream: str, data: bytes) -> None:
        tell("stopped")


async def remove() -> None:
    """Remove what the lines of standard input claim, newest first."""
    for line in reversed(sys.stdin.read().splitlines()):
        await Rootfs.remove(Resource(**json.loads(line)))


if __name__ == "__main__":
    where, directory_name, machine_name = sys.argv[1:]
    if where == "remove":
        asyncio.run(remove())
    else:
        asyncio.run(build(where, Path(directory_name), machine_name))
