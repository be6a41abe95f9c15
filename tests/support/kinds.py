"""The builders that the contract tests run for. A new builder is one more line of KINDS."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bakehouse import registry
from bakehouse.sdk import PROVISION, Argument, Builder, Machine
from bakehouse.sdk.decode import decode
from support.context import RecordingContext, make_context, make_machine
from support.docker import names_with
from support.rootfs import leftovers


def nothing(part: str, directory: Path) -> list[str]:
    """For builders that make nothing outside of the test's directory."""
    return []


def rootfs_left(part: str, directory: Path) -> list[str]:
    """Machines, mounts and processes, and half of an output."""
    return leftovers(part) + [str(path) for path in directory.glob(".*")]


def file_left(part: str, directory: Path) -> list[str]:
    """Half of a file."""
    return [str(path) for path in directory.glob(".*")]


@dataclass(frozen=True)
class Kind:
    """A builder under test.

    options: what a template would give, for a directory of the test's own and the name of the docker image.
    reachable: it makes a machine that commands can be run in.
    left: what there still is of a machine whose names contain a word, or whose state lies below a directory.
    name: what tells it from another of its type. environment: what it runs in, beyond the usual.
    """

    type: str
    options: Callable[[Path, str], dict[str, Any]]
    reachable: bool = False
    left: Callable[[str, Path], list[str]] = nothing
    needs: tuple[str, ...] = ()
    name: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name or self.type

    @contextmanager
    def surroundings(self) -> Iterator[None]:
        """Its environment, for as long as this lasts."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment.items():
                patch.setenv(name, value)
            yield


KINDS = [
    Kind(
        "docker",
        lambda directory, image: {"image": image, "pull": False, "commit": True},
        reachable=True,
        left=lambda part, directory: names_with(part),
        needs=("docker",),
    ),
    Kind(
        "rootfs",
        lambda directory, image: {"output": str(directory / "image.tar")},
        reachable=True,
        left=rootfs_left,
    ),
    Kind(
        "rootfs",
        lambda directory, image: {"output": str(directory / "image.tar")},
        reachable=True,
        left=rootfs_left,
        needs=("proot",),
        name="rootfs-proot",
        environment={"BAKEHOUSE_ROOTFS_TIER": "proot"},
    ),
    Kind("null", lambda directory, image: {"communicator": "none"}),
    Kind("file", lambda directory, image: {"target": str(directory / "made"), "content": "x"}, left=file_left),
]


def parameters(*, reachable: bool = False) -> list[Any]:
    """KINDS as pytest parameters, with what each needs."""
    return [
        pytest.param(kind, id=str(kind), marks=[pytest.mark.needs(*kind.needs)] if kind.needs else [])
        for kind in KINDS
        if kind.reachable or not reachable
    ]


@dataclass
class Trial:
    """One build of one kind, driven by hand. `word` is in the name of everything that it makes."""

    kind: Kind
    directory: Path
    word: str
    context: RecordingContext
    builder: Builder
    machine: Machine

    async def run(self, *, until: str = "") -> None:
        """The steps in order, up to and with the one that is called `until`; provisioning is left out."""
        with self.kind.surroundings():
            await self._run(until)

    async def _run(self, until: str) -> None:
        for step in self.builder.steps():
            if step is PROVISION:
                if until == "PROVISION":
                    return
                continue
            await step.run(self.machine)  # type: ignore[union-attr]
            if step.title == until:  # type: ignore[union-attr]
                return

    async def undo(self) -> None:
        """Remove what is still claimed, newest first, as the engine does."""
        for resource in reversed(self.context.claims):
            await registry.remover(resource.owner)(resource)
        self.context.claims.clear()

    def left(self) -> list[str]:
        return self.kind.left(self.word, self.directory)


def make_trial(kind: Kind, directory: Path, image: str, context: type[RecordingContext] = RecordingContext) -> Trial:
    """A trial with names of its own, its options decoded as a template's would be."""
    word = f"t{secrets.token_hex(5)}"
    builder = make_builder(kind.type, kind.options(directory, image))
    facts = dataclasses.replace(make_context(directory, type=kind.type).build, run_id=word)
    own = context(build=facts, owner=f"builder:{kind.type}")
    return Trial(kind, directory, word, own, builder, make_machine(own, f"bakehouse-tests-{word}-001"))


def make_builder(type: str, options: Mapping[str, Any]) -> Builder:
    """A builder from options as a template gives them."""
    component: type[Builder] = registry.load("builder", type)
    config, problems = decode(component, {name: Argument(value) for name, value in options.items()})
    assert config is not None, "\n".join(problem.render() for problem in problems)
    return component(config)
