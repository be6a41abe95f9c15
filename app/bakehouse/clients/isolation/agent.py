"""The agent: takes requests from the socket and forks a supervisor for each. In a pid namespace it is PID 1."""

from __future__ import annotations

import os
import select
import signal
from _socket import socket
from typing import NoReturn

from bakehouse.clients.isolation import kernel
from bakehouse.clients.isolation.proot import Proot
from bakehouse.clients.isolation.supervisor import CANCEL, Request, Trouble
from bakehouse.clients.isolation.wire import receive, send


def _noted(number: int, frame: object) -> None:
    """SIGCHLD only has to wake the loop, by the wakeup file."""


class Agent:
    """Serves until the engine closes its end. proc, dev, single_user, proot: as `Request` takes them."""

    def __init__(self, sock: socket, *, proc: int, dev: int, single_user: bool, proot: Proot | None) -> None:
        self._sock = sock
        self._proc = proc
        self._dev = dev
        self._single_user = single_user
        self._proot = proot
        self._supervisors: dict[int, tuple[int, socket]] = {}

    def serve(self) -> None:
        """The loop."""
        woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _noted)
        signal.pthread_sigmask(signal.SIG_BLOCK, {CANCEL})
        poll = select.poll()
        poll.register(self._sock.fileno(), select.POLLIN)
        poll.register(woken, select.POLLIN)
        while True:
            for file, _ in poll.poll():
                if file == woken:
                    os.read(woken, 4096)
                    self._reap()
                elif not self._take():
                    return

    def _take(self) -> bool:
        packet, opened = receive(self._sock)
        if not packet:
            return False
        verb, number = packet.decode().split()
        if verb == "cancel":
            for pid, (request, _) in self._supervisors.items():
                if request == int(number):
                    os.kill(pid, CANCEL)
            return True
        reply = socket(fileno=opened.pop(0))
        agent, pid = os.getpid(), os.fork()
        if pid == 0:
            self._supervise(verb, reply, opened, agent)
        self._supervisors[pid] = int(number), reply
        for file in opened:
            os.close(file)
        return True

    def _supervise(self, verb: str, reply: socket, opened: list[int], agent: int) -> NoReturn:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            kernel.die_with_parent(signal.SIGKILL)
            if os.getppid() != agent:  # it died before that could be heard of
                os._exit(status)
            request = Request(
                verb, opened, proc=self._proc, dev=self._dev, single_user=self._single_user, proot=self._proot
            )
            if verb == "shell":
                send(reply, b"terminal", (request.open_terminal(),))
            status = request.run()
        except Trouble as trouble:
            _fail(reply, str(trouble))
        except BaseException as error:
            _fail(reply, f"The machine's agent failed: {error!r}")
        finally:
            os._exit(status)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            supervisor = self._supervisors.pop(pid, None)
            if supervisor is not None:
                code = os.waitstatus_to_exitcode(status)
                _answer(supervisor[1], f"status {code if code >= 0 else 128 - code}")
                supervisor[1].close()


def _answer(reply: socket, text: str) -> None:
    try:
        send(reply, text.encode(errors="replace")[:8192])
    except OSError:  # nobody waits for it any more
        return


def _fail(reply: socket, text: str) -> None:
    _answer(reply, f"error {text}")
