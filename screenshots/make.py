"""`make screenshots`: run the example for real, in a real terminal (tmux), and draw what it shows as SVG.

Clocks and run ids differ from one making to the next; the pictures are to be looked at, not compared.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.ansi import AnsiDecoder
from rich.console import Console
from rich.terminal_theme import TerminalTheme

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "tests"))

from support.tmux import Pane, terminal_environment  # noqa: E402

BAKEHOUSE = str(Path(sys.executable).with_name("bakehouse"))
GROUND = TerminalTheme((0x16, 0x15, 0x13), (0xE8, 0xE3, 0xDA), [(0x5D, 0x57, 0x4F)] * 8, [(0xE8, 0xE3, 0xDA)] * 8)
FRAME = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {terminal_width} {terminal_height}">
<style>
.{unique_id}-matrix {{ font: {char_height}px "DejaVu Sans Mono", "Fira Code", Menlo, Consolas, monospace; }}
{styles}
</style>
<defs>{lines}</defs>
<rect width="100%" height="100%" fill="#161513"/>
{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g>
</svg>
"""


def draw(name: str, ansi: str, columns: int) -> None:
    """Write screenshots/NAME.svg from a screen with its escape sequences."""
    console = Console(width=columns, record=True, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    for text in AnsiDecoder().decode(ansi.rstrip("\n")):  # colours go on from line to line
        text.truncate(columns, pad=True)
        console.print(text, no_wrap=True, crop=True, end="\n")
    (HERE / f"{name}.svg").write_text(console.export_svg(title="", theme=GROUND, code_format=FRAME, unique_id=name))
    print(name, file=sys.stderr)


class Studio:
    """A directory with the example in it, and one pane after another."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        shutil.copy(HERE / "slow.pkr.hcl", scratch)
        editor = scratch / "editor"
        editor.write_text('#!/bin/sh\nsed -i "s#/tmp/sites/#/tmp/site/#" "$1"\n')
        editor.chmod(0o755)

    def take(self, words: list[str], columns: int, rows: int, shots: Callable[[Pane, Shoot], None]) -> None:
        """Run `bakehouse` with `words` in a pane and let `shots` press keys and take pictures; then stop the run."""
        shutil.copytree(ROOT / "examples/first-light", self.scratch / "first-light", dirs_exist_ok=True)
        environment = terminal_environment(
            EDITOR=str(self.scratch / "editor"), XDG_STATE_HOME=str(self.scratch / "state"), COLORTERM="truecolor"
        )
        pane = Pane([BAKEHOUSE, *words], cwd=self.scratch, environment=environment, columns=columns, rows=rows)
        try:
            shots(pane, lambda name: draw(name, pane.screen(colours=True), columns))
        finally:
            pane.close()
            self._stop(environment)

    def _stop(self, environment: dict[str, str]) -> None:
        """End what still runs, and wait until it has: the next picture wants the same output."""
        while live := [run for run in self._runs(environment) if run["status"] in ("running", "paused")]:
            for run in live:
                command = [BAKEHOUSE, "ctl", run["run"], "stop"]
                subprocess.run(command, env=environment, capture_output=True, check=False)
            time.sleep(0.1)

    def _runs(self, environment: dict[str, str]) -> list[dict[str, str]]:
        listed = subprocess.run([BAKEHOUSE, "runs", "--json"], env=environment, capture_output=True, check=True)
        return [json.loads(line) for line in listed.stdout.splitlines()]


Shoot = Callable[[str], None]


def paused(pane: Pane, shoot: Shoot) -> None:
    pane.wait_for("2 need you", "What next?")
    shoot("paused")
    pane.keys("e")
    pane.wait_for("/tmp/site/index.html")
    shoot("edit-retry")
    pane.keys("Escape")
    pane.wait_for("What next?", absent="/tmp/site/index.html")
    pane.keys("C-c")
    pane.wait_for("Stop and clean up")
    shoot("stop")
    pane.keys("Escape")
    pane.wait_for("What next?", absent="Stop and clean up")
    pane.keys("?")
    pane.wait_for("Everywhere")
    shoot("help")
    pane.keys("Escape")


def narrow(pane: Pane, shoot: Shoot) -> None:
    pane.wait_for("2 need you", "What next?")
    shoot("paused-narrow")


def running(pane: Pane, shoot: Shoot) -> None:
    pane.wait_for("Unpacking openssh-server", "◉")
    shoot("running")


def split(pane: Pane, shoot: Shoot) -> None:
    pane.wait_for("Unpacking openssh-server", "◉")
    pane.keys("|")
    pane.wait_for("›")
    shoot("split")


def main() -> None:
    broken = ["build", "-force", "-var", "publish=scripts/publish-broken.sh", "first-light"]
    slow = ["build", "-force", "slow.pkr.hcl"]
    with tempfile.TemporaryDirectory(prefix="bakehouse-pictures-") as scratch:
        os.environ.pop("CI", None)
        studio = Studio(Path(scratch))
        studio.take(broken, 120, 40, paused)
        studio.take(broken, 80, 24, narrow)
        studio.take(slow, 120, 40, running)
        studio.take(slow, 200, 50, split)


if __name__ == "__main__":
    main()
