"""One request, in a process of its own: it starts the command, adopts all that the command starts, and ends it all.

Being the subreaper of its command is what makes a cancellation complete: also a daemon that forked twice and called
setsid is still a descendant. When the command ends by itself, the supervisor goes, and what is left behind belongs to
the agent: it lives on, as it would after `docker exec`.
"""

from __future__ import annotations

import fcntl
import os
import signal
import struct
import termios
import time
from typing import NoReturn

from bakehouse.clients.isolation import files, freezing, kernel, users
from bakehouse.clients.isolation.proot import STATUS, Proot, tracees
from bakehouse.clients.isolation.wire import Payload, unpack

CANCEL = signal.SIGRTMIN + 5
"""Ends a request. Not SIGTERM, which scripts send to everybody (`kill -- -1`)."""

_CALM = 300  # rounds of a millisecond
_KILLED = 128 + signal.SIGKILL
_TIOCGPTPEER = 0x5441
_IGNORED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)


class Cancelled(BaseException):
    """CANCEL came."""


class Trouble(Exception):
    """The request cannot be done; the text is for people."""


def _shell(user: users.User, proot: Proot | None) -> str:
    """The user's own, unless it is there to keep people out: whoever builds the image may come in."""
    own = user.shell
    there = own if proot is None else proot.path(own)
    return own if os.access(there, os.X_OK) and os.path.basename(own) not in ("false", "nologin") else "/bin/sh"


def _cancelled(number: int, frame: object) -> NoReturn:
    raise Cancelled


def descendants(proc: int, root: int) -> list[int]:
    """All processes below `root`, by the parents that an open /proc names."""
    children: dict[int, list[int]] = {}
    for name in os.listdir(proc):
        if not name.isdecimal():
            continue
        try:
            file = os.open(f"{name}/stat", os.O_RDONLY | os.O_CLOEXEC, dir_fd=proc)
        except OSError:
            continue
        try:
            fields = os.read(file, 4096).rpartition(b")")[2].split()
        except OSError:
            continue
        finally:
            os.close(file)
        children.setdefault(int(fields[1]), []).append(int(name))
    found, pending = [], [root]
    while pending:
        below = children.get(pending.pop(), [])
        found.extend(below)
        pending.extend(below)
    return found


def end_descendants(proc: int) -> None:
    """Kill and reap everything below this process, a subreaper, until nothing is left.

    Who traces others gets time to end by itself once they are gone.
    """
    calm = 0
    while True:
        pids = descendants(proc, os.getpid())
        traced = tracees(proc, pids)
        calm = _CALM if traced else max(0, calm - 1)
        for pid in traced if calm else pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.001)


