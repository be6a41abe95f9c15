"""The contract of a post-processor: what is done with an artifact."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from bakehouse.sdk.artifact import Artifact
from bakehouse.sdk.component import Component
from bakehouse.sdk.machine import Context


@dataclass(frozen=True, slots=True)
class Processed:
    """What came of it (Packer's PostProcessor.PostProcess returns the same three).

    artifact: the next link's input; None ends the chain.
    keep: whether the input artifact is kept when the template says nothing.
    forced: `keep` wins even over `keep_input_artifact = false`.
    """

    artifact: Artifact | None
    keep: bool
    forced: bool = False


class PostProcessor(Component, ABC):
    """Takes an artifact, gives an artifact. A new instance for every attempt."""

    @abstractmethod
    async def post_process(self, artifact: Artifact, context: Context) -> Processed:
        """Do it. Raises StepError."""
