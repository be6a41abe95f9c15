"""Write docs/events.md, json.md and keys.md from the code. `--check` writes nothing and exits 1 if they are stale."""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from pathlib import Path

import msgspec

from bakehouse.cli import output, runs
from bakehouse.dashboard.commands import ACTIONS
from bakehouse.record import events
from bakehouse.record.commands import VERBS
from bakehouse.template import inspection

DOCS = Path(__file__).parent


def events_page() -> str:
    """Every kind of event, its fields and what they mean."""
    lines = [
        "# Events",
        "",
        "One line of `events.jsonl`: " + (inspect.getdoc(events.Event) or "").replace("\n", " "),
        "",
        "Fields that have their default are left out. Unknown kinds and fields are to be passed over.",
    ]
    for body in events.Body.__subclasses__():
        lines += _struct(body)
    return "\n".join(lines) + "\n"


def _struct(kind: type[msgspec.Struct]) -> list[str]:
    lines = ["", f"## {kind.__name__}", "", (inspect.getdoc(kind) or "").replace("\n\n", "\n"), ""]
    fields = msgspec.structs.fields(kind)
    return lines + [f"- `{field.encode_name}`: {_type(field.type)}{_default(field)}" for field in fields]


def json_page() -> str:
    """What verbs print with --json."""
    lines = [
        "# JSON for programs",
        "",
        "With `--json` a verb prints one object a line to standard output, and nothing else there:",
        "",
        "| command | prints |",
        "|---|---|",
        *(f"| `bakehouse {command} --json` | {what} |" for command, what in output.PRINTS.items()),
        "",
        "Exit codes are the same as without. Names are never taken away and never change their meaning; new ones may "
        "come, so that unknown ones are to be passed over. What is sensitive is masked.",
        "",
        "Scripts that were written for Packer use `-machine-readable`, which works with every verb and prints Packer's "
        "records: `UNIX TIME,TARGET,TYPE,DATA...`. In the data a comma is `%!(PACKER_COMMA)`, and the ends of lines "
        "are `\\n` and `\\r`.",
    ]
    for kind in (*output.STRUCTS, *inspection.STRUCTS, runs.Row, runs.Left):
        lines += _struct(kind)
    return "\n".join(lines) + "\n"


def _type(annotation: object) -> str:
    name = getattr(annotation, "__name__", None) if not hasattr(annotation, "__args__") else None
    return name or re.sub(r"(bakehouse|typing)\.(\w+\.)*", "", str(annotation))


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.default is msgspec.NODEFAULT:
        return "" if field.default_factory is msgspec.NODEFAULT else ", default empty"
    return f", default `{field.default!r}`"


def keys_page() -> str:
    """Every verb and its key."""
    lines = [
        "# Keys and verbs",
        "",
        "`bakehouse ctl RUN [BUILD] VERB` does what the key does, and the palette has the same word.",
        "",
        "| key | verb | of a | what it does |",
        "|---|---|---|---|",
    ]
    for verb in VERBS.values():
        key = f"`{verb.key}`" if verb.key else ""
        taints = "; marks the artifact tainted" if verb.taints else ""
        lines.append(f"| {key} | {verb.name} | {verb.scope} | {verb.summary}{taints} |")
    lines += [
        "",
        "## In the dashboard",
        "",
        "Letters belong to the focused panel. Enter never ends or destroys anything.",
        "",
        "| key | command | panel | what it does |",
        "|---|---|---|---|",
    ]
    for action in ACTIONS:
        if action.help:
            key = " ".join(f"`{part}`" for part in action.shown.replace("|", "\\|").split())
            lines.append(f"| {key} | {action.name} | {', '.join(action.panels) or 'every'} | {action.help} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    stale = []
    for name, text in (("events.md", events_page()), ("json.md", json_page()), ("keys.md", keys_page())):
        path = DOCS / name
        if not path.exists() or path.read_text() != text:
            stale.append(name)
            if not check:
                path.write_text(text)
    if check and stale:
        sys.exit(f"not up to date: {', '.join(stale)}; run make docs")


if __name__ == "__main__":
    main()
