"""Docker's frames, wherever they are cut."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from bakehouse.clients.docker_streams import Attached
from bakehouse.sdk import Stream

NO_TRANSPORT = cast(asyncio.Transport, None)


def frame(stream: int, data: bytes) -> bytes:
    return bytes([stream, 0, 0, 0]) + len(data).to_bytes(4, "big") + data


def attached(pieces: list[tuple[Stream, bytes]], *, tty: bool = False) -> Attached:
    return Attached(NO_TRANSPORT, lambda stream, data: pieces.append((stream, data)), tty=tty)


@pytest.mark.parametrize("size", [1, 3, 8, 9, 64, 10_000])
async def test_frames_are_put_together(size: int) -> None:
    sent = frame(1, b"one\n") + frame(1, b"") + frame(2, b"err") + frame(1, b"two" * 50) + frame(0, b"!")
    pieces: list[tuple[Stream, bytes]] = []
    reader = attached(pieces)
    for at in range(0, len(sent), size):
        assert reader.feed_data(sent[at : at + size]) == (False, b"")
    assert b"".join(data for stream, data in pieces if stream == "stdout") == b"one\n" + b"two" * 50 + b"!"
    assert b"".join(data for stream, data in pieces if stream == "stderr") == b"err"


async def test_many_small_frames_become_one_piece_and_keep_their_order() -> None:
    pieces: list[tuple[Stream, bytes]] = []
    attached(pieces).feed_data(b"".join([frame(1, b"a\n")] * 1000 + [frame(2, b"e\n")] + [frame(1, b"b\n")] * 1000))
    assert pieces == [("stdout", b"a\n" * 1000), ("stderr", b"e\n"), ("stdout", b"b\n" * 1000)]


async def test_a_terminal_has_no_frames() -> None:
    pieces: list[tuple[Stream, bytes]] = []
    attached(pieces, tty=True).feed_data(b"\x01\x00raw")
    assert pieces == [("stdout", b"\x01\x00raw")]


async def test_an_error_of_the_listener_ends_the_stream() -> None:
    def full(stream: Stream, data: bytes) -> None:
        raise OSError("full")

    reader = Attached(NO_TRANSPORT, full, tty=False)
    reader.feed_data(frame(1, b"x"))
    reader.feed_data(frame(1, b"y"))
    reader.feed_eof()
    with pytest.raises(OSError, match="full"):
        await reader.ended
