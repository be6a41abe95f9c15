"""The verbs that answer a pause: take the step as it is, run it again, as edited or not, or roll the machine back."""

from __future__ import annotations

from typing import Any

import msgspec

from bakehouse.engine.breakpoint_book import Book
from bakehouse.engine.breakpoint_places import step_named
from bakehouse.engine.checks import Checks
from bakehouse.engine.ports import Decision
from bakehouse.engine.revision import Revisions
from bakehouse.errors import Refused
from bakehouse.record.commands import Command
from bakehouse.record.fitting import nearest_checkpoint, why_not
from bakehouse.record.state import BuildState
from bakehouse.session.host import Accepted
from bakehouse.session.protocol import Earlier, what_changed
from bakehouse.template.plan import BuildPlan


def promised(build: BuildState, to: str) -> dict[str, Any]:
    """What a roll back to before a step does: to before which one it really goes (exact: that very one), what will not
    come back, and which steps on the host are run again from there, by number and title."""
    made = build.checkpoints.get(nearest_checkpoint(build, to))
    if made is None:
        return {}
    steps = [step for step in build.steps.values() if not step.gone]
    keys = [step.info.key for step in steps]
    until = keys.index(build.pause.step) if build.pause is not None and build.pause.step in keys else len(keys)
    again = steps[keys.index(made.step) : until + 1]
    at = build.steps[made.step].info
    return {
        "step": made.step,
        "number": at.number,
        "title": at.title,
        "exact": made.step == to,
        "lost": list(made.lost),
        "again_on_host": [f"{step.info.number} {step.info.title}" for step in again if step.info.on_host],
    }


class Answers:
    """Answers the pauses of one run."""

    def __init__(self, checks: Checks, revisions: Revisions, book: Book) -> None:
        self._checks = checks
        self._revisions = revisions
        self._book = book

    async def go_on(self, command: Command) -> None:
        """continue, next, skip."""
        self._checks.fits(command)
        self._checks.answer(command, Decision(command.verb, command.by))

    async def retry(self, command: Command) -> Accepted:
        """With what has changed on disk only if the sender says so; it must say when there is a change."""
        self._checks.fits(command)
        return await self._as_asked(command, "")

    async def edit(self, command: Command) -> Accepted:
        """As on disk now; {"to": step} rolls the machine back first, {"as_is": true} takes it as it is also where that
        leaves it with what a step did that is not as it was run."""
        if not command.arguments.get("to"):
            self._checks.fits(command)
        return await self._revised(command, str(command.arguments.get("to", "")))

    async def roll_back(self, command: Command) -> Accepted:
        """The machine as before a step, and nothing else."""
        to = self._step(command, self._plan(command))
        self._checks.fits(command, to)
        told = promised(self._checks.build(command), to)
        self._checks.answer(command, Decision(command.verb, command.by, to=to))
        return Accepted(data=told)

    async def roll_back_and_retry(self, command: Command) -> Accepted:
        """The same, then on from there, as `retry` goes on."""
        to = self._step(command, self._plan(command))
        self._checks.fits(command, to)
        told = promised(self._checks.build(command), to)
        done = await self._as_asked(command, to)
        return Accepted(data={**told, **done.data})

    async def _as_asked(self, command: Command, to: str) -> Accepted:
        state = self._checks.recorder.state
        changed = await self._revisions.changed(state, command.build)
        if changed and not isinstance(command.arguments.get("changed"), bool):
            names = ", ".join(changed)
            raise Refused(f"Changed since it ran: {names}. Retry with the change, or as it was?", code="changed")
        if changed and command.arguments["changed"]:
            return await self._revised(command, to)
        if self._revisions.revised(state, command.build):
            raise Refused(
                f"Revision {self._revisions.plan.revision} has been taken for every build since this one ran, so it "
                "cannot run as it was. Retry with the change; to have it as it was, undo the change in the files."
            )
        self._checks.fits(command, to)
        self._checks.answer(command, Decision(command.verb, command.by, to=to))
        return Accepted()

    async def _revised(self, command: Command, to: str) -> Accepted:
        """Put what is on disk into force, and answer. Until then nothing has changed."""
        recorder = self._checks.recorder
        changed = await self._revisions.changed(recorder.state, command.build)
        plan = await self._revisions.recompiled()
        self._checks.pause(command)
        earlier = self._revisions.earlier(recorder.state, plan).get(command.build)
        if command.verb == "edit-retry" and not to and earlier is not None and earlier.stale:
            self._refuse_stale(command, earlier)
        if to:
            mine = next(build for build in plan.builds if build.key == command.build)
            to = self._step(command, mine)
            reason = why_not(command.verb, self._checks.build(command), to, [step.key for step in mine.steps])
            if reason:
                raise Refused(reason)
        recorder.emit(self._revisions.adopt(plan, command.by))
        now = self._revisions.plan
        for moved in self._book.revise(now):
            recorder.emit(moved)
        for build in now.builds:
            mine_too = build.key == command.build
            decision = Decision(
                command.verb if mine_too else "revise",
                command.by,
                plan=build,
                files=now.files,
                revision=now.revision,
                to=to if mine_too else "",
                breakpoints=self._book.standing(build.key),
            )
            if mine_too:
                self._checks.answer(command, decision)
            elif not recorder.state.builds[build.key].ended:
                self._checks.mailboxes[build.key].put(decision)
        data: dict[str, Any] = {"revision": now.revision, "changed": changed}
        if earlier is not None and not to:
            data["earlier"] = msgspec.to_builtins(earlier)
        return Accepted(data=data)

    def _refuse_stale(self, command: Command, earlier: Earlier) -> None:
        """A step that has run is not as it was run: the sender must know. Raises Refused."""
        if command.arguments.get("as_is") is True:
            return
        back = f"Roll back first (edit-retry {earlier.number}), or take" if earlier.possible else "Take"
        raise Refused(f"{what_changed(earlier)} {back} the machine as it is (--as-is)?", code="earlier")

    def _plan(self, command: Command) -> BuildPlan:
        self._checks.pause(command)
        return next(build for build in self._revisions.plan.builds if build.key == command.build)

    def _step(self, command: Command, plan: BuildPlan) -> str:
        """Key of the step that {"to": ...} calls, by default the paused one. Raises Refused."""
        text = str(command.arguments.get("to", ""))
        if not text:
            return self._checks.pause(command).step
        keys = step_named(text, plan)
        if not keys:
            names = ", ".join(f"{step.number} {step.title}" for step in plan.steps if step.kind != "post-processor")
            raise Refused(f'There is no step "{text}". Steps: {names}.', code="invalid")
        return keys[0]
