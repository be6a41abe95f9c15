"""Setting and clearing breakpoints, answering several builds at once, and rolling back."""

from __future__ import annotations

from collections.abc import Iterable

from bakehouse.dashboard.pause import inbox, rollback, stops
from bakehouse.dashboard.pause.breakpoints import BreakpointList
from bakehouse.dashboard.pause.repair import Repair
from bakehouse.dashboard.pause.restore import Restore
from bakehouse.dashboard.screens.choice import Choice, Option
from bakehouse.dashboard.screens.prompt import Prompt
from bakehouse.dashboard.stage import Stage
from bakehouse.errors import SessionError
from bakehouse.record.commands import Expects
from bakehouse.record.state import BuildState
from bakehouse.session.protocol import what_changed

EXAMPLES = (
    "before:STEP, after:STEP, BUILD/STEP, a type, a glob, FILE:LINE, or a condition: output~REGEX, exit!=0, "
    "duration>2m. The same one again takes it away."
)


class Stopping:
    """What needs more than one verb, or a list to choose from."""

    def __init__(self, app: Stage, repair: Repair) -> None:
        self.app, self.repair = app, repair

    # Breakpoints

    async def toggle(self, when: str) -> None:
        """`b`, `B`: before, after the step under the cursor."""
        model = self.app.model
        build = model.build
        step = build.steps.get(model.step_cursor(build)) if build is not None else None
        if build is None or step is None:
            return
        standing = stops.at(model.state, build.key, step.info.key, when)
        name = f"{step.info.number} {step.info.title}"
        wide = next((stop for stop in standing if not stops.alone(stop)), None)
        if wide is not None:
            said = f"{stops.called(wide, model.builds)} stands here and elsewhere; :breakpoints clears it."
            self.app.main.say(said, "warning")
        elif standing:
            await self._send(build, "clear", f"No breakpoint {when} {name} any more.", breakpoint=standing[0].info.id)
        else:
            said = f"The build stops {when} {name}."
            await self._send(build, "break", said, **{"break": f"{when}:{step.info.key}"})

    async def add(self, text: str) -> None:
        """`:break TEXT`, for every build that it fits; what is wrong can be put right at once."""
        build = self.app.model.build
        problem = await self._sent(build, "break", "", **{"break": text}) if build is not None else ""
        if problem and not self.app.covered:
            self.ask_break(text, problem)

    async def clear(self, number: int) -> None:
        """Take one away."""
        build = self.app.model.build
        if build is not None:
            await self._send(build, "clear", "", breakpoint=number)

    async def _send(self, build: BuildState, verb: str, said: str, **arguments: str | int) -> None:
        if problem := await self._sent(build, verb, said, **arguments):
            self.app.main.say(problem, "warning")

    async def _sent(self, build: BuildState, verb: str, said: str, **arguments: str | int) -> str:
        """Why it was refused, "" if it was not."""
        key, seen = (build.key, build.expects) if verb == "break" else ("", None)
        try:
            answer = await self.app.session.send(verb, key, seen, **arguments)
        except SessionError as error:
            return str(error)
        text = str(arguments.get("break", ""))
        done = f"{'Set' if answer.data.get('set', True) else 'Cleared'} {text}" if text else ""
        self.app.main.say(said or done or f"Breakpoint {arguments.get('breakpoint')} is cleared.", "text")
        return ""

    def ask_break(self, text: str = "", problem: str = "") -> None:
        """A line to type. text, problem: what was typed before, and what is wrong with it."""
        build = self.app.model.build
        if build is None:
            return
        prompt = Prompt(self.app.look, f"Stop {build.name} where?", EXAMPLES)
        prompt.text, prompt.at, prompt.problem = text, len(text), problem

        async def try_it(text: str) -> None:
            prompt.settle(await self._sent(build, "break", "", **{"break": text}))

        prompt.hand_in = lambda text: self.app.start(try_it(text))
        self.app.cover(prompt, lambda _: None)

    def list(self) -> None:
        """All that stand."""

        def chosen(answer: str | None) -> None:
            if answer == "new":
                self.ask_break()

        look, model = self.app.look, self.app.model
        overlay = BreakpointList(look, model, lambda number: self.app.start(self.clear(number)))
        self.app.cover(overlay, chosen)

    # Roll back

    def roll_back(self) -> None:
        """`u`: choose, and see what will not come back."""
        self._restore("rollback", retry=False)

    async def back_and_retry(self) -> None:
        """`R`: at once where nothing else can be lost, else after a question."""
        build = self.app.model.paused
        made = rollback.nearest(build) if build is not None else None
        if build is None or made is None:
            return
        if made.lost:
            self._restore("rollback-retry", retry=True)
        else:
            await self.repair.again("rollback-retry")

    def _restore(self, verb: str, *, retry: bool) -> None:
        build = self.app.model.paused
        if build is None or rollback.nearest(build) is None:
            self.app.main.say("There is no checkpoint to roll back to.", "warning")
            return

        def chosen(step: str | None) -> None:
            if step:
                self.app.start(self.repair.again(verb, step))

        self.app.cover(Restore(self.app.look, build, retry=retry), chosen)

    # Several builds

    async def retry_all(self) -> None:
        """`a`: the builds that stand at the same error, by name; with what has changed since they ran."""
        group = self.app.main.inbox.same_error()
        if not group:
            self.app.main.say("No other build is paused at the same error.", "muted")
            return
        seen = {build.key: build.expects for build in group}
        names = [(build.name, inbox.place(build), "retried") for build in group]
        changed, note = await self._changed(seen)
        option = Option("retry", f"Retry all {len(group)}", "each runs its step again, machine as it is", "r")
        title = f"Retry {len(group)} builds?"
        dialog = Choice(self.app.look, title, [option], table=names, heads=inbox.HEADS, note=note)

        def chosen(answer: str | None) -> None:
            if answer:
                self.app.start(self._retry(seen, changed))

        self.app.cover(dialog, chosen)

    async def _changed(self, builds: Iterable[str]) -> tuple[set[str], str]:
        """Those that ran something else than the files now say, and what is said of that."""
        changed, files, steps = set[str](), dict[str, None](), dict[str, None]()
        for key in builds:
            try:
                changes = await self.app.session.changes(key)
            except SessionError:
                continue  # the retry itself will tell
            if changes.files:
                changed.add(key)
                files |= dict.fromkeys(file.path for file in changes.files)
                told = changes.earlier.get(key)
                steps |= dict.fromkeys([what_changed(told)] if told is not None else [])
        if not changed:
            return changed, ""
        return changed, " ".join([f"Each runs with the change in {', '.join(files)}.", *steps])

    async def _retry(self, seen: dict[str, Expects], changed: set[str]) -> None:
        """As they were when the question was asked; who has been answered since is left alone."""
        done, refused = 0, ""
        for key, expects in seen.items():
            try:
                arguments = {"changed": True} if key in changed else {}
                await self.app.session.send("retry", key, expects, **arguments)
                done += 1
            except SessionError as error:
                refused = refused or f"{self.app.model.state.builds[key].name}: {error}"
        said = f"{done} of {len(seen)} builds are retried."
        self.app.main.say(f"{said} {refused}".strip(), "warning" if refused else "text")
