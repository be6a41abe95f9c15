"""The holder of a machine: makes its namespaces, starts the agent in them, and ends it all when the engine goes."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import sys
from _socket import socket
from typing import NoReturn

from bakehouse.clients.isolation import kernel
from bakehouse.clients.isolation.agent import Agent
from bakehouse.clients.isolation.mapping import map_range, map_root
from bakehouse.clients.isolation.mounts import NewRoot
from bakehouse.clients.isolation.proot import Proot
from bakehouse.clients.isolation.seccomp import SUPPORTED, fake_ownership, pass_nothing_by
from bakehouse.clients.isolation.supervisor import end_descendants
from bakehouse.clients.isolation.wire import Payload, receive, send, unpack

_NO_NAMESPACES = ("chroot", "proot")

RECORD = "holder"
"""In the machine's directory: locked by the holder while it lives; `PID START` of the holder, then of the agent."""


def start_time(pid: int) -> str:
    """When a process started, in ticks since boot, to tell it from a later one of the same number. Raises OSError."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        return file.read().rpartition(b")")[2].split()[19].decode()


class Holder:
    """spec: name, directory, tier (as `rootfs.tiers` names them), overlay (bool), hostname, working_directory,
    proot (as `Proot` takes it, or None)."""

    def __init__(self, sock: socket, reply: socket, spec: Payload) -> None:
        self._sock = sock
        self._reply = reply
        self._spec = spec
        self._tier: str = spec["tier"]
        self._record = os.open(os.path.join(spec["directory"], RECORD), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def hold(self) -> None:
        """Until the engine closes the socket or the agent dies."""
        fcntl.flock(self._record, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._note(os.getpid())
        proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        kernel.adopt_orphans()
        if self._tier == "single":
            map_root()
        elif self._tier == "range":
            map_range()
        if self._tier not in _NO_NAMESPACES:
            kernel.unshare(kernel.CLONE_NEWPID)
        woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        agent = os.fork()
        if agent == 0:
            self._become_agent(proc)
        self._note(agent)
        self._wait(agent, woken)
        os.kill(agent, signal.SIGKILL)
        os.waitpid(agent, 0)
        end_descendants(proc)

    def _note(self, pid: int) -> None:
        os.write(self._record, f"{pid} {start_time(pid)}\n".encode())

    def _wait(self, agent: int, woken: int) -> None:
        poll = select.poll()
        poll.register(self._sock.fileno(), 0)
        poll.register(woken, select.POLLIN)
        while True:
            for file, _ in poll.poll():
                if file != woken:
                    return
                os.read(woken, 4096)
                while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT | os.WNOHANG):
                    if ended.si_pid == agent:
                        return
                    os.waitpid(ended.si_pid, 0)

    def _become_agent(self, proc: int) -> NoReturn:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            kernel.die_with_parent(signal.SIGKILL)
            agent = self._settle(proc)
            agent.serve()
            status = 0
        except BaseException as error:
            report_failure(self._reply, error)
        finally:
            os._exit(status)

    def _settle_by_proot(self, proc: int) -> Agent:
        proot = Proot(self._spec["proot"], self._spec["name"], self._spec["directory"])
        proot.prepare()
        os.makedirs(proot.path(self._spec["working_directory"]), 0o755, exist_ok=True)
        dev = os.open("/dev", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        os.close(self._record)
        if os.geteuid() == 0:
            kernel.drop_capabilities()
        pass_nothing_by()
        self._tell_ready(proot.made)
        return Agent(self._sock, proc=proc, dev=dev, single_user=False, proot=proot)

    def _settle(self, proc: int) -> Agent:
        if self._tier == "proot":
            return self._settle_by_proot(proc)
        single = self._tier == "single"
        root = NewRoot(
            self._spec["directory"],
            overlay=self._spec["overlay"],
            in_user_namespace=self._tier in ("single", "range"),
            has_groups=not single,
        )
        if self._tier == "chroot":
            dev = os.open("/dev", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            root.enter_by_chroot()
        else:
            kernel.unshare(kernel.CLONE_NEWNS | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS)
            kernel.set_hostname(self._spec["hostname"])
            root.enter()
            os.close(proc)
            proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            dev = os.open("/dev", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        os.makedirs(self._spec["working_directory"], 0o755, exist_ok=True)  # as docker does it
        os.close(self._record)
        if single:
            if kernel.MACHINE in SUPPORTED:
                fake_ownership()
        else:
            kernel.drop_capabilities()
        kernel.hide_from_tracers()
        self._tell_ready(root.made)
        return Agent(self._sock, proc=proc, dev=dev, single_user=single, proot=None)

    def _tell_ready(self, made: list[str]) -> None:
        send(self._reply, b"\0".join([b"ready", *(os.fsencode(path) for path in made)]))
        self._reply.close()


def report_failure(reply: socket, error: BaseException) -> None:
    """Tell the engine why there is no machine."""
    text = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else repr(error)
    send(reply, f"failed\0{text}".encode(errors="replace")[:8192])


def main() -> None:
    """`python -I -S -c ... machine NAME` with the socket as standard input and the spec as its first packet.

    The engine's environment, umask and ignored signals do not come along. The name is in argv for `ps` alone.
    """
    sock = socket(fileno=os.dup(0))
    os.umask(0o022)
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    packet, opened = receive(sock)
    if not packet:
        return
    reply = socket(fileno=opened[0])
    try:
        null = os.open("/dev/null", os.O_RDWR)
        os.dup2(null, 0)
        Holder(sock, reply, unpack(opened[1])).hold()
    except BaseException as error:
        report_failure(reply, error)
        sys.exit(1)
