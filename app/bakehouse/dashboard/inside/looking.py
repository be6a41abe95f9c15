"""A look inside a paused build: what its step changed, one file before and after, a copy of it, a command, details."""

from __future__ import annotations

from functools import partial
from typing import Any

from bakehouse.dashboard import formats
from bakehouse.dashboard.inside import differences
from bakehouse.dashboard.inside.details import Details, describe
from bakehouse.dashboard.inside.differences import Changed
from bakehouse.dashboard.pause import paused, rollback
from bakehouse.dashboard.screens.prompt import Prompt
from bakehouse.dashboard.stage import Stage
from bakehouse.errors import SessionError
from bakehouse.record.state import BuildState


class Looking:
    """Questions to the engine about the selected build, and what is shown of the answers."""

    def __init__(self, app: Stage) -> None:
        self.app = app

    async def ask(self, build: BuildState, verb: str, **arguments: bool | int | float | str) -> dict[str, Any] | None:
        """The engine's answer; None if it gave none, and then that was said."""
        try:
            return (await self.app.session.send(verb, build.key, build.expects, **arguments)).data
        except SessionError as error:
            self.app.main.say(str(error), "warning")
            return None

    # Files

    async def diff(self) -> None:
        """`d`: what the step has changed."""
        build = self.app.model.paused
        if build is None or build.pause is None:
            return
        span = build.pause.span
        self.app.main.say("Comparing.", "muted")
        data = await self.ask(build, "diff")
        if data is None or self.app.model.paused is not build:
            return
        files = differences.parse(data)
        counted = sum(differences.counted(files).values())
        self.app.model.files[build.key, span] = counted, str(data.get("since", ""))
        self._show(build, self._since(build, data), files)

    def _show(self, build: BuildState, since: str, files: list[Changed]) -> None:
        step = paused.step_of(build)
        title = f"{step.info.number} {step.info.title}" if step is not None else ""
        main = self.app.main
        main.files.show(build.key, title, since, files)
        main.footer.said = main.lasting
        main.show_panel(main.panel)
        main.repaint()

    def _since(self, build: BuildState, data: dict[str, Any]) -> str:
        step = build.steps.get(str(data.get("since", "")))
        mark = self.app.look.marks.checkpoint
        if step is None:
            return "since the checkpoint"
        since = f"since {mark} before {step.info.number}"
        return since if data.get("exact", True) else f"{since}, so of earlier steps too"

    def close(self) -> None:
        """Back from the files."""
        main = self.app.main
        main.files.close()
        main.show_panel(main.panel)
        main.repaint()

    def sort(self) -> None:
        """By name or by size."""
        self.app.main.files.sort()
        self.app.main.say(f"Sorted by {'size' if self.app.main.files.by_size else 'name'}.")

    def _file(self) -> Changed | None:
        node = self.app.main.files.chosen
        return node.found if node is not None and not node.children else None

    async def open(self) -> None:
        """Enter: a folder folds, a file is shown as it was before and after."""
        files, build = self.app.main.files, self.app.model.paused
        node = files.chosen
        if node is None or build is None:
            return
        if node.children:
            files.fold(node)
            return
        changed = node.found
        if changed is None or changed.kind != "file":
            self.app.main.say(f"{node.path} is a {changed.kind if changed is not None else 'folder'}.")
            return
        before: dict[str, Any] | None = {}
        after: dict[str, Any] | None = {}
        if changed.change != "added":
            before = await self.ask(build, "open", path=changed.path, which="before")
        if changed.change != "removed" and before is not None:
            after = await self.ask(build, "open", path=changed.path, which="after")
        if before is not None and after is not None:
            files.file, files.scrolled = differences.opened(changed, before, after), 0

    def ask_path(self, verb: str) -> None:
        """`:open`, `:copy`: a line to type."""
        build = self.app.model.paused
        if build is None:
            self.app.main.say(f"{verb}: the build is not paused.", "warning")
            return
        note = "A path in the machine: it is shown as it was before the step and as it is now."
        if verb == "copy":
            note = "A path in the machine, of a file or a folder: it is copied out of it."
        act = self.open_path if verb == "open" else self.copy

        def typed(path: str | None) -> None:
            if path:
                self.app.start(act(path))

        what = "Open which file of" if verb == "open" else "Copy what out of"
        self.app.cover(Prompt(self.app.look, f"{what} {build.name}?", note), typed)

    async def open_path(self, path: str) -> None:
        """`:open PATH`: with what the step changed above it, if that can be told."""
        build, files = self.app.model.paused, self.app.main.files
        if build is None:
            self.app.main.say("open: the build is not paused.", "warning")
            return
        saved = rollback.nearest(build) is not None
        after = await self.ask(build, "open", path=path, which="after")
        before = await self.ask(build, "open", path=path, which="before") if saved and after is not None else {}
        if before is None or after is None:
            return
        if not (before.get("exists") or after.get("exists")):
            self.app.main.say(f"There is no file {path} in the machine.", "warning")
            return
        if not (files.active and files.build == build.key):
            await self.diff() if saved else self._show(build, "as they are now", [])
        if self.app.model.paused is build and files.active:
            known = next((found for found in files.files if found.path == path), None)
            file = known or differences.named(path, before, after)
            files.file, files.scrolled = differences.opened(file, before, after), 0
            self.app.main.repaint()

    def copy_path(self) -> None:
        """`y`: the path, to the terminal's clipboard."""
        node = self.app.main.files.chosen
        if node is not None:
            self._copy_text(node.path)

    async def save(self) -> None:
        """ctrl+s: copy the file, or the folder, out of the machine."""
        node, build = self.app.main.files.chosen, self.app.model.paused
        if node is None or build is None:
            return
        if node.sign == "-" and not node.children:
            self.app.main.say(f"{node.path} is not there any more.", "warning")
            return
        await self.copy(node.path)

    async def copy(self, path: str) -> None:
        """`:copy PATH`."""
        build = self.app.model.paused
        if build is None:
            self.app.main.say("copy: the build is not paused.", "warning")
            return
        data = await self.ask(build, "copy", path=path)
        if data is not None:
            size = differences.size(int(data.get("bytes", 0)))
            self.app.main.say(f"Copied {size} to {data.get('path', '')}. {data.get('note', '')}".strip(), "text")

    # Commands and details

    def ask_command(self) -> None:
        """`x`: a line to type."""
        build = self.app.model.paused
        if build is None:
            return
        note = "It runs once, as root in the machine. What it prints goes to the log. The image is then tainted"

        def typed(command: str | None) -> None:
            if command:
                self.app.start(self.run(command))

        self.app.cover(Prompt(self.app.look, f"Run a command in {build.name}", note, flag=True), typed)

    async def run(self, command: str) -> None:
        """Run it, and say how it ended; the log has what it printed."""
        build = self.app.model.paused
        if build is None:
            self.app.main.say("run: the build is not paused.", "warning")
            return
        main = self.app.main
        main.say(f"Running {command}", "muted")
        main.current.to_end()
        started = self.app.model.now()
        data = await self.ask(build, "run", command=command)
        if data is not None:
            time = formats.duration(self.app.model.now() - started)
            status = data.get("exit_status")
            how = "has run" if not status else f"ended with exit status {status}"
            main.say(f"{command} {how}, {time}. The image is tainted.", "warning" if status else "text")
            main.current.to_end()

    async def details(self) -> None:
        """`i`: everything about the build where it stands."""
        build, model = self.app.model.build, self.app.model
        if build is None:
            return
        data: dict[str, Any] | None = {}
        if build.started and not build.ended and not model.company.replay:
            data = await self.ask(build, "details")
        at = build.pause.step if build.pause is not None else model.step_cursor(build)
        step = build.steps.get(at)
        title = f"{build.name}, {step.info.number} {step.info.title}" if step is not None else build.name
        if not self.app.covered:
            told = partial(describe, model, build, step, data or {})
            self.app.cover(Details(self.app.look, title, told, self._copy_text), lambda _: None)

    def _copy_text(self, text: str) -> None:
        self.app.copy_to_clipboard(text)
        self.app.main.say(f"Copied {text}")
