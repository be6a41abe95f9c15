"""A whole run: every build of a plan, one record, one desk. Meets `bakehouse.session.host.Host`."""

from __future__ import annotations

import logging
import os
import pwd
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from bakehouse import __version__
from bakehouse.engine.breakpoint_book import Book
from bakehouse.engine.breakpoint_places import starts
from bakehouse.engine.build import BuildRunner
from bakehouse.engine.complaints import engine_log
from bakehouse.engine.desk import Desk
from bakehouse.engine.environments import Environments
from bakehouse.engine.mailbox import Mailbox
from bakehouse.engine.options import RunOptions
from bakehouse.engine.ports import Decision, Outcome, Settings
from bakehouse.engine.recorder import Recorder
from bakehouse.engine.revision import Recompile, Revisions, infos
from bakehouse.engine.scheduler import Room, run_all
from bakehouse.engine.shell_stream import Person
from bakehouse.engine.shortage import Shortage
from bakehouse.record.commands import Command
from bakehouse.record.events import (
    BuildFinished,
    BuildWaits,
    Diagnostic,
    DriverChanged,
    Event,
    PlanRevised,
    RunFinished,
    RunStarted,
    RunStopping,
)
from bakehouse.record.rundir import RunDirectory
from bakehouse.record.state import RunState
from bakehouse.redact import Redactor
from bakehouse.sdk.flow import flowing
from bakehouse.session.host import Accepted
from bakehouse.session.protocol import Changes
from bakehouse.template.compile import compile_plan
from bakehouse.template.plan import BuildPlan, Plan, Request

__all__ = ["Run", "RunOptions"]

LOGGER = logging.getLogger(__name__)
UUID = "PACKER_RUN_UUID"
SEVERITY = {"": 0, "after-step": 1, "clean": 2, "keep": 2, "cut": 3, "force": 4}


