"""Every command by name: the same words as `bakehouse ctl`."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events

from bakehouse.dashboard import commands, formats
from bakehouse.dashboard.look import Look
from bakehouse.dashboard.model import RunModel
from bakehouse.dashboard.paint import Row
from bakehouse.dashboard.pause import paused, verbs
from bakehouse.dashboard.screens.overlay import Overlay
from bakehouse.record.commands import VERBS

ROWS = 14
SPOKEN = {
    "break": "stop there; again takes it away", "run": "once, output goes to the log",
    "open": "before and after the step", "copy": "out of the machine",
}  # fmt: skip
"""Commands that take words."""
INSIDE = ("run", "open", "copy")
"""Those of them that need a pause."""
ENDS = "ends something; asks first"
"""The group of what ends a build or the run."""


@dataclass(frozen=True, slots=True)
class Entry:
    """group: where it works. verb: whether `bakehouse ctl` knows it. taints: it marks the image tainted."""

    name: str
    text: str
    key: str
    group: str
    verb: bool = False
    taints: bool = False


def entries(model: RunModel) -> list[Entry]:
    """What can be done now, the paused build's verbs first, what ends something last."""
    found: list[Entry] = []
    build = model.paused
    if build is not None:
        step = paused.step_of(build)
        place = f"{step.info.number} {step.info.title}" if step is not None else ""
        group = f"here, paused at {place}"
        found = [
            Entry(verb.name, verb.text(50), verb.key, group, True, verb.taints)
            for verb in (*verbs.verbs(build, 120), *verbs.unlisted(build))
            if not verb.reason and not verb.ends
        ]
    found += [
        Entry(action.name, action.help, action.shown.split(" ")[0], "anywhere")
        for action in commands.ACTIONS
        if action.help and action.name not in ("command", "back") and action.group != "Move"
        if action.panels not in (("Files",), ("Replay",)) and all(entry.name != action.name for entry in found)
    ]
    found.append(Entry("clear", VERBS["clear"].summary, "", "anywhere", True))
    company = model.company
    if company.watching and not company.guest and not company.replay:
        found.append(Entry("take-control", VERBS["take-control"].summary, "T", "anywhere", True))
    return found + _endings(model)


def _endings(model: RunModel) -> list[Entry]:
    found: list[Entry] = []
    if model.build is not None and not model.build.ended:
        found = [Entry("cancel", f"end {model.build.name}: clean up, or keep the machine", "A", ENDS, True)]
    if model.state.exit_code is None:
        found += [Entry(verb.name, verb.summary, "", ENDS, True) for verb in VERBS.values() if _stops(verb.name)]
    return found


def _stops(name: str) -> bool:
    return name.partition("-")[0] == "stop"


