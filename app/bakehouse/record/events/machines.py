"""Facts of what a build made: resources, checkpoints of its machine, artifacts."""

from __future__ import annotations

from typing import Any, ClassVar

from bakehouse.record.events.envelope import Body


class ResourceClaimed(Body, frozen=True, omit_defaults=True):
    """A line of the ledger, for viewers; repeated when its id becomes known or it is to be kept. The ledger alone has
    its name unmasked: a file may be named by a secret, and must be found again."""

    free: ClassVar[frozenset[str]] = frozenset({"name"})

    owner: str
    type: str
    name: str
    step: str = ""
    id: str = ""
    kept: bool = False


class ResourceGone(Body, frozen=True, omit_defaults=True):
    """It was removed, or became the artifact."""

    free: ClassVar[frozenset[str]] = frozenset({"name"})

    owner: str
    type: str
    name: str


class RemovalFailed(Body, frozen=True, omit_defaults=True):
    """A resource could not be removed; it stays in the ledger for `bakehouse gc`."""

    free: ClassVar[frozenset[str]] = frozenset({"name", "error"})

    owner: str
    type: str
    name: str
    error: str


class NoCheckpoints(Body, frozen=True, omit_defaults=True):
    """The machine of this build cannot be saved, so there is nothing to roll back to. why: a sentence."""

    free: ClassVar[frozenset[str]] = frozenset({"why"})

    why: str


class CheckpointMade(Body, frozen=True, omit_defaults=True):
    """The machine as it was before `step` can be had again. id: unique in the run.

    origin: "start" (the fresh machine, free of cost), "taken", "cache" (from an earlier run). size: bytes, SI shown.
    seconds: what it cost. lost: what a roll back will not bring back (processes, tmpfs ...), for people. why_not:
    why no other run may start from it; "" if one may.
    """

    free: ClassVar[frozenset[str]] = frozenset({"lost", "why_not"})

    id: int
    step: str
    origin: str = "taken"
    size: int = 0
    seconds: float = 0.0
    lost: list[str] = []
    why_not: str = ""


class CheckpointGone(Body, frozen=True, omit_defaults=True):
    """It can be had no longer."""

    id: int


class BuildRewound(Body, frozen=True, omit_defaults=True):
    """The machine is as it was before `step`, which is next again. lost: what did not come back."""

    free: ClassVar[frozenset[str]] = frozenset({"lost"})

    step: str
    checkpoint: int
    lost: list[str] = []
    by: str = ""


class ArtifactMade(Body, frozen=True, omit_defaults=True):
    """A result, as `bakehouse.sdk.Artifact` describes it. step: the post-processor that made it, "" for the builder."""

    free: ClassVar[frozenset[str]] = frozenset({"description", "files", "metadata"})

    builder_id: str
    id: str
    description: str
    files: list[str] = []
    metadata: dict[str, Any] = {}
    step: str = ""


class ArtifactGone(Body, frozen=True, omit_defaults=True):
    """An artifact was consumed by a post-processor that does not keep its input."""

    builder_id: str
    id: str