class Run:
    """One run. `main` runs it once; everything else may be called while it does."""

    def __init__(
        self,
        plan: Plan,
        request: Request,
        options: RunOptions,
        directory: RunDirectory,
        recompile: Recompile = compile_plan,
    ) -> None:
        self.run = directory.run
        self.directory = directory.path
        self._record = directory
        self._installation = directory.info.installation
        self._uuid = os.environ.get(UUID) or str(uuid.uuid4())
        self._options = options
        self._request = request
        self.redactor = redactor = Redactor(plan.secrets)
        self._recorder = Recorder(directory, redactor, self._heard)
        self.feed = self._recorder.feed
        self._revisions = Revisions(plan, request, redactor, recompile)
        self._mailboxes = {build.key: Mailbox() for build in plan.builds}
        self._book = Book(request.cwd)
        self._set = [self._book.add(text, plan, "command line") for text in options.breakpoints]
        self._desk = Desk(self._recorder, self._revisions, options, self._mailboxes, self._book, self._stop)
        self._recorder.on_disk = Shortage(self._recorder, self._desk, self.directory, options.hold)
        self._room = Room(options.parallel, options.most_machines)
        self._environments = Environments()
        self._stopped_early: tuple[str, str] | None = None
        self._from_steps = starts(options.from_step, plan)

    @property
    def state(self) -> RunState:
        """What the events come to, now."""
        return self._recorder.state

    async def main(self) -> int:
        """Run every build; the exit code: 0 if all succeeded, else 1."""
        plan = self._revisions.plan
        try:
            self._recorder.emit(self._started(plan))
            self._recorder.emit(PlanRevised(plan.revision, infos(plan)))
            for breakpoint in self._set:
                self._recorder.emit(breakpoint)
            if self._stopped_early:
                self._stop(*self._stopped_early)
            with _environment(UUID, self._uuid), engine_log(self.directory, self.redactor):
                outcomes = await run_all(plan.builds, self._run_build)
            tainted = self._options.fail_tainted and any(outcome.tainted for outcome in outcomes)
            failed = self._recorder.broken or any(outcome.ending != "succeeded" for outcome in outcomes)
            code = int(bool(tainted or failed))
            self._recorder.emit(RunFinished(code))
            return code
        finally:
            self._recorder.close()

    def stop(self, how: str, by: str = "") -> None:
        """clean: end every build and clean up. keep: leave the machines. after-step: let running steps end first.

        cut: as clean, and end the removals that run now; may be said again. force: remove nothing more either; what
        is left stands in the ledger. A milder word after a stronger one changes nothing.
        """
        self._stop(how, by)

    async def command(self, command: Command) -> Accepted:
        """`Host.command`."""
        return await self._desk.command(command)

    def driver_changed(self, viewer: int, user: str) -> None:
        """`Host.driver_changed`."""
        if not self._recorder.closed:  # viewers leave when a run ends, too
            self._recorder.emit(DriverChanged(viewer, user))

    def note(self, text: str) -> None:
        """`Host.note`."""
        if not self._recorder.closed:
            self._recorder.emit(Diagnostic("note", text))

    async def changes(self, build: str = "") -> Changes:
        """`Host.changes`."""
        return await self._revisions.changes(self.state, build)

    def stream(self, span: int, *, watch: bool = False) -> Person:
        """`Host.stream`."""
        return self._desk.stream(span, watch=watch)

    def _stop(self, how: str, by: str) -> None:
        if not self.state.run:
            self._stopped_early = (how, by)
            return
        rank, now = SEVERITY[how], SEVERITY[self.state.stopping]
        if self.state.exit_code is not None or rank < now or (rank == now and how != "cut"):
            return
        self._recorder.emit(RunStopping(how, by))
        verb = {"after-step": "stop-after-step", "clean": "cancel", "keep": "cancel"}.get(how, how)
        decision = Decision(verb, by, keep=how == "keep", reason="The run was stopped.")
        for build in list(self.state.builds.values()):
            if not build.ended:
                self._desk.interrupt(build, decision)

    async def _run_build(self, build: BuildPlan, failed_need: str) -> Outcome:
        if failed_need:
            outcome = Outcome("cancelled", f"It needs {failed_need}, which did not succeed.")
            self._recorder.sink(build.key).emit(BuildFinished(outcome.ending, outcome.error))
            return outcome
        plan = self._revisions.plan
        build = next(candidate for candidate in plan.builds if candidate.key == build.key)
        runner = BuildRunner(
            build,
            plan.files,
            self._settings(build),
            self._recorder.sink(build.key),
            self._mailboxes[build.key],
            self._room.slots(lambda why: self._recorder.emit(BuildWaits(why), build.key)),
            self._environments,
        )
        try:
            with flowing(self._recorder.sink(build.key).flow):
                return await runner.run()
        except Exception as error:
            LOGGER.exception("The runner of build %s failed", build.key)
            text = f"{type(error).__name__}: {error} (a fault of Bakehouse; engine.log has more)"
            self._recorder.sink(build.key).emit(BuildFinished("failed", text))
            return Outcome("failed", text)

    def _settings(self, build: BuildPlan) -> Settings:
        return Settings(
            run=self.run,
            run_uuid=self._uuid,
            installation=self._installation,
            cwd=self._request.cwd,
            state_directory=str(self._record.private(build.key)),
            template_directory=self._revisions.plan.directory,
            revision=self._revisions.plan.revision,
            options=self._options,
            force=self._request.force,
            from_key=self._from_steps.get(build.key, ""),
            template=os.path.normpath(os.path.join(self._request.cwd, self._request.template)),
            breakpoints=self._book.standing(build.key),
        )

    def _started(self, plan: Plan) -> RunStarted:
        user = str(os.getuid())
        with suppress(KeyError):
            user = pwd.getpwuid(os.getuid()).pw_name
        return RunStarted(
            self.run,
            plan.template,
            plan.directory,
            os.getpid(),
            __version__,
            self._installation,
            user,
            self._options.hold,
            self._options.parallel,
            self._options.on_error,
            self._request.force,
            self._options.fail_tainted,
        )

    def _heard(self, fact: Event) -> None:
        self._desk.hear(fact)


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    """Children and their children learn it, as with Packer."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = before
