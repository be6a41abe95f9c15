"""A trace in a machine: made, read and written by commands of their own, beside the script's."""

from __future__ import annotations

import asyncio
import re
import secrets
from contextlib import suppress

from bakehouse.clients.script_trace.trace import NotReady, OnPiece, Trace
from bakehouse.errors import StepError
from bakehouse.sdk.communicator import Command, Communicator, Stream

READY_LIMIT = 20.0
END_LIMIT = 3.0
CLEAN_LIMIT = 5.0
_READER = r"""
umask 0
[ -c /dev/null ] || { echo "no /dev/null"; exit; }
mkdir -m 777 @D 2>/dev/null && chmod 777 @D && : >@D/t && mkfifo @D/ctl 2>/dev/null ||
  { rm -rf @D; echo "no place"; exit; }
exec 3<@D/t
shell=sh
[ -z "${BASH_VERSION-}" ] || shell=bash
[ -z "${KSH_VERSION-}${ZSH_VERSION-}${YASH_VERSION-}" ] || shell=other
echo "ready $shell"
while cat <&3; do
  [ -e @D/t ] || break
  sleep 0.1 2>/dev/null || sleep 1
done
exec cat <&3
"""


class MachineTrace(Trace):
    """parent: where it is put; the machine's user may write there."""

    def __init__(self, communicator: Communicator, parent: str, on_piece: OnPiece) -> None:
        safe = parent if re.fullmatch(r"/[\w./-]*", parent) else "/tmp"
        self.path = f"{safe.rstrip('/')}/bakehouse-trace-{secrets.token_hex(6)}"
        self.removal = f"{{ mv {self.path} {self.path}.gone && rm -rf {self.path}.gone; }} 2>/dev/null"
        self._communicator = communicator
        self._on_piece = on_piece
        self._head = b""
        self._ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def read(self) -> None:
        try:
            await self._communicator.run(Command(_READER.replace("@D", self.path)), self._heard)
        except StepError as error:
            self._settle(f"failed {error}")
        self._settle("failed its reader ended")

    async def wait_ready(self) -> None:
        try:
            async with asyncio.timeout(READY_LIMIT):
                word, _, rest = (await asyncio.shield(self._ready)).partition(" ")
        except TimeoutError:
            raise NotReady("the machine did not answer in time") from None
        if word != "ready":
            reasons = {"no /dev/null": "the machine has no /dev/null", "no place": "its records have no place there"}
            raise NotReady(reasons.get(f"{word} {rest}", rest))
        self.shell = rest

    async def write(self, files: dict[str, str]) -> None:
        line, environment = "umask 0; cd @D || exit 0", {}
        for number, (name, text) in enumerate(files.items()):
            environment[f"BH{number}"] = text
            line += f'\nprintf "%s\\n" "$BH{number}" >.{name} && mv .{name} {name}'
        await self._communicator.run(Command(line.replace("@D", self.path), environment), _nothing)

    async def remove_file(self, name: str) -> None:
        await self._communicator.run(Command(f"rm -f {self.path}/{name}"), _nothing)

    async def remove(self) -> None:
        with suppress(StepError, TimeoutError):
            async with asyncio.timeout(CLEAN_LIMIT):
                await self._communicator.run(Command(self.removal), _nothing)

    def _heard(self, stream: Stream, data: bytes) -> None:
        if stream == "stderr":
            return
        if not self._ready.done():
            self._head += data
            head, newline, data = self._head.partition(b"\n")
            if not newline:
                return
            self._settle(head.decode("utf-8", "replace"))
        if data:
            self._on_piece(data)

    def _settle(self, word: str) -> None:
        if not self._ready.done():
            self._ready.set_result(word)


def _nothing(stream: Stream, data: bytes) -> None:
    return
