"""Post-processors: every chain starts from the builder's artifact, and each link decides about its input (Packer's
`core build`, "keep_input_artifact")."""

from __future__ import annotations

from dataclasses import replace

from bakehouse.engine.breakpoints import Breakpoints, StepFailed, Verdict
from bakehouse.engine.components import make_post_processor
from bakehouse.engine.context import StepContext
from bakehouse.engine.course import Course
from bakehouse.engine.ports import Sink
from bakehouse.engine.step import Steps
from bakehouse.errors import BakehouseError
from bakehouse.record.events import ArtifactGone, ArtifactMade, StepSkipped
from bakehouse.sdk import Artifact, Processed
from bakehouse.template.plan import StepPlan


class PostProcessing:
    """Runs the chains of one build.

    The builder's artifact is kept if any chain keeps it, and removed if none does, also when they failed. A failure
    ends its own chain only. Within a chain an input that is not kept is removed once the next link has its result.
    """

    def __init__(
        self, course: Course, sink: Sink, steps: Steps, breakpoints: Breakpoints, values: dict[str, str]
    ) -> None:
        self.errors: list[BakehouseError] = []
        self._course = course
        self._sink = sink
        self._steps = steps
        self._breakpoints = breakpoints
        self._values = values
        self._keep_original = False

    async def run(self, artifact: Artifact) -> None:
        """All chains; what failed is in `errors`. Raises Interrupted."""
        self._sink.emit(made(self._marked(artifact)))
        done: set[int] = set()
        while (chain := self._next_chain(done)) is not None:
            done.add(chain)
            try:
                await self._chain(chain, artifact)
            except StepFailed as failure:
                self.errors.append(failure)
        if done and not self._keep_original:
            await self._destroy(artifact)

    def skip_all(self, reason: str) -> None:
        """There is nothing to process."""
        for chain in self._course.chains():
            for step in chain:
                self._sink.emit(StepSkipped(step.key, reason))

    def _next_chain(self, done: set[int]) -> int | None:
        """An edit may have added one, or taken one out."""
        return next((steps[0].chain for steps in self._course.chains() if steps[0].chain not in done), None)

    def _next_link(self, chain: int, behind: set[str]) -> StepPlan | None:
        steps = next((steps for steps in self._course.chains() if steps[0].chain == chain), [])
        return next((step for step in steps if step.key not in behind), None)

    async def _chain(self, chain: int, original: Artifact) -> None:
        current, first = original, True
        behind: set[str] = set()
        while (step := self._next_link(chain, behind)) is not None:
            self._steps.check()
            verdict, processed = await self._link(step, current)
            if verdict.kind == "again":
                continue
            behind.add(step.key)
            if processed is None:
                continue
            if processed.artifact is None:
                return
            keep = keeps(processed, step.keep_input)
            if first:
                self._keep_original = self._keep_original or keep
            elif not keep:
                await self._destroy(current)
            self._sink.emit(made(self._marked(processed.artifact), step.key))
            current, first = processed.artifact, False

    async def _link(self, step: StepPlan, artifact: Artifact) -> tuple[Verdict, Processed | None]:
        """What is to follow, and what came of it; if somebody left it out, the next link gets the same input."""
        results: list[Processed] = []

        async def work(context: StepContext) -> None:
            processor = make_post_processor(step, self._values)
            results.append(await processor.post_process(self._marked(artifact), context))

        verdict = await self._breakpoints.before(step)
        if verdict.kind == "done":
            attempt = await self._steps.run(step, work)
            verdict = await self._breakpoints.settle(step, attempt, None)
        return verdict, results[-1] if results else None

    def _marked(self, artifact: Artifact) -> Artifact:
        """What people did by hand goes with the artifact, into manifests and the record."""
        marks = self._breakpoints.marks
        if not marks:
            return artifact
        return replace(artifact, metadata={**artifact.metadata, "tainted": [dict(mark) for mark in marks]})

    async def _destroy(self, artifact: Artifact) -> None:
        try:
            await artifact.destroy()
        except Exception as error:
            self.errors.append(BakehouseError(f"The artifact {artifact.description!r} could not be removed: {error}"))
            return
        self._sink.emit(ArtifactGone(artifact.builder_id, artifact.id))


def keeps(processed: Processed, wanted: bool | None) -> bool:
    """`keep_input_artifact` decides, unless the post-processor keeps its input by force."""
    if wanted is None or (processed.keep and processed.forced):
        return processed.keep
    return wanted


def made(artifact: Artifact, step: str = "") -> ArtifactMade:
    """The event about it."""
    files = [str(path) for path in artifact.files]
    return ArtifactMade(artifact.builder_id, artifact.id, artifact.description, files, dict(artifact.metadata), step)
