"""Drive a builder in a process of its own, to be killed at any point; or remove what such a process claimed.

drive.py run SPECIFICATION     runs the steps, a line on stdout after each (`did TITLE`), then waits for ever
drive.py checkpoint SPECIFICATION NAME   saves a busy machine, saying `begins` before and `saved` after
drive.py restore SPECIFICATION REF       makes a machine what it was at a checkpoint, says what is in `/told`, ends all
drive.py remove LEDGER         removes every resource of the ledger, newest first
The ledger is a line of JSON a claim, synced before the claim returns, as the engine's is.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bakehouse import registry
from bakehouse.sdk import PROVISION, Builder, Checkpoint, Command, Machine, Resource, Step
from support.context import RecordingContext, make_context, make_machine
from support.kinds import make_builder


@dataclass
class LedgerContext(RecordingContext):
    """Writes claims down before it returns."""

    ledger: Path = Path("ledger.jsonl")

    async def claim(
        self, kind: str, name: str, details: Mapping[str, str] | None = None, *, owner: str = ""
    ) -> Resource:
        resource = await super().claim(kind, name, details, owner=owner)
        with self.ledger.open("a") as file:
            file.write(json.dumps(dataclasses.asdict(resource)) + "\n")
            file.flush()
            os.fdatasync(file.fileno())
        return resource


def tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def make(specification: Mapping[str, Any]) -> tuple[Builder, Machine, LedgerContext]:
    """specification: type, options, directory, word, ledger."""
    directory = Path(specification["directory"])
    facts = dataclasses.replace(make_context(directory, type=specification["type"]).build, run_id=specification["word"])
    context = LedgerContext(build=facts, owner=f"builder:{specification['type']}", ledger=Path(specification["ledger"]))
    machine = make_machine(context, f"bakehouse-tests-{specification['word']}-001")
    return make_builder(specification["type"], specification["options"]), machine, context


async def run(specification: Mapping[str, Any]) -> None:
    builder, machine, context = make(specification)
    for step in builder.steps():
        if isinstance(step, Step):
            await step.run(machine)
            tell(f"did {step.title}")
            continue
        assert step is PROVISION
        if machine.communicator is not None:
            await machine.communicator.run(Command("sleep 31536071 & setsid sleep 31536072 &"), context.output)
        tell("did PROVISION")
    await asyncio.Event().wait()


async def provision(builder: Builder, machine: Machine) -> None:
    """The steps that make the machine."""
    for step in builder.steps():
        if step is PROVISION:
            return
        assert isinstance(step, Step)
        await step.run(machine)


async def checkpoint(specification: Mapping[str, Any], name: str) -> None:
    builder, machine, context = make(specification)
    await provision(builder, machine)
    assert machine.communicator is not None
    line = "dd if=/dev/urandom of=/much bs=1M count=40 2>/dev/null; setsid sleep 31536073 &"
    await machine.communicator.run(Command(line), context.output)
    await machine.claim("checkpoint", name)
    tell("begins")
    await builder.checkpoint(machine, name)
    tell("saved")
    await asyncio.Event().wait()


async def restore(specification: Mapping[str, Any], ref: str) -> None:
    builder, machine, context = make(specification)
    await provision(builder, machine)
    assert machine.communicator is not None
    await machine.communicator.close()
    machine.communicator = None
    await builder.restore(machine, Checkpoint(ref))
    communicator = machine.communicator
    assert communicator is not None
    await communicator.run(Command("cat /told"), context.output)
    tell(context.text())
    for resource in reversed(context.claims):
        await registry.remover(resource.owner)(resource)


async def remove(ledger: Path) -> None:
    lines = ledger.read_text().splitlines() if ledger.exists() else []
    for line in reversed(lines):
        resource = Resource(**json.loads(line))
        await registry.remover(resource.owner)(resource)


if __name__ == "__main__":
    verb, subject, *rest = sys.argv[1:]
    if verb == "remove":
        asyncio.run(remove(Path(subject)))
    else:
        work = {"run": run, "checkpoint": checkpoint, "restore": restore}[verb]
        asyncio.run(work(json.loads(subject), *rest))  # type: ignore[operator]
