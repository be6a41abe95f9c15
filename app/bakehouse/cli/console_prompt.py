"""The console at a terminal: history, completion, several lines."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.filters import has_completions
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from bakehouse.cli.telling import complain, diagnostics
from bakehouse.errors import BakehouseError, TemplateError
from bakehouse.record.rundir import state_root
from bakehouse.template.asking import Answers

PROMPT, DEEPER = "> ", "  "
WORD = re.compile(r"[\w.-]+$")
GREETING = "An expression and Enter; help says more, Ctrl-D ends."


def converse(console: Answers) -> int:
    """Ask and answer until `exit` or Ctrl-D; a mistake ends nothing. Returns 0."""
    session: PromptSession[str] = PromptSession(
        PROMPT,
        multiline=True,
        prompt_continuation=DEEPER,
        history=_history(),
        auto_suggest=AutoSuggestFromHistory(),
        completer=_Names(console),
        complete_while_typing=False,
        key_bindings=_keys(console),
    )
    print(GREETING)
    if console.problems is not None:
        diagnostics(console.problems.diagnostics)
    while True:
        try:
            line = session.prompt().strip()
            if line in ("exit", "quit"):
                return 0
            if line:
                print(console.answer(line))
        except KeyboardInterrupt:
            continue
        except EOFError:
            return 0
        except TemplateError as error:
            diagnostics(error.diagnostics)
        except BakehouseError as error:
            complain(f"Error: {error}")


class _Names(Completer):
    """What the word before the cursor may become."""

    def __init__(self, console: Answers) -> None:
        self._console = console

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """All of them; shown is only what follows the last dot."""
        found = WORD.search(document.text_before_cursor)
        word = found.group() if found else ""
        for name in self._console.names(word):
            yield Completion(name, -len(word), display=name.rstrip(".").rpartition(".")[2])


def _keys(console: Answers) -> KeyBindings:
    """Enter takes a completion or ends the input, unless that is to go on."""
    keys = KeyBindings()

    @keys.add("enter", filter=~has_completions)
    def enter(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if console.goes_on(buffer.text) and not buffer.document.current_line.isspace():
            buffer.newline(copy_margin=True)
        else:
            buffer.validate_and_handle()

    @keys.add("enter", filter=has_completions)
    def take(event: KeyPressEvent) -> None:
        event.current_buffer.complete_state = None

    return keys


def _history() -> History:
    """Kept among the state of the person, for nobody else to read; in memory where that cannot be written."""
    path = state_root() / "console-history"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600))
    except OSError:
        return InMemoryHistory()
    return FileHistory(path)
