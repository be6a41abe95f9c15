"""The plan in force, and what has changed on disk since it was made (DESIGN 4, 'Retry and files changed on disk').

An edit makes revision n+1. Steps that are the same keep their keys: matched by name, then by the digest of their
options, then by order; what is left is new.
"""

from __future__ import annotations

import asyncio
import difflib
import os
from collections import defaultdict
from collections.abc import Callable, Iterator

import msgspec

from bakehouse import registry
from bakehouse.engine.earlier import earlier_changes
from bakehouse.errors import Diagnostic, Refused, TemplateError
from bakehouse.record.events import BuildInfo, PlanRevised, StepInfo
from bakehouse.record.state import RunState
from bakehouse.redact import Redactor
from bakehouse.sdk import Inputs
from bakehouse.session.protocol import Changes, Earlier, FileChange
from bakehouse.template.inputs import InputFiles
from bakehouse.template.plan import BuildPlan, FileRecord, Plan, Request, StepPlan

Recompile = Callable[[Request, int], tuple[Plan, list[Diagnostic]]]
LARGEST_DIFF = 256 * 1024
"""Bytes of a file beyond which no difference is drawn."""


class Revisions:
    """The plan in force. `plan` changes only by `adopt`. plans: all that ever were, by revision."""

    def __init__(self, plan: Plan, request: Request, redactor: Redactor, recompile: Recompile) -> None:
        self.plan = plan
        self.plans = {plan.revision: plan}
        self._request = request
        self._redactor = redactor
        self._recompile = recompile

    async def changed(self, state: RunState, build: str) -> list[str]:
        """The template files and scripts on disk that differ from what a build ran, as people would name them."""
        return [self._shown(record.path) for record, _ in await asyncio.to_thread(self._differing, state, build)]

    async def changes(self, state: RunState, build: str = "") -> Changes:
        """The same with differences. A template that does not parse may hold a secret that nobody knows: no diff."""
        differing = await asyncio.to_thread(self._differing, state, build)
        problem = ""
        earlier: dict[str, Earlier] = {}
        if differing:
            try:
                earlier = self.earlier(state, await self.recompiled())
            except Refused as refusal:
                problem = str(refusal)
        files = [
            FileChange(
                self._shown(record.path),
                "" if problem else self._redactor.text(self._diff(record, now)),
                gone=now is None,
            )
            for record, now in differing
        ]
        return Changes(0, files, self._redactor.text(problem), earlier, self.revised(state, build))

    def earlier(self, state: RunState, plan: Plan) -> dict[str, Earlier]:
        """What a plan changes in what paused builds have behind them, by their keys; masked."""
        text = self._redactor.text
        return {
            key: msgspec.structs.replace(
                step, title=text(step.title), gone=text(step.gone), new=[text(name) for name in step.new]
            )
            for key, step in earlier_changes(state, self.plans, plan).items()
        }

    def revised(self, state: RunState, build: str) -> bool:
        """Whether texts of the plan in force are others than those that a build ran: another one took a revision."""
        ran = self._ran(state, build)
        return {path: record.digest for path, record in ran.files.items() if record.content is not None} != {
            path: record.digest for path, record in self.plan.files.items() if record.content is not None
        }

    def _ran(self, state: RunState, build: str) -> Plan:
        """The plan of the newest attempt of a build."""
        steps = state.builds[build].steps.values() if build in state.builds else ()
        spans = [state.spans[step.span] for step in steps if step.span in state.spans]
        newest = max(spans, key=lambda span: span.id, default=None)
        return self.plans.get(newest.revision, self.plan) if newest is not None else self.plan

    async def recompiled(self) -> Plan:
        """A plan of what is on disk now, matched with the one in force; its secrets are masked from here on.

        Raises Refused with the diagnostics if it does not compile.
        """
        try:
            plan, _ = await asyncio.to_thread(self._recompile, self._request, self.plan.revision + 1)
        except TemplateError as error:
            raise Refused(str(error), code="invalid") from error
        self._redactor.add(plan.secrets)
        return msgspec.structs.replace(plan, builds=list(_matched_builds(self.plan.builds, plan.builds)))

    def adopt(self, plan: Plan, by: str) -> PlanRevised:
        """Put a plan into force; the event about it."""
        before = self.plan.files
        changed = [self._shown(path) for path, record in plan.files.items() if record != before.get(path, record)]
        self.plan = msgspec.structs.replace(plan, revision=self.plan.revision + 1)
        self.plans[self.plan.revision] = self.plan
        return PlanRevised(self.plan.revision, infos(self.plan), changed, by)

    def _differing(self, state: RunState, build: str) -> list[tuple[FileRecord, bytes | None]]:
        """Texts whose bytes are others now. Files that are only digested are read from disk by any retry."""
        texts = [record for record in self._ran(state, build).files.values() if record.content is not None]
        now = InputFiles(self._request.cwd)
        now.add(Inputs(scripts=tuple(record.path for record in texts)))
        return [
            (record, now.records[record.path].content)
            for record in texts
            if now.records[record.path].digest != record.digest
        ]

    def _diff(self, record: FileRecord, now: bytes | None) -> str:
        before, after = record.content or b"", now or b""
        if max(len(before), len(after)) > LARGEST_DIFF:
            return ""
        try:
            old, new = before.decode().splitlines(), after.decode().splitlines()
        except UnicodeDecodeError:
            return ""
        name = self._shown(record.path)
        return "\n".join(difflib.unified_diff(old, new, name, name, "as it was run", "on disk", lineterm=""))

    def _shown(self, path: str) -> str:
        relative = os.path.relpath(path, self._request.cwd)
        return path if relative.startswith("..") else relative


