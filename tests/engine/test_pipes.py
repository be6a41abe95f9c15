"""A build runner needs nothing but what its ports give: it works at the other end of two pipes."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from bakehouse.engine.revision import infos
from bakehouse.record.events import PlanRevised, RunFinished
from bakehouse.record.ledger import standing
from support.kitchen import Cook, act, build, plan, wrap
from support.pipes import Job, carry


async def test_a_runner_in_a_process_of_its_own() -> None:
    made = plan(build(act("burn"), wrap("bag")), secrets=("hunter2",))
    cook = Cook(made, on_error="pause", hold=60.0)
    run, recorder = cook.run, cook.run._recorder
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "support.pipes",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parent.parent,
    )
    recorder.emit(run._started(made))
    recorder.emit(PlanRevised(1, infos(made)))
    job = Job(made.builds[0], made.files, run._settings(made.builds[0]))
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        near = group.create_task(carry(job, recorder.sink("001-web"), run._mailboxes["001-web"], process))
        pause = await cook.paused()
        assert (pause.reason, pause.error, pause.exit_status) == ("failure", "exit status 7", 7)
        assert [resource.name for resource in standing(cook.record.ledger)] == ["oven-001-web", "dish-far"]
        await cook.send("retry")
    await process.wait()
    assert near.result().ending == "succeeded"
    recorder.emit(RunFinished(0))
    recorder.close()
    cook.record.close()
    assert cook.build().status == "succeeded"
    assert [artifact.id for artifact in cook.build().artifacts] == ["loaf", "bag"]
    assert "<sensitive> is known" in cook.lines()
    assert standing(cook.record.ledger) == []
    assert cook.record.status == "finished"
