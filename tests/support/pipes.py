"""A build runner in a process of its own: `python -m support.pipes` at the far end of two pipes, `carry` at the near.

What crosses is JSON: the plan, files and settings in; facts, output and claims out; acknowledgements and decisions
in. That it works shows that a runner touches nothing else.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import msgspec

from bakehouse.engine.build import BuildRunner
from bakehouse.engine.mailbox import Mailbox
from bakehouse.engine.ports import Decision, Outcome, Settings, ShellTerminal
from bakehouse.engine.sink import BuildSink
from bakehouse.record import events
from bakehouse.record.events import Body, SpanStarted
from bakehouse.sdk import Resource
from bakehouse.template.plan import BuildPlan, FileRecord


class Job(msgspec.Struct):
    plan: BuildPlan
    files: dict[str, FileRecord]
    settings: Settings


class Message(msgspec.Struct, omit_defaults=True):
    op: str
    kind: str = ""
    body: dict[str, Any] = {}
    span: int = 0
    stream: int = 0
    data: bytes = b""
    resource: Resource | None = None
    number: int = 0
    decision: Decision | None = None
    outcome: Outcome | None = None


ENCODE = msgspec.json.Encoder().encode
DECODE = msgspec.json.Decoder(Message).decode


class FarSink:
    """The sink of the runner's process. Its span ids are its own; the near end has others."""

    def __init__(self) -> None:
        self.acknowledged: dict[int, asyncio.Future[None]] = {}
        self._spans = 0

    def _send(self, message: Message) -> None:
        sys.stdout.buffer.write(ENCODE(message) + b"\n")
        sys.stdout.buffer.flush()

    def emit(self, body: Body, span: int = 0) -> None:
        self._send(Message("emit", body.kind, msgspec.to_builtins(body), span))

    def live(self, body: Body, span: int = 0) -> None:
        self._send(Message("live", body.kind, msgspec.to_builtins(body), span))

    def begin(self, body: SpanStarted) -> int:
        self._spans += 1
        self._send(Message("begin", body.kind, msgspec.to_builtins(body), self._spans))
        return self._spans

    def output(self, span: int, stream: int, data: bytes) -> None:
        self._send(Message("output", span=span, stream=stream, data=data))

    def settle(self, span: int) -> None:
        self._send(Message("settle", span=span))

    async def keep(self, name: str, content: bytes) -> str:
        raise OSError("no files cross these pipes")

    async def keep_log(self, name: str, span: int) -> str:
        raise OSError("no files cross these pipes")

    async def room(self) -> None: ...

    async def note(self, resource: Resource) -> None:
        await self._ask("note", resource)

    async def strike(self, resource: Resource) -> None:
        await self._ask("strike", resource)

    async def _ask(self, op: str, resource: Resource) -> None:
        number = len(self.acknowledged) + 1
        answer = self.acknowledged[number] = asyncio.get_running_loop().create_future()
        self._send(Message(op, resource=resource, number=number))
        await answer


class FarCommands:
    """Decisions that come over the pipe; a shell and a question cannot."""

    def __init__(self) -> None:
        self.decisions: asyncio.Queue[Decision] = asyncio.Queue()

    async def next(self) -> Decision:
        return await self.decisions.get()

    def reply(self, number: int, data: dict[str, Any], error: str = "") -> None:
        raise NotImplementedError

    def terminal(self, span: int) -> ShellTerminal:
        raise NotImplementedError

    def offer(self, span: int) -> ShellTerminal:
        raise NotImplementedError

    def withdraw(self, span: int) -> None:
        raise NotImplementedError


class FreeSlots:
    """As many as one likes."""

    async def enter(self) -> None: ...
    def leave(self) -> None: ...
    def rest(self) -> None: ...
    async def resume(self) -> None: ...


async def far_end() -> None:
    from support.kitchen import installed

    reader = asyncio.StreamReader(limit=1 << 24)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    job = msgspec.json.decode(await reader.readline(), type=Job)
    sink, commands = FarSink(), FarCommands()

    async def hear() -> None:
        while line := await reader.readline():
            message = DECODE(line)
            if message.decision is not None:
                commands.decisions.put_nowait(message.decision)
            else:
                sink.acknowledged[message.number].set_result(None)

    with installed() as kitchen:
        far_acts(kitchen)
        async with asyncio.TaskGroup() as group:
            ears = group.create_task(hear())
            runner = BuildRunner(job.plan, job.files, job.settings, sink, commands, FreeSlots())
            outcome = await runner.run()
            sink._send(Message("outcome", outcome=outcome))
            ears.cancel()


def far_acts(kitchen: Any) -> None:
    """What the provisioner `act` does over there."""
    from bakehouse.errors import CommandFailed
    from bakehouse.sdk import Machine

    failed: list[bool] = []

    @kitchen.act("burn")
    async def burn(machine: Machine) -> None:
        machine.context.output("stdout", b"hun")
        machine.context.output("stdout", b"ter2 is known\n")
        await machine.claim("dish", "dish-far")
        if not failed:
            failed.append(True)
            raise CommandFailed("exit status 7", exit_status=7)


async def carry(job: Job, sink: BuildSink, mailbox: Mailbox, process: asyncio.subprocess.Process) -> Outcome:
    """The near end: what comes out of the pipe goes to the sink, what is decided into it."""
    assert process.stdin is not None
    assert process.stdout is not None
    stdin, stdout = process.stdin, process.stdout
    spans = {0: 0}
    stdin.write(ENCODE(job) + b"\n")

    async def decide() -> None:
        while True:
            stdin.write(ENCODE(Message("decision", decision=await mailbox.next())) + b"\n")

    async with asyncio.TaskGroup() as group:
        decider = group.create_task(decide())
        while line := await stdout.readline():
            message = DECODE(line)
            if message.op in ("emit", "live", "begin"):
                body = msgspec.convert(message.body, getattr(events, message.kind))
                if message.op == "begin":
                    spans[message.span] = sink.begin(body)
                else:
                    getattr(sink, message.op)(body, spans[message.span])
            elif message.op == "output":
                sink.output(spans[message.span], message.stream, message.data)
            elif message.op == "settle":
                sink.settle(spans[message.span])
            elif message.resource is not None:
                await getattr(sink, message.op)(message.resource)
                stdin.write(ENCODE(Message("done", number=message.number)) + b"\n")
            elif message.outcome is not None:
                decider.cancel()
                return message.outcome
    raise AssertionError("the runner went away")


if __name__ == "__main__":
    asyncio.run(far_end())