def infos(plan: Plan) -> list[BuildInfo]:
    """The builds of a plan, as viewers need them."""
    return [
        BuildInfo(build.key, build.name, build.builder, [_info(step) for step in build.steps], build.needs)
        for build in plan.builds
    ]


def _info(step: StepPlan) -> StepInfo:
    place = step.location
    shown = (step.key, step.number, step.title, step.kind, step.type)
    on_host = step.kind == "provisioner" and registry.load("provisioner", step.type).on_host
    return StepInfo(*shown, place.file, place.line, step.script, step.retry, step.name, on_host)


def _matched_builds(before: list[BuildPlan], after: list[BuildPlan]) -> Iterator[BuildPlan]:
    """The builds of before, each as the new plan has it: nothing is added to a run, and nothing taken away."""
    candidates: defaultdict[str, list[BuildPlan]] = defaultdict(list)
    for build in after:
        candidates[build.name].append(build)
    for old in before:
        if not candidates[old.name]:
            yield old
            continue
        new = candidates[old.name].pop(0)
        steps = match_steps(old.steps, new.steps)
        yield msgspec.structs.replace(new, key=old.key, ordinal=old.ordinal, needs=old.needs, steps=steps)


def match_steps(before: list[StepPlan], after: list[StepPlan]) -> list[StepPlan]:
    """The steps of `after` with the keys of those of `before` that they continue."""
    free = {step.key: step for step in before}
    keys: dict[int, str] = {}
    rules: list[Callable[[StepPlan], tuple[object, ...]]] = [
        lambda step: (step.kind, step.type, step.name or (not step.type and step.title) or None),
        lambda step: (step.kind, step.type, step.digest or None),
        lambda step: (step.kind, step.type, step.name),
    ]
    for rule in rules:
        for index, step in enumerate(after):
            mark = rule(step)
            same = next((key for key, old in free.items() if rule(old) == mark), None)
            if index not in keys and same is not None and None not in mark:
                keys[index] = same
                del free[same]
    taken = {step.key for step in before}
    for index, step in enumerate(after):
        if index not in keys:
            keys[index] = _fresh(step.key, taken)
            taken.add(keys[index])
    return [msgspec.structs.replace(step, key=keys[index]) for index, step in enumerate(after)]


def _fresh(key: str, taken: set[str]) -> str:
    stem, _, _ = key.rpartition("#")
    return next(name for number in range(1, len(taken) + 2) if (name := f"{stem}#{number}") not in taken)
