"""Every action of the dashboard: one table for keys, footer, help and palette. Actions on the run have the names of
`bakehouse ctl` verbs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bakehouse.record.commands import VERBS

PANELS = ("Builds", "Steps", "Log")


@dataclass(frozen=True, slots=True)
class Action:
    """name: unique. keys: as Textual names them. panels: where its keys work, empty for everywhere.

    label: in the footer, "" for not there. help: in the help and the palette. group: the heading in the help.
    """

    name: str
    keys: tuple[str, ...]
    shown: str
    label: str
    help: str
    group: str
    panels: tuple[str, ...] = ()


_LOG, _LISTS, _FILES, _REPLAY = ("Log",), ("Builds", "Steps"), ("Files",), ("Replay",)
ACTIONS: tuple[Action, ...] = (
    Action("up", ("up", "k"), "j k", "", "one row down, up", "Move", PANELS),
    Action("down", ("down", "j"), "", "", "", "Move", PANELS),
    Action("page-down", ("pagedown", "ctrl+d", "space"), "ctrl+d u", "", "half a page down, up", "Move", PANELS),
    Action("page-up", ("pageup", "ctrl+u"), "", "", "", "Move", PANELS),
    Action("first", ("g", "home"), "g G", "", "first line, last line", "Move", PANELS),
    Action("last", ("G", "end"), "", "", "", "Move", PANELS),
    Action("left", ("left", "h"), "h l", "", "long lines: left, right", "Move", _LOG),
    Action("right", ("right", "l"), "", "", "", "Move", _LOG),
    Action("open-row", ("enter",), "enter", "open", "open what the cursor is on", "Move", _LISTS),
    Action("follow", ("f",), "f", "follow", "follow new lines", "See", _LOG),
    Action("time", ("t",), "t", "time", "time: off, clock, start, delta", "See", _LOG),
    Action("wrap", ("w",), "w", "wrap", "wrap long lines", "See", _LOG),
    Action("fold", ("enter",), "enter", "fold", "fold, unfold the step in view", "See", _LOG),
    Action("split", ("|",), "|", "split", "another log beside, up to four", "Arrange", _LOG),
    Action("break", ("b",), "b", "stop before", "breakpoint before this step", "Stop", ("Steps",)),
    Action("break-after", ("B",), "B", "", "breakpoint after this step", "Stop", ("Steps",)),
    Action("details", ("i",), "i", "details", "options, facts, attempts", "Stop", ("Builds", "Steps")),
    Action("break-at", (), "", "", "breakpoint anywhere: condition, line", "Stop"),
    Action("breakpoints", (), "", "", "list them, clear them", "Stop"),
    Action("files-open", ("enter",), "enter", "open", "unfold; a file before and after", "Move", _FILES),
    Action("files-sort", ("s",), "s", "sort", "by size, by name", "See", _FILES),
    Action("files-copy-path", ("y",), "y", "copy path", "copy the path", "See", _FILES),
    Action("files-save", ("ctrl+s",), "ctrl+s", "save a copy", "copy it out of the machine", "See", _FILES),
    Action("replay-play", ("space",), "space", "play", "let the clock run, or stop it", "Replay", _REPLAY),
    Action("replay-next", (".",), ". ,", "next, previous event", "next event, previous event", "Replay", _REPLAY),
    Action("replay-previous", (",",), "", "", "", "Replay", _REPLAY),
    Action("replay-faster", (">",), "> <", "faster, slower", "faster, slower", "Replay", _REPLAY),
    Action("replay-slower", ("<",), "", "", "", "Replay", _REPLAY),
    Action("replay-time", ("@",), "@", "go to a time", "go to a time: 2:31, 90s, 50%", "Replay", _REPLAY),
    Action("replay-tenth", tuple("0123456789"), "0-9", "tenths", "to so many tenths of the run", "Replay", _REPLAY),
    Action("zoom", ("z",), "z", "zoom", "zoom, and back", "Arrange"),
    Action("next-panel", ("tab", "]"), "tab ]", "", "next panel; a tab when narrow", "Everywhere"),
    Action("previous-panel", ("shift+tab", "["), "", "", "", "Everywhere"),
    Action("previous-build", ("{",), "{ }", "", "previous, next build", "Everywhere"),
    Action("next-build", ("}",), "", "", "", "Everywhere"),
    Action("next-paused", ("p",), "p", "next paused", "next paused, the oldest first", "Everywhere"),
    Action("retry-all", ("a",), "a", "", "retry all at the same error", "Everywhere"),
    Action("command", (":", "ctrl+p"), ":", "", "every command, by name", "Everywhere"),
    Action("help", ("?",), "?", "", "keys of this panel", "Everywhere"),
    Action("back", ("escape",), "esc", "", "one level back, never quits", "Everywhere"),
    Action("stop-dialog", ("ctrl+c",), "ctrl+c", "", "the Stop dialog", "Everywhere"),
    Action("leave", ("ctrl+q",), "ctrl+q", "", "leave; the run can go on", "Everywhere"),
    Action("detach", (), "", "", "leave at once; the run goes on", "Everywhere"),
    Action("theme", (), "", "", "dark, light, contrast, 16, mono", "Everywhere"),
)
BY_NAME = {action.name: action for action in ACTIONS}
KEY_NAMES = {
    "question_mark": "?", "colon": ":", "vertical_line": "|", "left_curly_bracket": "{",
    "right_curly_bracket": "}", "exclamation_mark": "!",
}  # fmt: skip
VERB_KEYS = {
    verb.key: verb.name
    for verb in VERBS.values()
    if verb.scope == "build" and verb.key and verb.name != "break"
}  # fmt: skip


def key_of(key: str, character: str | None) -> str:
    """The name of a key as the tables have it: `{`, not `left_curly_bracket`."""
    if character is not None and character.isprintable() and len(character) == 1 and character != " ":
        return character
    return KEY_NAMES.get(key, key)


def find(panel: str, key: str) -> Action | None:
    """The action of a key: the focused panel's own letters first, then what works everywhere."""
    own = (action for action in ACTIONS if panel in action.panels and key in action.keys)
    anywhere = (action for action in ACTIONS if not action.panels and key in action.keys)
    return next(own, None) or next(anywhere, None)


def footer(panel: str, *, ended: bool = False) -> list[tuple[str, str]]:
    """Keys and labels of a panel, in order of use, seven at most. ended: the selected build is over."""
    if panel == "Replay":
        return [*((a.shown, a.label) for a in ACTIONS if a.group == panel and a.label), ("{ }", "builds")]
    if panel == "Log":
        names: Iterable[str] = ("follow", "time", "wrap", "fold", "split", "zoom")
        found = [(BY_NAME[name].shown, BY_NAME[name].label) for name in names]
        return [*found, ("{ }", "builds")]
    if panel == "Steps":
        cancel = [] if ended else [("A", "cancel")]
        return [("tab", "to the log"), ("enter", "open step"), *cancel, ("{ }", "other builds"), ("z", "zoom")]
    return [("tab", "to the steps"), ("j k", "choose"), ("enter", "its steps"), ("p", "next paused"), ("z", "zoom")]


WATCHED_FOOTER = [("enter", "open step"), ("d", "diff"), ("i", "details"), ("{ }", "other builds"), ("z", "zoom")]
PAUSED_FOOTER = [("tab", "to the log"), ("{ }", "other builds"), ("z", "zoom")]
FOOTER_END = [("?", "help"), (":", "command"), ("ctrl+q", "leave")]
