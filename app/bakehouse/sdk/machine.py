"""What a running step may do: speak, print, read the plan's files, claim resources, reach into the machine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from bakehouse.sdk.communicator import Communicator, Stream, Terminal
from bakehouse.sdk.resource import Resource
from bakehouse.sdk.script import ScriptWatch


@dataclass(frozen=True, slots=True)
class BuildFacts:
    """What every step may know of its build.

    name: as Packer prints it, `[BUILD.]TYPE.NAME`; key: unique and safe as a file name.
    source_name: the global source's label (PACKER_BUILD_NAME, the manifest's `name`).
    builder_type: PACKER_BUILDER_TYPE. run_uuid: PACKER_RUN_UUID. run_id, installation: for names of resources.
    force: `-force`. state_directory: a private directory of this build in the run, made on demand.
    nice: what local children are lowered by, so that they do not starve a dashboard; 0 leaves them (DESIGN 6).
    """

    key: str
    name: str
    source_name: str
    builder_type: str
    run_uuid: str
    run_id: str
    installation: str
    force: bool
    state_directory: Path
    template_directory: Path
    nice: int = 0


class Context(ABC):
    """The step's side of the engine. Everything said or printed is masked and logged behind it."""

    build: BuildFacts

    @abstractmethod
    def say(self, text: str) -> None:
        """A line in Bakehouse's own voice (`==> build: text`)."""

    @abstractmethod
    def warn(self, text: str) -> None:
        """A line in Bakehouse's own voice that is about something wrong."""

    @abstractmethod
    def output(self, stream: Stream, data: bytes) -> None:
        """What a tool printed, as it came (`    build: line`). Usable as `OnOutput`."""

    @abstractmethod
    def progress(self, done: int, total: int | None, unit: str = "bytes") -> None:
        """How far a long transfer is; live only, never recorded."""

    @abstractmethod
    def read(self, path: str | Path) -> bytes:
        """The bytes of a script as this revision of the plan holds them, whatever is on disk now.

        Only for paths that the component named in `inputs()`; anything else is read from disk.
        """

    @abstractmethod
    async def claim(
        self, kind: str, name: str, details: Mapping[str, str] | None = None, *, owner: str = ""
    ) -> Resource:
        """Write a resource into the ledger, synced, before it is made. owner: default the build's builder."""

    @abstractmethod
    async def update(self, resource: Resource, *, id: str | None = None, kept: bool | None = None) -> None:
        """Note a resource's id once it is known, or that it is to be kept."""

    @abstractmethod
    async def gone(self, resource: Resource) -> None:
        """Strike a resource out of the ledger, after it is gone, or became the artifact."""

    def watch(self, script: str) -> ScriptWatch | None:
        """Ask whether to follow a script's commands, and tell of them there; None: run it untraced, say nothing.

        script: its path as the template names it, "" for an inline one.
        """
        return None

    def terminal(self) -> AbstractContextManager[Terminal | None]:
        """A terminal for a program on this host, which people can enter while it lasts; None: nobody is there."""
        return nullcontext()

    def asks(self, question: str) -> None:  # noqa: B027 -- only where people are there is somebody to tell
        """The program on that terminal waits at this line for somebody to type; "" once somebody has."""

    @abstractmethod
    def span(self, title: str, kind: str = "sub-step") -> AbstractContextManager[None]:
        """Give what happens inside a span of its own below the attempt."""


@dataclass(slots=True)
class Machine:
    """What a build is working on. Made by the engine, filled by the builder's steps.

    name: `bakehouse-INSTALLATION-RUN-BUILD`, fit as the name of a container or a directory.
    communicator: set by the builder once the machine can be reached; None before, and for `communicator = "none"`.
    facts: what `build.NAME` gives in provisioners: ID, Host, Port, User, ...
    context: of the step that runs now; the engine sets it anew for every attempt.
    """

    name: str
    context: Context
    communicator: Communicator | None = None
    facts: dict[str, str] = field(default_factory=dict)

    async def claim(self, kind: str, name: str | None = None, details: Mapping[str, str] | None = None) -> Resource:
        """`context.claim` with the machine's own name as the default."""
        return await self.context.claim(kind, name or self.name, details)

    def say(self, text: str) -> None:
        """`context.say`."""
        self.context.say(text)
