"""The contract of a builder: one body, run for every builder against the real thing."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from bakehouse import registry
from bakehouse.sdk import PROVISION, Builder, Command, Resource, Step
from bakehouse.sdk.decode import decode
from support import drive
from support.context import RecordingContext
from support.kinds import Kind, Trial, make_builder, make_trial, parameters

ALL = parameters()
REACHABLE = parameters(reachable=True)


@dataclass
class FailsAfterClaim(RecordingContext):
    """Its nth claim is written down, and then everything stops, as by a crash."""

    survives: int = 0

    async def claim(
        self, kind: str, name: str, details: Mapping[str, str] | None = None, *, owner: str = ""
    ) -> Resource:
        resource = await super().claim(kind, name, details, owner=owner)
        if len(self.ever_claimed) > self.survives:
            raise InterruptedError("a crash right after the claim")
        return resource


@pytest.fixture
def image(request: pytest.FixtureRequest) -> str:
    kind: Kind = request.getfixturevalue("kind")
    return str(request.getfixturevalue("docker_image")) if "docker" in kind.needs else ""


@pytest.fixture
def trial(kind: Kind, image: str, tmp_path: Path) -> Trial:
    return make_trial(kind, tmp_path, image)


@pytest.mark.parametrize("kind", ALL)
def test_steps_are_named_apart_and_provision_once(trial: Trial) -> None:
    steps = list(trial.builder.steps())
    titles = [step.title for step in steps if isinstance(step, Step)]
    assert len(titles) == len(set(titles))
    assert steps.count(PROVISION) == 1
    assert [str(step) for step in steps] == [str(step) for step in trial.builder.steps()]
    assert trial.context.ever_claimed == []


@pytest.mark.parametrize("kind", ALL)
def test_wrong_options_are_diagnosed(kind: Kind) -> None:
    component: type[Builder] = registry.load("builder", kind.type)
    config, problems = decode(component, {})
    assert config is None
    assert problems
    assert all(problem.summary for problem in problems)


@pytest.mark.parametrize("kind", ALL)
async def test_the_builder_says_what_it_runs_on(trial: Trial) -> None:
    assert isinstance(await trial.builder.environment(trial.builder.config), str)


@pytest.mark.parametrize("kind", ALL)
async def test_steps_in_order_make_an_artifact_that_can_be_destroyed(trial: Trial) -> None:
    try:
        await trial.run()
        artifact = await trial.builder.artifact(trial.machine)
        assert artifact is not None
        assert artifact.builder_id and artifact.id and artifact.description
        json.dumps(artifact.metadata)
        assert all(path.exists() for path in artifact.files)
        assert trial.context.claims == []
        await artifact.destroy()
        await artifact.destroy()
        assert not any(path.exists() for path in artifact.files)
    finally:
        await trial.undo()
    assert trial.left() == []


@pytest.mark.parametrize("kind", REACHABLE)
async def test_the_machine_can_be_reached_and_named(trial: Trial) -> None:
    try:
        await trial.run(until="PROVISION")
        assert trial.machine.communicator is not None
        assert await trial.machine.communicator.run(Command("true"), trial.context.output) == 0
        assert set(trial.machine.facts) <= {"ID", *trial.builder.FACTS}
        assert trial.machine.facts["ID"]
    finally:
        await trial.undo()
    assert trial.left() == []


@pytest.mark.parametrize("kind", REACHABLE)
async def test_undo_takes_a_busy_machine_away(trial: Trial) -> None:
    await trial.run(until="PROVISION")
    assert trial.machine.communicator is not None
    await trial.machine.communicator.run(Command("setsid sleep 31536081 &"), trial.context.output)
    assert trial.left() != []
    await trial.undo()
    assert trial.left() == []


@pytest.mark.parametrize("kind", ALL)
async def test_nothing_exists_before_it_is_claimed(kind: Kind, image: str, tmp_path: Path) -> None:
    """Whatever the claim after which everything stops: removing what was claimed leaves nothing."""
    survives = 0
    while True:
        trial = make_trial(kind, tmp_path / str(survives), image, FailsAfterClaim)
        assert isinstance(trial.context, FailsAfterClaim)
        trial.context.survives = survives
        try:
            await trial.run()
        except InterruptedError:
            newest = trial.context.claims[-1]
            assert not any(newest.name in name for name in trial.left())
            await trial.undo()
            assert trial.left() == []
            survives += 1
            continue
        artifact = await trial.builder.artifact(trial.machine)
        await trial.undo()
        if artifact is not None:
            await artifact.destroy()
        return


@pytest.mark.parametrize("kind", ALL)
async def test_removal_is_idempotent_and_by_name(trial: Trial) -> None:
    await trial.run(until="PROVISION")
    claimed = list(trial.context.claims)
    for _ in range(2):
        for resource in reversed(claimed):
            by_name = Resource(resource.owner, resource.kind, resource.name, details=resource.details)
            await registry.remover(resource.owner)(by_name)
    assert trial.left() == []


@pytest.mark.parametrize("kind", ALL)
async def test_each_step_can_be_tried_again(trial: Trial) -> None:
    """The engine removes what the earlier attempt claimed, then runs the step anew."""
    try:
        for step in trial.builder.steps():
            if not isinstance(step, Step) or step.retry != "again":
                continue
            before = list(trial.context.claims)
            await step.run(trial.machine)
            for resource in reversed([found for found in trial.context.claims if found not in before]):
                await registry.remover(resource.owner)(resource)
                await trial.context.gone(resource)
            if trial.context.claims == before:
                await step.run(trial.machine)
        artifact = await trial.builder.artifact(trial.machine)
        if artifact is not None:
            await artifact.destroy()
    finally:
        await trial.undo()
    assert trial.left() == []


def cases() -> Iterator[object]:
    """Every kind with every one of its steps."""
    for kind_parameter in ALL:
        kind: Kind = kind_parameter.values[0]
        for place in _places(kind):
            yield pytest.param(kind, place, id=f"{kind.type}-{place.replace(' ', '-')}", marks=kind_parameter.marks)


def _places(kind: Kind) -> list[str]:
    steps = make_builder(kind.type, kind.options(Path("/nowhere"), "none")).steps()
    return [step.title if isinstance(step, Step) else "PROVISION" for step in steps]


@pytest.mark.parametrize(("kind", "place"), cases())
def test_what_a_killed_process_leaves_another_can_remove(kind: Kind, place: str, image: str, tmp_path: Path) -> None:
    bystander = make_trial(kind, tmp_path / "bystander", image)
    asyncio.run(bystander.run(until="PROVISION"))
    others = bystander.left()
    trial = make_trial(kind, tmp_path / "killed", image)
    ledger = tmp_path / "ledger.jsonl"
    try:
        _run_until_killed(trial, image, ledger, place)
        subprocess.run([sys.executable, drive.__file__, "remove", str(ledger)], check=True, timeout=60)
        assert trial.left() == []
        assert bystander.left() == others
    finally:
        asyncio.run(bystander.undo())


def _run_until_killed(trial: Trial, image: str, ledger: Path, place: str) -> None:
    specification = {
        "type": trial.kind.type,
        "options": trial.kind.options(trial.directory, image),
        "directory": str(trial.directory),
        "word": trial.word,
        "ledger": str(ledger),
    }
    trial.directory.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(
        [sys.executable, drive.__file__, "run", json.dumps(specification)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        said = ""
        while said != f"did {place}":
            said = child.stdout.readline().rstrip("\n")
            assert said, "the child ended too soon"
        os.kill(child.pid, signal.SIGKILL)
