"""Small real components for tests of the engine, and plans made of them by hand.

The builder `oven` has three steps around provisioning; the provisioner `act` and the post-processor `wrap` do what a
test told them to by name. They are found as any other component is: `installed` puts their folders on the path of
the packages that the registry looks into.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from bakehouse import registry
from bakehouse.engine.run import Run, RunOptions
from bakehouse.errors import Location, Refused
from bakehouse.record import events
from bakehouse.record.commands import Command, Expects
from bakehouse.record.events import Event
from bakehouse.record.log import LogReader
from bakehouse.record.reader import read_events
from bakehouse.record.rundir import RunDirectory
from bakehouse.record.state import BuildState, Pause, RunState
from bakehouse.sdk import Artifact, Machine, Processed
from bakehouse.template.plan import BuildPlan, FileRecord, Option, Plan, Request, StepPlan

Act = Callable[[Machine], Awaitable[None]]
Wrap = Callable[[Artifact], Awaitable[Processed]]
PLACE = Location("kitchen.pkr.hcl", 1, 1)
FOLDERS = {
    "bakehouse_builders": "builders",
    "bakehouse.provisioners": "provisioners",
    "bakehouse.post_processors": "post_processors",
}


class Kitchen:
    """What the components do and remember. Cleared for each test."""

    def __init__(self) -> None:
        self.acts: dict[str, Act] = {}
        self.wraps: dict[str, Wrap] = {}
        self.log: list[str] = []
        self.provisioned: list[str] = []
        self.removed: list[str] = []
        self.removals: dict[str, Callable[[], Awaitable[None]]] = {}
        self.environment: Callable[[], Awaitable[str]] | None = None
        self.cellars: list[dict[str, str]] = []
        self.no_checkpoints = ""
        self.lost: tuple[str, ...] = ()
        self.checkpoint: Callable[[str], Awaitable[None]] | None = None
        self.restore: Callable[[], Awaitable[None]] | None = None

    def act(self, name: str) -> Callable[[Act], Act]:
        """Decorator: what the provisioner `act` of this name does."""

        def put(function: Act) -> Act:
            self.acts[name] = function
            return function

        return put


KITCHEN = Kitchen()


@contextmanager
def installed() -> Iterator[Kitchen]:
    """The components can be found while the body runs."""
    KITCHEN.__init__()  # type: ignore[misc]
    here = Path(__file__).parent
    packages = {import_module(name): str(here / folder) for name, folder in FOLDERS.items()}
    for package, folder in packages.items():
        package.__path__.append(folder)
    registry.load.cache_clear()
    try:
        yield KITCHEN
    finally:
        for package, folder in packages.items():
            package.__path__.remove(folder)
        registry.load.cache_clear()


def options(**values: Any) -> dict[str, Option]:
    return {name: Option(PLACE, value) for name, value in values.items()}


def act(name: str, *, number: int = 2, type: str = "act", **rest: Any) -> StepPlan:
    """A provisioner step."""
    key = f"build/provisioner:{type}.{name}#1"
    given = options(name=name) if type == "act" else {}
    given |= rest.pop("options", {})
    return StepPlan(key, number, name, "provisioner", type, PLACE, name, given, **rest)


def wrap(name: str, *, chain: int = 0, link: int = 0, **rest: Any) -> StepPlan:
    """A post-processor step."""
    key = f"build/post-processor:wrap.{name}#1"
    return StepPlan(
        key, 9, name, "post-processor", "wrap", PLACE, name, options(name=name), chain=chain, link=link, **rest
    )


def build(*steps: StepPlan, ordinal: int = 1, name: str = "oven.web", **rest: Any) -> BuildPlan:
    """A build of the oven: Heat, the provisioners, Cool, the post-processors."""
    heat = StepPlan("build/machine:heat#1", 1, "Heat", "machine", "", PLACE)
    cool = StepPlan("build/artifact:cool#1", 8, "Cool", "artifact", "", PLACE)
    own = [step for step in steps if step.kind == "provisioner"]
    after = [step for step in steps if step.kind == "post-processor"]
    label = name.rpartition(".")[2]
    given, whole = options(**rest.pop("oven", {})), [heat, *own, cool, *after]
    return BuildPlan(f"{ordinal:03d}-{label}", ordinal, name, "oven", "", label, label, PLACE, given, whole, **rest)


def cellar(*steps: StepPlan, base: str = "stone", **rest: Any) -> BuildPlan:
    """A build of the cellar, which takes checkpoints: Dig, the provisioners, Close, the post-processors."""
    dig = StepPlan("build/machine:dig#1", 1, "Dig", "machine", "", PLACE)
    close = StepPlan("build/artifact:close#1", 8, "Close", "artifact", "", PLACE)
    made = build(*steps, **rest)
    whole = [{"Heat": dig, "Cool": close}.get(step.title, step) for step in made.steps]
    return msgspec.structs.replace(made, builder="cellar", options=options(base=base), steps=whole)


def plan(*builds: BuildPlan, secrets: tuple[str, ...] = (), files: dict[str, bytes] | None = None) -> Plan:
    """A plan of these builds."""
    records = {
        path: FileRecord(path, hashlib.sha256(content).hexdigest(), len(content), content)
        for path, content in (files or {}).items()
    }
    return Plan("kitchen.pkr.hcl", "/", list(builds), secrets=list(secrets), files=records)


class Cook:
    """One run of a plan, and what a person may do to it."""

    def __init__(self, made: Plan, *, cwd: str = "/", recompile: Any = None, **chosen: Any) -> None:
        directory = RunDirectory.create(made.template, cwd, version="0", executable="bakehouse")
        request = Request(made.template, cwd)
        rest = {} if recompile is None else {"recompile": recompile}
        self.record = directory
        self.run = Run(made, request, RunOptions(**chosen), directory, **rest)
        self.code: int | None = None

    @property
    def state(self) -> RunState:
        return self.run.state

    def build(self, key: str = "001-web") -> BuildState:
        return self.state.builds[key]

    async def main(self) -> int:
        self.code = await self.run.main()
        self.record.close()
        return self.code

    async def send(self, verb: str, key: str = "001-web", *, expects: Expects | None = None, **arguments: Any) -> int:
        """Send a command, as a client that saw the state as it is now."""
        if expects is None and key:
            expects = self.build(key).expects
        return (await self.run.command(Command(1, verb, key, expects, arguments, by="ann"))).span

    async def until(self, condition: Callable[[RunState], bool]) -> None:
        """Wait for a condition on the state; it is looked at after every batch of events."""
        async with asyncio.timeout(10):
            async for _ in self.run.feed.follow(self.state.seq - 1 if self.state.seq else 0):
                if condition(self.state):
                    return
        assert condition(self.state), "the run ended and it never came true"

    async def paused(self, key: str = "001-web", after: int = -1) -> Pause:
        """Wait until the build is paused at a later attempt than that of span `after`."""

        def there(state: RunState) -> bool:
            pause = state.builds[key].pause if key in state.builds else None
            return pause is not None and pause.span > after

        await self.until(there)
        pause = self.build(key).pause
        assert pause is not None
        return pause

    async def paused_anew(self, since: int, key: str = "001-web") -> Pause:
        """Wait until the build is paused later than by a pause that began then."""

        def there(state: RunState) -> bool:
            pause = state.builds[key].pause if key in state.builds else None
            return pause is not None and pause.since > since

        await self.until(there)
        pause = self.build(key).pause
        assert pause is not None
        return pause

    async def refused(self, verb: str, key: str = "001-web", **rest: Any) -> Refused:
        try:
            await self.send(verb, key, **rest)
        except Refused as refusal:
            return refusal
        raise AssertionError(f"{verb} was accepted")

    @property
    def facts(self) -> list[Event]:
        """From disk."""
        return read_events(self.record.path)

    def kinds(self, key: str = "001-web") -> list[str]:
        """The story of a build in short: kinds of events, with what matters of them."""
        told = (fact for fact in self.facts if fact.build == key and fact.kind != "NoCheckpoints")
        return [_short(fact) for fact in told]

    def lines(self, key: str = "001-web") -> list[str]:
        reader = LogReader(self.record.log(key))
        return [line.text.decode() for line in reader.lines(0, reader.refresh())]


async def play(cook: Cook, told: Callable[[Cook], Awaitable[None]]) -> int:
    """Run it while `told` tells it what to do."""
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        main = group.create_task(cook.main())
        await told(cook)
    return main.result()


def _short(fact: Event) -> str:
    body: Any = fact.decode(getattr(events, fact.kind))
    detail = {
        "SpanStarted": lambda: f"{body.type} {body.title}" + (f" {body.attempt}" if body.attempt > 1 else ""),
        "SpanFinished": lambda: body.outcome,
        "BuildPaused": lambda: body.reason,
        "BuildResumed": lambda: body.verb,
        "Tainted": lambda: body.what,
        "ArtifactMade": lambda: body.id,
        "ArtifactGone": lambda: body.id,
        "ResourceClaimed": lambda: body.name + (" kept" if body.kept else ""),
        "ResourceGone": lambda: body.name,
        "RemovalFailed": lambda: body.name,
        "BuildFinished": lambda: body.outcome + (" kept" if body.kept else ""),
        "CommandRefused": lambda: body.code,
        "StepSkipped": lambda: body.reason,
        "StepCached": lambda: "hit" if body.hit else body.because,
        "CheckpointMade": lambda: f"{body.id} {body.origin}",
        "CheckpointGone": lambda: str(body.id),
        "BuildRewound": lambda: f"{body.checkpoint} {body.step.rpartition(':')[2]}",
    }.get(fact.kind, lambda: "")()
    names = {"SpanStarted": "+", "SpanFinished": "-"}
    return f"{names.get(fact.kind, fact.kind)} {detail}".strip()
