"""A Context that does what the contract says and remembers it: for tests of one component without the engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bakehouse.sdk import BuildFacts, Context, Machine, Resource, Stream


@dataclass
class RecordingContext(Context):
    """Claims, sayings and output in the order in which they came; `claims` loses a resource once it is gone."""

    build: BuildFacts
    owner: str = "builder:null"
    said: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)
    printed: list[tuple[Stream, bytes]] = field(default_factory=list)
    claims: list[Resource] = field(default_factory=list)
    ever_claimed: list[Resource] = field(default_factory=list)
    spans: list[str] = field(default_factory=list)
    transferred: list[tuple[int, int | None]] = field(default_factory=list)
    scripts: dict[str, bytes] = field(default_factory=dict)

    def say(self, text: str) -> None:
        self.said.append(text)

    def warn(self, text: str) -> None:
        self.warned.append(text)

    def output(self, stream: Stream, data: bytes) -> None:
        self.printed.append((stream, data))

    def progress(self, done: int, total: int | None, unit: str = "bytes") -> None:
        self.transferred.append((done, total))

    def read(self, path: str | Path) -> bytes:
        content = self.scripts.get(str(path))
        return Path(path).read_bytes() if content is None else content

    async def claim(
        self, kind: str, name: str, details: Mapping[str, str] | None = None, *, owner: str = ""
    ) -> Resource:
        resource = Resource(
            owner=owner or self.owner,
            kind=kind,
            name=name,
            run=self.build.run_id,
            build=self.build.key,
            details=dict(details or {}),
        )
        self.claims.append(resource)
        self.ever_claimed.append(resource)
        return resource

    async def update(self, resource: Resource, *, id: str | None = None, kept: bool | None = None) -> None:
        if id is not None:
            resource.id = id
        if kept is not None:
            resource.kept = kept

    async def gone(self, resource: Resource) -> None:
        self.claims = [claimed for claimed in self.claims if claimed is not resource]

    @contextmanager
    def span(self, title: str, kind: str = "sub-step") -> Iterator[None]:
        self.spans.append(title)
        yield

    def text(self, stream: Stream | None = None) -> str:
        """What was printed, of one stream or of both."""
        return b"".join(data for name, data in self.printed if stream in (None, name)).decode()


def make_context(
    directory: Path, *, type: str = "null", name: str = "example", force: bool = False
) -> RecordingContext:
    """A context of a build `TYPE.NAME` whose state lies below `directory`."""
    facts = BuildFacts(
        key=f"001-{name}",
        name=f"{type}.{name}",
        source_name=name,
        builder_type=type,
        run_uuid="6f1d2c3b-0000-4000-8000-000000000001",
        run_id="test",
        installation="tests",
        force=force,
        state_directory=directory / "state",
        template_directory=directory,
    )
    return RecordingContext(build=facts, owner=f"builder:{type}")


def make_machine(context: RecordingContext, name: str = "bakehouse-tests-test-001") -> Machine:
    """A machine as the engine makes it, before any step has run."""
    return Machine(name=name, context=context)
