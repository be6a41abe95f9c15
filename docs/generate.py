"""Write docs/events.md and docs/keys.md from the code. `--check` writes nothing and exits 1 if they are stale."""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from pathlib import Path

import msgspec

from bakehouse.dashboard.commands import ACTIONS
from bakehouse.record import events
from bakehouse.record.commands import VERBS

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
        lines += ["", f"## {body.__name__}", "", (inspect.getdoc(body) or "").replace("\n\n", "\n"), ""]
        fields = msgspec.structs.fields(body)
        lines += [f"- `{field.encode_name}`: {_type(field.type)}{_default(field)}" for field in fields]
    return "\n".join(lines) + "\n"


def _type(annotation: object) -> str:
    name = getattr(annotation, "__name__", None) if not hasattr(annotation, "__args__") else None
    return name or re.sub(r"bakehouse\.record\.events\.\w+\.", "", str(annotation))


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
    for name, text in (("events.md", events_page()), ("keys.md", keys_page())):
        path = DOCS / name
        if not path.exists() or path.read_text() != text:
            stale.append(name)
            if not check:
                path.write_text(text)
    if check and stale:
        sys.exit(f"not up to date: {', '.join(stale)}; run make docs")


if __name__ == "__main__":
    main()