class Palette(Overlay[str]):
    """Returns the name chosen, "" for none. Enter does what was typed a part of the name of, or moved to; nothing else:
    not what has the text in its description alone.
    """

    top = 5

    def __init__(self, look: Look, model: RunModel) -> None:
        super().__init__(look)
        self.model = model
        self.text = ""
        self.at = -1
        self.entries = entries(model)

    def closed(self) -> str:
        """Nothing."""
        return ""

    def matches(self) -> list[Entry]:
        """The one of that name, those that begin with the text, those with a word that does; the best one's group
        first.
        """
        spoken = self._spoken()
        if spoken is not None:
            return [spoken]
        text = self.text.lower().strip()
        ranked = []
        for number, entry in enumerate(self.entries):
            words = entry.name.split("-")
            rank = 0 if entry.name.startswith(text) else 1 if any(word.startswith(text) for word in words) else 2
            rank = -1 if entry.name == text else rank
            if rank < 2 or (len(text) > 2 and (text in entry.name or text in entry.text)):
                ranked.append((rank, number, entry))
        best = {entry.group: min(r for r, _, e in ranked if e.group == entry.group) for _, _, entry in ranked}
        ranked.sort(key=lambda item: (best[item[2].group], self._group(item[2].group), item[0], item[1]))
        return [entry for _, _, entry in ranked]

    def _spoken(self) -> Entry | None:
        """A name with words behind it: `break before:setup`, `run id`."""
        word, _, rest = self.text.strip().partition(" ")
        if word not in SPOKEN or not rest.strip() or (word in INSIDE and self.model.paused is None):
            return None
        return Entry(f"{word} {rest.strip()}", SPOKEN[word], "", "here", True)

    def _group(self, name: str) -> int:
        return next(i for i, entry in enumerate(self.entries) if entry.group == name)

    def rows_needed(self, width: int) -> int:
        """As many as there are matches, up to a limit; the upper edge stays where it is."""
        return min(ROWS, max(1, len(self._list(width, 0, self.matches())))) + 6

    def typed(self, event: events.Key) -> None:
        """Type, move, choose."""
        matches = self.matches()
        if event.key == "enter":
            if 0 <= self.at < len(matches):
                self.dismiss(matches[self.at].name)
            return
        if event.key in ("down", "tab", "ctrl+n"):
            self.at = min(self.at + 1, max(0, len(matches) - 1))
        elif event.key in ("up", "shift+tab"):
            self.at = max(0, self.at - 1)
        elif event.key in ("backspace", "ctrl+h"):
            self._write(self.text[:-1])
        elif event.key == "ctrl+u":
            self._write("")
        elif event.character is not None and event.character.isprintable():
            self._write(self.text + event.character)
        self.box.refresh(layout=True)

    def _write(self, text: str) -> None:
        """The first match is chosen if its name has the text."""
        self.text, self.at = text, -1
        first = next(iter(self.matches()), None) if text.strip() else None
        if first is not None and text.lower().strip() in first.name.lower():
            self.at = 0

    def on_paste(self, event: events.Paste) -> None:
        """The first line of what is pasted; it is typed, never done."""
        event.stop()
        line = next(iter(event.text.splitlines()), "")
        self._write(self.text + "".join(c for c in line if c.isprintable()))
        self.box.repaint()

    def inside(self, width: int, height: int) -> list[Row]:
        """The prompt, the matches by group, and the same from another terminal."""
        look, matches = self.look, self.matches()
        muted, text = look.style("muted", "panel"), look.style("text", "panel")
        prompt, line = self.row(width), self.row(width)
        x = prompt.parts(2, (": ", look.style("accent", "panel", bold=True)), (self.text, text))
        prompt.put(x, " ", look.style("on_accent", "accent_solid"))
        prompt.right(width - 4, f"{len(matches)} of {len(self.entries)}", muted)
        line.fill(1, width - 2, look.marks.thin, look.style("track", "panel"))
        rows = [prompt, line, self.row(width), *self._list(width, height - 8, matches), self.row(width), line]
        last = self.row(width)
        if 0 <= self.at < len(matches) and matches[self.at].verb:
            last.parts(2, ("from another terminal: ", muted), (self._outside(matches[self.at]), text))
        elif not matches:
            last.put(2, f"No command has {self.text} in it; esc goes back.", muted)
        return [*rows, last]

    def _outside(self, entry: Entry) -> str:
        build = self.model.build
        verb = VERBS.get(entry.name.partition(" ")[0])
        name = ""
        if build is not None and verb is not None and verb.scope == "build":
            alone = [other.name for other in self.model.builds].count(build.name) == 1
            name = f" {build.name if alone else build.key}"
        return f"bakehouse ctl {self.model.state.run}{name} {entry.name}"

    def _list(self, width: int, room: int, matches: list[Entry]) -> list[Row]:
        rows: list[Row] = []
        at, group = 0, ""
        for number, entry in enumerate(matches):
            if entry.group != group:
                if rows:
                    rows.append(self.row(width))
                head = self.row(width)
                head.put(2, entry.group, self.look.style("muted", "panel"))
                rows.append(head)
                group = entry.group
            if number == self.at:
                at = len(rows)
            rows.append(self._entry(width, entry, number == self.at))
        if not room:
            return rows
        top = max(0, min(at - room // 2, len(rows) - room))
        rows = rows[top : top + room]
        return rows + [self.row(width) for _ in range(room - len(rows))]

    def _entry(self, width: int, entry: Entry, chosen: bool) -> Row:
        look, on = self.look, "selection" if chosen else "panel"
        row = self.row(width)
        if chosen:
            row.fill(1, width - 2, " ", look.style("text", on))
            row.put(1, look.marks.cursor, look.style("accent", on))
        length = len(self.text.strip())
        starts = entry.name.startswith(self.text.lower().strip())
        x = row.put(2, entry.name[:length] if starts else "", look.style("accent", on, bold=True))
        row.put(x, entry.name[length:] if starts else entry.name, look.style("text", on))
        text_at = 29 if width >= 76 else 20
        text = formats.cut_end(entry.text, width - text_at - 6, look.marks.left_out)
        x = row.put(text_at, text, look.style("muted", on))
        if entry.taints:
            row.put(x + 1, look.marks.tainted, look.style("skipped", on))
        row.right(width - 4, entry.key, look.style("accent", on, bold=True))
        return row
