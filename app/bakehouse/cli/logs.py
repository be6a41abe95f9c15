"""`bakehouse logs`: what a run printed, of one build or of all of them in the order of time."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from bakehouse.cli import find
from bakehouse.cli.flags import Flag
from bakehouse.cli.page import Page
from bakehouse.errors import UsageError
from bakehouse.headless.chunks import Chunk, Chunks
from bakehouse.headless.output import Output
from bakehouse.headless.shapes import Shape
from bakehouse.record.rundir import RunDirectory
from bakehouse.record.state import BuildState, RunState

PAGE = Page(
    "logs RUN [BUILD] [flags]",
    "Prints what a run printed: of one build as it came, of all builds line by line\nin the order of time.",
    (Flag("step", "text", "only of this step, by number, title or key", "STEP"),),
    (
        ("logs 7f3", "every build"),
        ("logs 7f3 docker", "one build, as it came"),
        ("logs 7f3 docker --step 4", "one step of it"),
    ),
    least=1,
    most=2,
    wanted="needs a run, and a build or none",
)


def main(arguments: list[str]) -> int:
    """Exit code 0."""
    parsed = PAGE.read(arguments)
    if parsed is None:
        return 0
    directory = find.run(parsed.arguments[0])
    state = find.state_of(directory)
    output = Output()
    if len(parsed.arguments) == 2:
        build = find.build(state, parsed.arguments[1])
        wanted = spans(state, build, parsed.text("step")) if parsed.given("step") else None
        for chunk in _chunks(directory, build):
            if wanted is None or chunk.span in wanted:
                output.write(chunk.text)
        return 0
    if parsed.given("step"):
        raise UsageError("--step needs a build: bakehouse logs RUN BUILD --step STEP")
    for _, _, line in heapq.merge(*(_lines(directory, build) for build in state.builds.values())):
        output.write(line)
    return 0


def spans(state: RunState, build: BuildState, name: str) -> set[int]:
    """The spans of every attempt at a step, and all below them. Raises UsageError if there is no such step."""
    steps = [step for step in build.steps.values() if name in (str(step.info.number), step.info.title, step.info.key)]
    if not steps:
        known = "\n".join(f"  {step.info.number} {step.info.title}" for step in build.steps.values())
        raise UsageError(f'Build {build.name} has no step "{name}". It has:\n{known}')
    keys, found = {step.info.key for step in steps}, set[int]()
    for span in state.spans.values():
        if span.step in keys or span.parent in found:
            found.add(span.id)
    return found


def _chunks(directory: RunDirectory, build: BuildState) -> Iterator[Chunk]:
    return Chunks(directory.log(build.key)).read()


def _lines(directory: RunDirectory, build: BuildState) -> Iterator[tuple[int, str, bytes]]:
    shapes = [Shape.of(build.name, stream, None) for stream in range(4)]
    for chunk in _chunks(directory, build):
        shape = shapes[min(chunk.stream, 3)]
        for at, line in zip(chunk.times, chunk.text.split(b"\n"), strict=False):
            yield at, build.key, shape.lines(line + b"\n")