class Request:
    """What the agent asks for: `verb`, its arguments, the files that came with it, and open directories.

    proc, dev: /proc and /dev of the machine; where it has none (chroot), the host's.
    single_user: only root is mapped. proot: how commands run, and where files are, without a root of our own.
    """

    def __init__(
        self, verb: str, opened: list[int], *, proc: int, dev: int, single_user: bool, proot: Proot | None
    ) -> None:
        self.verb = verb
        self.payload: Payload = unpack(opened[0])
        self.files = opened[1:]
        self._proc = proc
        self._dev = dev
        self._single_user = single_user
        self._proot = proot

    def run(self) -> int:
        """Do it; the exit status. Raises Trouble. CANCEL is blocked when this is called."""
        kernel.adopt_orphans()
        for number in _IGNORED:
            signal.signal(number, signal.SIG_IGN)
        signal.signal(CANCEL, _cancelled)
        try:
            return self._dispatch()
        except Cancelled:
            signal.signal(CANCEL, signal.SIG_IGN)
            end_descendants(self._proc)
            return _KILLED

    def _dispatch(self) -> int:
        if self.verb in ("run", "shell"):
            return self._command()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {CANCEL})
        if self.verb == "freeze":
            return self._freeze()
        path = self.payload["path"]
        try:
            if self._proot is not None:
                path = self._proot.path(path)
            if self.verb == "put":
                files.put(self.files[0], path, self.payload["mode"], self._owner())
            elif self.verb == "get":
                files.get(path, self.files[0])
            elif self.verb == "put-tree":
                files.put_tree(self.files[0], path, self._owner())
            elif self.verb == "get-tree":
                files.get_tree(path, self.files[0])
            else:
                raise Trouble(f"the agent does not know how to {self.verb}")
        except OSError as error:
            name = error.filename if self._proot is None else ""
            raise Trouble(f"{name or self.payload['path']}: {error.strerror}") from error
        return 0

    def _freeze(self) -> int:
        if self._proot is not None:  # all processes of the host would stand still
            raise Trouble("The machine cannot be held still: it has no processes of its own.")
        try:
            freezing.freeze(self._proc, *self.files)
        except freezing.NotStill as error:
            raise Trouble(f"The machine cannot be held still: {error}.") from error
        return 0

    def _user(self) -> users.User:
        try:
            root = self._proot.path("/") if self._proot is not None else ""
            user = users.find(self.payload["user"], root)
        except LookupError as error:
            raise Trouble(str(error)) from error
        if self._single_user and user.uid:
            raise Trouble(
                f'user "{user.name}" cannot be had: tier single has no other user than root (run_as = "root")'
            )
        return user

    def _owner(self) -> files.Owner:
        user = self._user()
        if self._proot is not None:
            return (os.geteuid(), os.getegid())
        return (user.uid, user.gid)

    def _command(self) -> int:
        user = self._user()
        told, tell = os.pipe2(os.O_CLOEXEC)
        command = os.fork()
        if command == 0:
            self._become_command(user, tell)
        for file in (*self.files, tell):
            os.close(file)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {CANCEL})
        if self._proot is not None and (reported := os.read(told, 16)):
            return int(reported)
        while True:
            pid, status = os.wait()
            if pid == command:
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code

    def _become_command(self, user: users.User, tell: int) -> NoReturn:
        try:
            self._exec(user, tell)
        except OSError as error:
            os.write(2, f"{error.filename or 'machine'}: {error.strerror}\n".encode())
        except BaseException as error:
            os.write(2, f"machine: {error}\n".encode())
        os._exit(127)

    def _exec(self, user: users.User, tell: int) -> NoReturn:
        os.setsid()
        kernel.yield_to_others(self._proc, self.payload["nice"])
        streams = self._terminal_streams() if self.verb == "shell" else self.files
        for number, file in enumerate(streams):
            os.dup2(file, number)
        for number in (*_IGNORED, CANCEL):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, set())
        environment = {"HOME": user.home, **self.payload["environment"]}
        arguments = self.payload["arguments"]
        program = arguments[0]
        if self.verb == "shell":
            program = _shell(user, self._proot)
            arguments = ["-" + os.path.basename(program)]
            environment |= {"SHELL": program, "USER": user.name, "LOGNAME": user.name}
        if self._proot is not None:
            if self.verb == "shell":
                arguments = [program, "-l"]  # it cannot be told by the name
            command, environment = self._proot.command(user, self._directory(user), arguments, environment)
            os.dup2(tell, STATUS)
            os.execve(command[0], command, environment)
        os.chdir(self._directory(user))
        if not self._single_user:
            users.become(user)
        os.execve(program, arguments, environment)

    def _directory(self, user: users.User) -> str:
        directory: str = self.payload["directory"]
        if self.verb == "shell" and not self._is_directory(directory):
            return user.home if self._is_directory(user.home) else "/"
        return directory

    def _is_directory(self, path: str) -> bool:
        return os.path.isdir(path if self._proot is None else self._proot.path(path))

    def _terminal_streams(self) -> list[int]:
        terminal = fcntl.ioctl(self.files[0], _TIOCGPTPEER, os.O_RDWR | os.O_NOCTTY)
        fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
        return [terminal] * 3

    def open_terminal(self) -> int:
        """The master side of a new PTY of the machine, of the size asked for."""
        master = os.open("pts/ptmx", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC, dir_fd=self._dev)
        fcntl.ioctl(master, termios.TIOCSPTLCK if hasattr(termios, "TIOCSPTLCK") else 0x40045431, struct.pack("i", 0))
        size = struct.pack("HHHH", self.payload["rows"], self.payload["columns"], 0, 0)
        fcntl.ioctl(master, termios.TIOCSWINSZ, size)
        self.files = [master]
        return master
