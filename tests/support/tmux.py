"""A program in a tmux pane: keys in, screen out, waited for and never slept on."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
import uuid
from collections.abc import Mapping
from pathlib import Path

PATIENCE = 30.0


class Pane:
    """One program in a tmux server of its own; `close` ends both."""

    def __init__(
        self,
        command: list[str],
        *,
        cwd: Path,
        environment: Mapping[str, str],
        columns: int = 120,
        rows: int = 40,
    ) -> None:
        self._server = f"bakehouse-{uuid.uuid4().hex[:8]}"
        words = " ".join(shlex.quote(word) for word in command)
        line = f"{words}; code=$?; echo; echo exit code $code; exec sleep 600"
        self._tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows), line, cwd=cwd, env=environment
        )

    def _tmux(self, *words: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
        done = subprocess.run(
            ["tmux", "-L", self._server, *words], cwd=cwd, env=env, capture_output=True, text=True, check=True
        )
        return done.stdout

    def keys(self, *keys: str) -> None:
        """Press keys, by tmux's names."""
        self._tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        """Type a text as it is."""
        self._tmux("send-keys", "-l", text)

    def resize(self, columns: int, rows: int) -> None:
        """Give the window another size."""
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def screen(self, *, colours: bool = False) -> str:
        """What is shown now; colours: with the escape sequences that paint it, and the blanks that have a ground."""
        return self._tmux("capture-pane", "-p", *(["-e", "-N"] if colours else []))

    def wait_for(self, *texts: str, absent: str = "") -> str:
        """The screen, once it shows all `texts` and not `absent`. Raises AssertionError after PATIENCE seconds."""
        deadline = time.monotonic() + PATIENCE
        while True:
            screen = self.screen()
            if all(text in screen for text in texts) and not (absent and absent in screen):
                return screen
            if time.monotonic() > deadline:
                raise AssertionError(f"{texts} not shown (or {absent!r} still is) in:\n{screen}")
            time.sleep(0.05)

    def pid(self) -> int:
        """Of the program itself (the shell's first child)."""
        shell = int(self._tmux("list-panes", "-F", "#{pane_pid}").split()[0])
        children = Path(f"/proc/{shell}/task/{shell}/children").read_text().split()
        return int(children[0])

    def close(self) -> None:
        """End the server and all that runs in it."""
        subprocess.run(["tmux", "-L", self._server, "kill-server"], capture_output=True, check=False)


def terminal_environment(**more: str) -> dict[str, str]:
    """The environment of a person at a terminal: no CI, colours, UTF-8."""
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR", "TMUX")}
    return {**environment, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **more}
