"""Repairing a paused build: retry with or without what changed on disk, edit, a shell inside, a longer hold."""

from __future__ import annotations

import os
import re
from contextlib import suppress

from bakehouse.dashboard import formats
from bakehouse.dashboard.pause import earlier, editing, paused
from bakehouse.dashboard.pause.verbs import HOLD_MORE
from bakehouse.dashboard.stage import Stage
from bakehouse.dashboard.terminal import shell
from bakehouse.errors import BakehouseError, Refused, SessionError
from bakehouse.record.commands import Expects
from bakehouse.record.state import BuildState, StepState
from bakehouse.session.protocol import Changes

PARSE_WORDS = re.compile(r"clos|expected|unexpected|quote|utf-8|unsupported character|one-line block|without an end")
"""What the first line of a problem has where the text is no HCL at all."""
Rows = list[tuple[str, str, str, str]]
"""Answers as `bakehouse.dashboard.pause.verb_rows.Verbs` shows them."""
STAYS = "Nothing has changed; the build stays paused."


class Repair:
    """What takes more than sending one verb. `seen`: what was expected when the question was asked."""

    def __init__(self, app: Stage) -> None:
        self.app = app
        self.verb = ""
        self.seen: Expects | None = None
        self.build = self.to = ""
        self.earlier = ""
        self.as_is = False

    @property
    def _where(self) -> dict[str, str]:
        return {"to": self.to} if self.to else {}

    def _paused(self) -> tuple[BuildState, StepState] | None:
        build = self.app.model.paused
        step = paused.step_of(build) if build is not None else None
        return (build, step) if build is not None and step is not None else None

    def _remember(self, verb: str, build: BuildState) -> None:
        self.verb, self.build, self.to = verb, build.key, ""
        self.seen = build.expects

    async def retry(self) -> None:
        """`r`."""
        await self.again("retry")

    async def again(self, verb: str, to: str = "") -> None:
        """Retry, or roll back first; if files have changed since, the engine refuses, and the person is asked.

        to: key of the step that the machine is to be as before.
        """
        found = self._paused()
        if found is None:
            return
        build, step = found
        self._remember(verb, build)
        self.to = to
        try:
            await self.app.session.send(verb, build.key, self.seen, **self._where)
        except Refused as refusal:
            if refusal.code == "changed":
                await self._ask_with_changes(step)
            else:
                self.app.main.say(str(refusal), "warning")
        except SessionError as error:
            self.app.main.say(str(error), "warning")

    async def _ask_with_changes(self, step: StepState) -> None:
        changes = await self._changes()
        if changes is None:
            return
        number = step.info.number
        again = "roll back, retry" if self.verb == "rollback-retry" else f"retry {number}"
        rows = [
            ("r", again, "with the change", "paused"),
            ("o", again, "with the files that ran before", "paused"),
            ("y", "copy", "copy this diff", "accent"),
            ("esc", "back", "nothing runs, the files stay", "accent"),
        ]
        answers = {"r": "review-run", "o": "review-as-was", "y": "review-copy", "escape": "review-close"}
        if changes.problem:
            rows, answers = _without(rows, answers, "r", "y")
        if changes.revised:  # another build took a revision, which is in force for this one too
            rows, answers = _without(rows, answers, "o")
        self._ask("Files have changed since this ran", "Run it?", changes, rows, answers)

    async def edit(self) -> None:
        """`e`: the editor, then what changed, then a question."""
        found = self._paused()
        if found is None:
            return
        build, step = found
        if not (step.info.script or step.info.file):
            self.app.main.say("This step has no file to edit.", "warning")
            return
        self._remember("edit-retry", build)
        directory = self.app.model.state.directory
        path, line = editing.target(step, [directory, os.getcwd()])
        try:
            await editing.edit(self.app, path, line, directory)
        except editing.CannotEdit as error:
            self.app.main.say(str(error).replace(f"{directory}/", ""), "warning")
            return
        changes = await self._changes()
        if changes is None:
            return
        if not changes.files and not changes.problem:
            self.app.main.say(f"{path.name} is as it was. Nothing has changed; r retries.", "muted")
            return
        self._ask_after_edit(step, path.name, changes)

    def _ask_after_edit(self, step: StepState, name: str, changes: Changes) -> None:
        number = step.info.number
        rows = [
            ("r", f"retry {number}", "what the files now say, machine as is", "paused"),
            ("e", "edit again", f"open {name} once more", "paused"),
            ("y", "copy", "copy this diff", "accent"),
            ("esc", "back", "nothing runs, your edit stays", "accent"),
        ]
        answers = {"r": "review-run", "e": "edit-retry", "y": "review-copy", "escape": "review-close"}
        title = "Edit and retry"
        if changes.problem:
            rows, answers = _without(rows, answers, "r", "y")
            title = broken(changes.problem)
        self._ask(title, "Run it?" if not changes.problem else "What next?", changes, rows, answers)

    def _ask(
        self,
        title: str,
        question: str,
        changes: Changes,
        rows: Rows,
        answers: dict[str, str],
    ) -> None:
        main, state = self.app.main, self.app.model.state
        build = self.app.model.paused
        uses = used_by(build, changes, state.directory) if build is not None else {}
        note = self._offer(build, changes, rows, answers) if build is not None else ""
        if changes.problem:
            note = f"{changes.problem}\n\n{STAYS}"
        main.verbs.title, main.verbs.rows = question, rows
        main.review.ask(title, changes.files, answers, note=note, uses=uses, directory=state.directory)
        main.review.withheld = bool(changes.problem)
        main.show_panel(main.panel)
        main.repaint()

    def copy(self) -> None:
        """`y`: what has changed, to the terminal's clipboard; what is withheld stays so."""
        review = self.app.main.review
        if review.withheld or not review.files:
            self.app.main.say("There is nothing to copy.", "muted")
            return
        self.app.copy_to_clipboard("\n".join(file.diff.rstrip("\n") for file in review.files) + "\n")
        self.app.main.say(f"Copied the diff of {formats.plural(len(review.files), 'file')}.", "text")

    def close(self) -> None:
        """Back to the verbs; nothing ran."""
        main = self.app.main
        main.review.close()
        main.verbs.title, main.verbs.rows = "", []
        main.show_panel(main.panel)
        main.repaint()

    async def run(self) -> None:
        """The answer was: with the change."""
        await self._answer(changed=True)

    async def run_as_it_was(self) -> None:
        """The answer was: as it was."""
        await self._answer(changed=False)

    async def _answer(self, *, changed: bool) -> None:
        self.close()
        try:
            if self.verb in ("retry", "rollback-retry"):
                await self.app.session.send(self.verb, self.build, self.seen, changed=changed, **self._where)
            else:
                as_is = {"as_is": True} if self.as_is else {}
                await self.app.session.send(self.verb, self.build, self.seen, **as_is)
        except SessionError as error:
            self.app.main.say(str(error), "warning")

    async def roll_back_and_run(self) -> None:
        """The answer was: roll back to the earlier step that has changed, and run on from there."""
        self.close()
        try:
            await self.app.session.send("edit-retry", self.build, self.seen, to=self.earlier)
        except SessionError as error:
            self.app.main.say(str(error), "warning")

    def _offer(self, build: BuildState, changes: Changes, rows: Rows, answers: dict[str, str]) -> str:
        """A notice if what the build has behind it is not what the files say; the answer to it comes first."""
        told = changes.earlier.get(build.key)
        self.as_is = told is not None
        if told is None or changes.problem:
            return ""
        behind = earlier.Behind(build, told)
        if told.new:
            rows[:] = [(key, name, behind.first(text) if key == "r" else text, tone) for key, name, text, tone in rows]
        if behind.made is None:
            return behind.said
        self.earlier = told.step
        name = "roll back, retry" if self.verb != "rollback-retry" else "roll back more"
        rows.insert(0, ("R", name, behind.answer, "paused"))
        answers["R"] = "review-roll-back"
        return behind.said

    async def _changes(self) -> Changes | None:
        try:
            return await self.app.session.changes(self.build)
        except SessionError as error:
            self.app.main.say(str(error), "warning")
            return None

    async def hold(self) -> None:
        """`H`: keep the machine a while more."""
        found = self._paused()
        if found is None:
            return
        build, _ = found
        if build.pause is None or not build.pause.until:
            self.app.main.say("This machine is kept without a limit.", "muted")
            return
        self._remember("hold", build)
        try:
            await self.app.session.send("hold", build.key, self.seen, seconds=HOLD_MORE)
        except SessionError as error:
            self.app.main.say(str(error), "warning")

    async def shell(self) -> None:
        """`!`: hand the terminal over to a shell inside."""
        found = self._paused()
        if found is None:
            return
        build, _ = found
        self._remember("shell", build)
        terminal = self.app.terminal()
        rows, columns = terminal.size()
        try:
            answer = await self.app.session.send("shell", build.key, self.seen, rows=rows, columns=columns)
            stream = await self.app.session.stream(answer.span, rows, columns)
        except BakehouseError as error:
            self.app.main.say(str(error), "warning")
            return
        started = self.app.model.now()
        try:
            with self.app.suspend(), self.app.batch_update():
                await terminal.show(f"\x1b[2J\x1b[HShell in {build.name}. ctrl+] leaves.\r\n".encode())
                ended = await shell.relay(stream, terminal)
        except (BakehouseError, OSError) as error:
            self.app.main.say(str(error), "warning")
            return
        finally:
            with suppress(BakehouseError, OSError):
                await stream.close()
        time = formats.duration(self.app.model.now() - started)
        words = {"left": "You left the shell", "ended": "The shell ended", "lost": "The shell's socket went away"}[
            ended
        ]
        self.app.main.say(f"{words} after {time}. The image is tainted: a shell was opened.", "muted")


def _without(rows: Rows, answers: dict[str, str], *keys: str) -> tuple[Rows, dict[str, str]]:
    return [row for row in rows if row[0] not in keys], {key: name for key, name in answers.items() if key not in keys}


def broken(problem: str) -> str:
    """What to call a template with `problem`, the rendered diagnostics."""
    first = next(iter(problem.splitlines()), "").lower()
    return "The template does not parse" if PARSE_WORDS.search(first) else "The template has a mistake"


def used_by(build: BuildState, changes: Changes, directory: str) -> dict[str, str]:
    """Which step runs each changed file, by path."""
    uses: dict[str, str] = {}
    paths = {formats.inside(file.path, directory): file.path for file in changes.files}
    current = paused.step_of(build)
    for step in build.steps.values():
        path = paths.get(formats.inside(step.info.script, directory))
        if path is not None:
            before = current is not None and step.info.number < current.info.number and step.status != "skipped"
            name = f"{step.info.number} {step.info.title}"
            uses[path] = f"used by {name}, which has already run" if before else f"used by {name}"
    return uses
