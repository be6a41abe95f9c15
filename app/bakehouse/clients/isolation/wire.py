"""Messages between engine and agent: one SOCK_SEQPACKET packet each, with open files beside it.

engine to agent: `VERB NUMBER`, with a socket for the answer and the arguments as a marshalled dict in a memory file
(they have no size limit, stand on no command line, and need no parser: the engine is trusted). The answer on that
socket: `status N`, `error TEXT` or `terminal`, plain text, since what runs in the machine is not trusted.
"""

from __future__ import annotations

import marshal
import os
import struct
from _socket import CMSG_SPACE, MSG_CMSG_CLOEXEC, SCM_RIGHTS, SOL_SOCKET, socket
from typing import Any

PACKET = 65536
_MOST_FILES = 8

Payload = dict[str, Any]


def memory_file(content: bytes) -> int:
    """An anonymous file that holds `content`, read from its start; not inherited by other programs."""
    file = os.memfd_create("bakehouse", os.MFD_CLOEXEC)
    view = memoryview(content)
    while view:
        view = view[os.write(file, view) :]
    os.lseek(file, 0, os.SEEK_SET)
    return file


def pack(payload: Payload) -> int:
    """A memory file with a payload in it."""
    return memory_file(marshal.dumps(payload))


def unpack(file: int) -> Payload:
    """The payload in a memory file, which is closed."""
    with open(file, "rb") as stream:
        payload: Payload = marshal.load(stream)
    return payload


def send(sock: socket, text: bytes, files: tuple[int, ...] = ()) -> None:
    """One packet. Raises BlockingIOError if the socket is full and does not block."""
    rights = [(SOL_SOCKET, SCM_RIGHTS, struct.pack(f"{len(files)}i", *files))] if files else []
    sock.sendmsg([text], rights)


def receive(sock: socket) -> tuple[bytes, list[int]]:
    """One packet and the files that came with it; (b"", []) once the other side is gone."""
    data, ancillary, _, _ = sock.recvmsg(PACKET, CMSG_SPACE(4 * _MOST_FILES), MSG_CMSG_CLOEXEC)
    files: list[int] = []
    for level, kind, raw in ancillary:
        if level == SOL_SOCKET and kind == SCM_RIGHTS:
            files.extend(struct.unpack(f"{len(raw) // 4}i", raw[: len(raw) // 4 * 4]))
    return data, files
