"""The contract of a builder: how a machine is made, what becomes of it, how it is taken away."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from bakehouse.sdk.artifact import Artifact
from bakehouse.sdk.checkpoint import Checkpoint, FileDifference
from bakehouse.sdk.communicator import Communicator
from bakehouse.sdk.component import Component
from bakehouse.sdk.machine import Machine
from bakehouse.sdk.resource import Resource


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a builder, before or after provisioning.

    title: what people see ("Pull image"); unique within the builder's steps.
    run: called with the machine for each attempt; what its earlier attempts claimed has been removed by then.
    retry: "again" starts this step over; "from-machine" means only a new machine can (an opaque builder).
    """

    title: str
    run: Callable[[Machine], Awaitable[None]]
    retry: Literal["again", "from-machine"] = "again"


class Provision:
    """Where the template's provisioners run."""

    def __repr__(self) -> str:
        return "PROVISION"


PROVISION = Provision()


CHECKPOINT_MARK = "-checkpoint-"
"""What stands between the machine's name and the rest in the name of a checkpoint."""


class Builder(Component, ABC):
    """Makes machines of one kind. One instance a build, so plain attributes carry what its steps share."""

    FACTS: ClassVar[tuple[str, ...]] = ()
    """The names of `machine.facts`, beyond ID, that this builder fills in: what `build.NAME` may name."""

    KNOWN_FACTS: ClassVar[Mapping[str, str]] = {}
    """What `machine.facts` begins with, before any step."""

    @classmethod
    def has_machine(cls, config: Any) -> bool:
        """Whether there is a machine that provisioners can reach; if not, those that need one are warned of."""
        return True

    @abstractmethod
    def steps(self) -> Iterable[Step | Provision]:
        """The steps in order, with PROVISION once among them. No side effects: also called to make the plan."""

    @abstractmethod
    async def artifact(self, machine: Machine) -> Artifact | None:
        """What the build leaves, asked for after the last step; None for nothing at all."""

    async def provisioned(self, machine: Machine, error: BaseException | None) -> None:
        """Called once after provisioning, with the error that ended it, if one did."""
        return

    @classmethod
    @abstractmethod
    async def remove(cls, resource: Resource) -> None:
        """Take away what `claim` announced, whether it was made, half made or not: idempotent, by name, no secret.

        Undo and `bakehouse gc` both call it, the latter in another process. Raises StepError if it is still there.
        """

    @classmethod
    @asynccontextmanager
    async def reopen(cls, resource: Resource) -> AsyncIterator[Communicator | None]:
        """Reach into a machine that outlived its run, from another process; None for what is no machine.

        What this starts in it ends with the block, and its files stay. Raises StepError.
        """
        yield None

    def no_checkpoints(self) -> str:
        """Why this machine takes no checkpoints, a sentence for people; "" if it does.

        Asked once the machine is made. A builder that answers "" has `identity`, `checkpoint`, `restore`, `diff` and
        `open`, and passes `tests/contract/test_checkpoints.py`; otherwise none of them is ever asked for.
        """
        return "This builder takes no checkpoints, so there is nothing to compare."

    def identity(self, machine: Machine) -> str:
        """What the machine was made of, in one digest: of the base image and of options that shape the machine.

        Two machines of one identity are alike before their first provisioner. Asked once the machine is made.
        """
        raise NotImplementedError

    async def checkpoint(self, machine: Machine, name: str) -> Checkpoint:
        """Save the machine as it is, under a name that is unique and safe for file names and image tags: the machine's
        own, CHECKPOINT_MARK, and more.

        Nothing in the machine may notice: with processes beside the machine's own, copy while frozen, end none.
        The caller has claimed `name` as a resource of kind "checkpoint"; `remove` takes it away. Raises StepError.
        """
        raise NotImplementedError

    async def restore(self, machine: Machine, checkpoint: Checkpoint | None) -> None:
        """Make the machine what it was, also one saved by another process; None: as it was when it was made.

        A resource that takes another's place keeps its claim. Sets `machine.communicator` and the facts anew; the old
        communicator has been closed. Raises StepError; it may be called again then.
        """
        raise NotImplementedError

    def forgets(self, machine: Machine) -> tuple[str, ...]:
        """What will not come back with the machine as it was when it was made, in words as `Checkpoint.lost`, as far
        as it is known without asking the machine. Called right after the machine is made."""
        return ()

    async def diff(self, machine: Machine, since: Checkpoint | None) -> list[FileDifference]:
        """The paths that are not as they were at `since` (None: when the machine was made), sorted. Changes nothing."""
        raise NotImplementedError

    async def open(self, machine: Machine, since: Checkpoint | None, path: str, limit: int) -> bytes | None:
        """The first `limit` bytes of a file as it was at `since` (None: when the machine was made); None if there was
        no such file. What it is now, the communicator tells."""
        raise NotImplementedError

    @classmethod
    async def has_checkpoint(cls, ref: str) -> bool:
        """Whether a saved one is still there."""
        return False

    @classmethod
    async def environment(cls, config: Any) -> str:
        """Probe what the builder needs on this host; a line for people ('tier root'). Raises Unavailable if lacking.

        Called before the first step of the first build of this type, so that all builds learn it at once.
        """
        return ""
