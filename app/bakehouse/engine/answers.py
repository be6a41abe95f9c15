"""The verbs that answer a pause: take the step as it is, run it again, as edited or not, or roll the machine back."""

from __future__ import annotations

from bakehouse.engine.breakpoint_book import Book
from bakehouse.engine.breakpoint_places import step_named
from bakehouse.engine.checks import Checks
from bakehouse.engine.ports import Decision
from bakehouse.engine.revision import Revisions
from bakehouse.errors import Refused
from bakehouse.record.commands import Command
from bakehouse.record.fitting import why_not
from bakehouse.template.plan import BuildPlan


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

    async def retry(self, command: Command) -> None:
        """With what has changed on disk only if the sender says so; it must say when there is a change."""
        self._checks.fits(command)
        await self._as_asked(command, "")

    async def edit(self, command: Command) -> None:
        """As on disk now; {"to": step} rolls the machine back first."""
        if not command.arguments.get("to"):
            self._checks.fits(command)
        await self._revised(command, str(command.arguments.get("to", "")))

    async def roll_back(self, command: Command) -> None:
        """The machine as before a step, and nothing else."""
        to = self._step(command, self._plan(command))
        self._checks.fits(command, to)
        self._checks.answer(command, Decision(command.verb, command.by, to=to))

    async def roll_back_and_retry(self, command: Command) -> None:
        """The same, then on from there, as `retry` goes on."""
        to = self._step(command, self._plan(command))
        self._checks.fits(command, to)
        await self._as_asked(command, to)

    async def _as_asked(self, command: Command, to: str) -> None:
        changed = await self._revisions.changed()
        if changed and not isinstance(command.arguments.get("changed"), bool):
            names = ", ".join(changed)
            raise Refused(f"Changed since it ran: {names}. Retry with the change, or as it was?", code="changed")
        if changed and command.arguments["changed"]:
            await self._revised(command, to)
        else:
            self._checks.fits(command, to)
            self._checks.answer(command, Decision(command.verb, command.by, to=to))

    async def _revised(self, command: Command, to: str) -> None:
        """Put what is on disk into force, and answer. Until then nothing has changed."""
        plan = await self._revisions.recompiled()
        self._checks.pause(command)
        if to:
            mine = next(build for build in plan.builds if build.key == command.build)
            to = self._step(command, mine)
            reason = why_not(command.verb, self._checks.build(command), to, [step.key for step in mine.steps])
            if reason:
                raise Refused(reason)
        recorder = self._checks.recorder
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
                stops=self._book.stops(build.key),
            )
            if mine_too:
                self._checks.answer(command, decision)
            elif not recorder.state.builds[build.key].ended:
                self._checks.mailboxes[build.key].put(decision)

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
