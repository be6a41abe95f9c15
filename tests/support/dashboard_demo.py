"""The dashboard on a scripted run, to look at by hand: `dashboard_demo.py running|paused|first_run|flood`.

Started from the folder `tests`. The script answers the verbs a little as an engine would.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bakehouse.dashboard.app import DashboardApp, Shown
from bakehouse.record import events
from bakehouse.session.protocol import Changes, FileChange
from support import scenes
from support.session import FakeSession, Sent


def flood(directory: Path) -> scenes.Scene:
    """All builds run; `pour` prints to them."""
    scene = scenes.Scene(directory)
    for key in scene.infos:
        scene.start(key)
        scene.begin(key, 1)
    return scene


async def pour(session: FakeSession, scene: scenes.Scene, rate: int) -> None:
    """`rate` lines a second over all builds."""
    line = (
        "2026-11-24 10:00:00 \x1b[32mINFO\x1b[0m fetching package number %d of very many from the mirror, all of it\n"
    )
    number = 0
    while True:
        began = time.monotonic()
        for span, key in enumerate(scene.infos, 1):
            count = rate // len(scene.infos) // 30
            session.print(key, span, "".join(line % (number + n) for n in range(count)))
        number += rate // len(scene.infos) // 30
        await asyncio.sleep(max(0.0, 1 / 30 - (time.monotonic() - began)))


async def tick(session: FakeSession) -> None:
    """The script's clock follows the real one."""
    offset = time.monotonic() - session.now
    while True:
        session.now = time.monotonic() - offset
        await asyncio.sleep(0.1)


def answering(scene: scenes.Scene) -> None:
    """Verbs on the paused build have an effect."""
    session = scene.session

    def answer(sent: Sent) -> int:
        if sent.verb in ("continue", "next", "skip", "retry", "edit-retry"):
            session.tell(events.BuildResumed(sent.verb, "you"), sent.build)
            scene.begin(sent.build, 4 if "retry" in sent.verb else 5, 2 if "retry" in sent.verb else 1)
        elif sent.verb == "cancel":
            session.tell(
                events.BuildFinished("cancelled", "You cancelled it.", bool(sent.arguments["keep"])), sent.build
            )
        elif sent.verb.startswith("stop"):
            session.tell(events.RunStopping("clean"))
            session.finish(1)
        elif sent.verb == "shell":
            return 99
        return 0

    session.answer = answer


async def main(name: str) -> Shown | None:
    """Show it until it is left."""
    directory = Path(tempfile.mkdtemp(prefix="bakehouse-demo-"))
    scene = flood(directory) if name == "flood" else getattr(scenes, name)(directory)
    script = directory / "scripts" / "setup.sh"
    script.parent.mkdir()
    script.write_text("set -eux\napt-get update -q\napt-get install -y nginx-lite curl\n")
    scene.session.on_disk = Changes(0, [FileChange(str(script), scenes.DIFF)])
    answering(scene)
    app = DashboardApp(scene.session, launched=True, now=scene.session.clock)
    background = [tick(scene.session)]
    if name == "flood":
        background.append(pour(scene.session, scene, 50_000))
    loop = asyncio.get_running_loop()
    tasks = [loop.create_task(work) for work in background]
    try:
        return await app.run_async()
    finally:
        for task in tasks:
            task.cancel()


if __name__ == "__main__":
    shown = asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "paused"))
    sys.stdout.write(f"{shown.how if shown else 'crashed'}\n")
