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
        self.environment: dict[str, str] = {}
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
        self.environment = environment
        pane = self.open(words, columns, rows)
        try:
            shots(pane, lambda name: draw(name, pane.screen(colours=True), columns))
        finally:
            pane.close()
            self._stop(environment)

    def open(self, words: list[str], columns: int, rows: int) -> Pane:
        """One more terminal, of the same person."""
        return Pane([BAKEHOUSE, *words], cwd=self.scratch, environment=self.environment, columns=columns, rows=rows)

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


def inside(pane: Pane, shoot: Shoot) -> None:
    """What the step changed, its details, the way back, a shell."""
    pane.wait_for("2 need you", "What next?")
    pane.keys("d")
    pane.wait_for("since ◊", "passwd")
    shoot("files")
    pane.keys("Escape")
    pane.wait_for("What next?")
    pane.keys("i")
    pane.wait_for("Attempts", "Options")
    shoot("details")
    pane.keys("Escape")
    pane.wait_for("What next?", absent="Attempts")
    pane.keys("u")
    pane.wait_for("U rolls back")
    shoot("roll-back")
    pane.keys("Escape")
    pane.wait_for("What next?", absent="U rolls back")
    pane.keys("!")
    pane.wait_for("ctrl+] leaves", "/ #")
    pane.type("ls -l /srv/www /tmp/site")
    pane.keys("Enter")
    pane.wait_for("index.html")
    shoot("shell")
    pane.keys("C-]")
    pane.wait_for("What next?")


def watching(studio: Studio, pane: Pane, shoot: Shoot) -> None:
    """A second terminal watches, asks, and is given control."""
    pane.wait_for("2 need you", "What next?")
    other = studio.open(["attach"], 120, 40)
    try:
        other.wait_for("You are watching", "take control", "Provisioning with")
        draw("watching", other.screen(colours=True), 120)
        other.keys("T")
        pane.wait_for("asks for control")
        shoot("asked-for-control")
        pane.keys("y")
        other.wait_for("What next?")
    finally:
        other.close()


def stopped(pane: Pane, shoot: Shoot) -> None:
    """A breakpoint before a step, and the list of them."""
    pane.wait_for("paused before 4 site")
    shoot("breakpoint")
    pane.keys(":")
    pane.type("breakpoints")
    pane.keys("Enter")
    pane.wait_for("set on the command line")
    shoot("breakpoints")
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
        studio.take(broken, 120, 40, inside)
        studio.take(broken, 120, 40, lambda pane, shoot: watching(studio, pane, shoot))
        studio.take([*broken[:-1], "--break", "site", broken[-1]], 120, 40, stopped)
        studio.take(broken, 80, 24, narrow)
        studio.take(slow, 120, 40, running)
        studio.take(slow, 200, 50, split)


if __name__ == "__main__":
    main()
