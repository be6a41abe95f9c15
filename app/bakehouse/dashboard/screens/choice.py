"""Dialogs: a few things that can be done, the cursor on the one that changes nothing."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from bakehouse.dashboard import formats
from bakehouse.dashboard.look import Look
from bakehouse.dashboard.paint import Row
from bakehouse.dashboard.pause.paused import elsewhere
from bakehouse.dashboard.screens.overlay import Overlay
from bakehouse.record.state import BuildState, RunState


@dataclass(frozen=True, slots=True)
class Option:
    """answer: what the dialog returns. strong: it ends something: capital, red, and Enter does not work on it.

    short: the text where there is little room.
    """

    answer: str
    label: str
    text: str
    key: str
    strong: bool = False
    short: str = ""


LEDGER = ("What exists now", "from the ledger", "resource", "build", "if you clean up")
GO_BACK = Option("", "Go back", "nothing changes", "esc")


class Choice(Overlay[str]):
    """Returns the answer chosen, "" for Go back. table: rows of (what, where, what becomes of it).

    heads: of the table: its title, what is said at its right, and of the three columns.
    """

    def __init__(
        self, look: Look, title: str, options: Sequence[Option], *, closing: str = "esc goes back",
        table: Sequence[tuple[str, str, str]] = (), heads: tuple[str, str, str, str, str] = LEDGER, note: str = "",
    ) -> None:  # fmt: skip
        super().__init__(look)
        self.heading, self.closing, self.note = title, closing, note
        self.options = [GO_BACK, *options]
        self.table, self.heads = list(table), heads
        self.at = 0

    def closed(self) -> str:
        """Go back."""
        return ""

    def rows_needed(self, width: int) -> int:
        """Options, table and note."""
        return 3 + len(self.options) + (len(self.table) + 4 if self.table else 0) + self._note_rows(width)

    def _note_rows(self, width: int) -> int:
        return 1 + len(textwrap.wrap(self.note, width - 8)) if self.note else 0

    def inside(self, width: int, height: int) -> list[Row]:
        """Options, what exists now, and what Enter works on."""
        rows = [self.row(width)]
        rows.extend(self._option(width, option, at == self.at) for at, option in enumerate(self.options))
        rows.append(self.row(width))
        if self.table:
            rows.extend(self._table(width, max(1, height - 2 - len(rows) - 4 - self._note_rows(width))))
        if self.note:
            rows.append(self.row(width))
            for text in textwrap.wrap(self.note, width - 8):
                note = self.row(width)
                note.put(4, text, self.look.style("muted", "panel"))
                rows.append(note)
        return rows

    def _option(self, width: int, option: Option, chosen: bool) -> Row:
        look, on = self.look, "selection" if chosen else "panel"
        row = self.row(width)
        if chosen:
            row.fill(1, width - 2, " ", look.style("text", on))
            row.put(1, look.marks.cursor, look.style("accent", on))
        row.put(4, option.label, look.style("text", on, bold=True))
        text_at = 28 if width >= 84 else 25
        room = width - text_at - 4 - len(option.key) - 2
        if room > 20:
            text = option.text if len(option.text) <= room or not option.short else option.short
            row.put(text_at, formats.cut_end(text, room, look.marks.left_out), look.style("muted", on))
        row.right(width - 5, option.key, look.style("failed" if option.strong else "accent", on, bold=True))
        return row

    def _table(self, width: int, room: int) -> list[Row]:
        look = self.look
        muted = look.style("muted", "panel")
        line, title, head = self.row(width), self.row(width), self.row(width)
        line.fill(1, width - 2, look.marks.thin, look.style("track", "panel"))
        title.put(4, self.heads[0], look.style("text", "panel", bold=True))
        title.right(width - 5, self.heads[1], muted)
        second = max(24, width * 40 // 90)
        head.parts(4, (self.heads[2], muted))
        head.put(second, self.heads[3], muted)
        head.right(width - 5, self.heads[4], muted)
        rows = [line, title, self.row(width), head]
        shown = self.table[: room if len(self.table) <= room else room - 1]
        for what, where, becomes in shown:
            row = self.row(width)
            row.put(4, formats.cut_end(what, second - 6, look.marks.left_out), look.style("text", "panel"))
            row.put(second, formats.cut_middle(where, width - second - 16, look.marks.left_out), muted)
            row.right(width - 5, becomes, look.style("ok" if becomes == "stays" else "muted", "panel"))
            rows.append(row)
        if len(shown) < len(self.table):
            more = self.row(width)
            more.put(4, f"and {len(self.table) - len(shown)} more", muted)
            rows.append(more)
        return rows

    def key(self, key: str) -> None:
        """Move, choose by letter, or Enter on what is not strong."""
        if key in ("down", "j", "tab"):
            self.at = (self.at + 1) % len(self.options)
        elif key in ("up", "k", "shift+tab"):
            self.at = (self.at - 1) % len(self.options)
        elif key == "enter" and not self.options[self.at].strong:
            self.dismiss(self.options[self.at].answer)
        else:
            chosen = next((option for option in self.options if option.key == key), None)
            if chosen is not None:
                self.dismiss(chosen.answer)


def ledger(builds: Sequence[BuildState]) -> list[tuple[str, str, str]]:
    """What exists now: resources, which would be removed, and artifacts, which stay."""
    rows = []
    for build in builds:
        for resource in build.resources.values():
            name = resource.id[:12] or resource.name
            rows.append((f"{resource.type} {name}", build.name, "kept" if resource.kept else "removed"))
        if build.status == "succeeded":
            rows.extend((artifact.description, build.name, "stays") for artifact in build.artifacts)
    return rows


def stop_dialog(look: Look, state: RunState) -> Choice:
    """ctrl+c: leave, stop after the running steps, stop and clean up, stop and keep."""
    running = sum(1 for build in state.builds.values() if build.status == "running")
    steps = "the running step" if running == 1 else f"the {running} running steps"
    after = f"let {steps} end, then clean up" if running else "no step runs now: clean up at once"
    return Choice(
        look,
        f"Stop run {state.run}?",
        [
            Option(
                "leave",
                "Leave running",
                f"close this screen; bakehouse attach {state.run}",
                "d",
                short="the run goes on",
            ),
            Option("stop-after-step", "Stop after this step", after, "s", short="then clean up"),
            Option(
                "stop",
                "Stop and clean up",
                "end now, remove what is listed below",
                "C",
                strong=True,
                short="end now, remove it all",
            ),
            Option(
                "stop-keep",
                "Stop and keep",
                "end now, leave everything below where it is",
                "K",
                strong=True,
                short="end now, keep it all",
            ),
        ],
        closing="ctrl+c again within 2 s: stop and clean",
        table=ledger(list(state.builds.values())),
        note="Enter works on the first three lines. The last two need their capital letter.",
    )


def leave_dialog(look: Look, state: RunState) -> Choice:
    """ctrl+q in the terminal that started the run."""
    return Choice(
        look,
        f"Leave run {state.run}?",
        [
            Option(
                "leave", "Leave running", f"the run goes on; bakehouse attach {state.run}", "d", short="the run goes on"
            ),
            Option(
                "stop",
                "Stop and clean up",
                "end every build, remove what exists",
                "C",
                strong=True,
                short="end now, remove it all",
            ),
        ],
        note="Enter works on the first two lines. The last one needs its capital letter.",
    )


def cancel_dialog(look: Look, build: BuildState, builds: Sequence[BuildState]) -> Choice:
    """`A`: end one of the builds; clean up or keep its machine."""
    others = elsewhere(build, builds, too=" too" if build.pause is not None else "")
    return Choice(
        look,
        f"Cancel {build.name}?",
        [
            Option(
                "clean",
                "Cancel, clean up",
                "end this build, remove what is listed below",
                "C",
                strong=True,
                short="remove what is listed",
            ),
            Option(
                "keep",
                "Cancel and keep",
                "end this build, leave its machine as it is",
                "K",
                strong=True,
                short="leave its machine",
            ),
        ],
        table=ledger([build]),
        note=f"{others} Both need their capital letter.".lstrip(),
    )
