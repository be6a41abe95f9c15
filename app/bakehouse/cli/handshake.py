"""What a launching process and its engine say to each other before the session takes over: one message each way."""

from __future__ import annotations

import socket

import msgspec

from bakehouse.cli.order import Order


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The run has begun. socket: path of its door. directory: of its record. warnings: of the template, rendered."""

    socket: str
    directory: str
    warnings: str = ""


class NotReady(msgspec.Struct, frozen=True, tag="refused"):
    """It will not begin. text: why, fit to be shown as it is."""

    text: str


def send(door: socket.socket, message: Order | Ready | NotReady) -> None:
    """Send the one message of this side. Raises OSError."""
    door.sendall(msgspec.json.encode(message))
    door.shutdown(socket.SHUT_WR)


def receive_order(door: socket.socket) -> Order:
    """The engine's side. Raises msgspec.DecodeError if it did not come whole."""
    return msgspec.json.decode(_all(door), type=Order)


def receive_answer(door: socket.socket) -> Ready | NotReady | None:
    """The launching side; None if the engine ended without a word."""
    data = _all(door)
    if not data:
        return None
    answer: Ready | NotReady = msgspec.json.decode(data, type=Ready | NotReady)
    return answer


def _all(door: socket.socket) -> bytes:
    data = bytearray()
    while piece := door.recv(1 << 16):
        data += piece
    return bytes(data)
