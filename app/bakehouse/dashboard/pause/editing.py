"""Which editor, on which file, and running it with the dashboard out of the way."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from bakehouse.errors import BakehouseError
from bakehouse.record.state import StepState

STDIN = "<stdin>"
"""What the record calls a template that came on standard input."""
FALLBACKS = ("sensible-editor", "editor", "vi")
LINE_AWARE = ("vi", "vim", "nvim", "nano", "emacs", "emacsclient", "micro", "kak", "ex", "joe")


class CannotEdit(BakehouseError):
    """No editor, or it failed; the text says what to do."""


class Stage(Protocol):
    """What is needed of the app: to step aside and come back."""

    def suspend(self) -> AbstractContextManager[None]: ...

    def batch_update(self) -> AbstractContextManager[None]: ...


def editor(environment: Mapping[str, str] = os.environ) -> list[str]:
    """$VISUAL, $EDITOR, else what Debian or POSIX has. Raises CannotEdit if that is not there."""
    for name in ("VISUAL", "EDITOR"):
        value = environment.get(name, "").strip()
        if not value:
            continue
        try:
            command = shlex.split(value)
        except ValueError as error:
            raise CannotEdit(f"${name} is {value!r}, which is no command ({error}). Set it to an editor.") from error
        if shutil.which(command[0], path=environment.get("PATH")) is None:
            raise CannotEdit(f"${name} names {command[0]}, which is not there. Set it to an editor that is.")
        return command
    for fallback in FALLBACKS:
        if shutil.which(fallback, path=environment.get("PATH")) is not None:
            return [fallback]
    raise CannotEdit("No editor: $VISUAL and $EDITOR are not set, and there is no vi. Set $EDITOR.")


def target(step: StepState, bases: Sequence[str]) -> tuple[Path, int]:
    """The file to open and the line: the step's script, else its template where it names the step (0: no line).

    bases: directories that a relative path may start from.
    """
    name, line = (step.info.script, 0) if step.info.script else (step.info.file, step.info.line)
    places = [Path(base) / name for base in bases]
    return next((place for place in places if place.is_file()), places[0]), line


def command_line(command: list[str], path: Path, line: int) -> list[str]:
    """The editor's arguments; `+LINE` only for those that are known to take it."""
    aware = line > 1 and Path(command[0]).name in LINE_AWARE
    return [*command, *([f"+{line}"] if aware else []), str(path)]


async def edit(stage: Stage, path: Path, line: int, directory: str) -> None:
    """Open the file and wait until the editor is closed; the dashboard goes on below. Raises CannotEdit."""
    command = command_line(editor(), path, line)
    if path.name == STDIN:
        raise CannotEdit("The template came on standard input: there is no file to edit. r retries it as it was.")
    if not path.is_file():
        raise CannotEdit(f"{path} is not there.")
    # batch_update, or the first refresh would wait for ever for the writer that suspend has stopped
    with stage.suspend(), stage.batch_update():
        try:
            process = await asyncio.create_subprocess_exec(
                *command, cwd=directory if Path(directory).is_dir() else None
            )
        except OSError as error:
            raise CannotEdit(f"{command[0]} did not start: {error.strerror}. Nothing has changed.") from error
        status = await process.wait()
    if status:
        raise CannotEdit(
            f"{command[0]} ended with status {status}; the build stays paused. Try e again, or r to retry."
        )
