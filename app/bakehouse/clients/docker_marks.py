"""Telling a command's own end from the end of its output, and its process from the others in a container.

Docker's exec says neither which process it started, as the container numbers it, nor, while a daemon that the
command left behind holds its output, that the command has ended. So a shell around the command says both, in
marked lines that are taken out of the output: `TOKEN PID` first on stderr, then `TOKEN STATUS` on stdout and stderr.
The token stands on the command line in two halves, so that a command which prints `ps` does not print it.
"""

from __future__ import annotations

import asyncio
import secrets

from bakehouse.sdk.communicator import OnOutput, Stream

# $0 is the command line, $1 and $2 are the token's halves. Docker makes this shell the leader of a session.
# What this shell itself has to say ('Killed') goes nowhere.
RUN = (
    'echo "$1$2 $$" >&2; exec 3>&2 2>/dev/null; (exec /bin/sh -c "$0" 2>&3 3>&-); '
    'set -- "$1$2" $?; echo "$1 $2"; echo "$1 $2" >&3; exit "$2"'
)

# $0 and $1 are the token's halves.
INTERACTIVE = 'echo "$0$1 $$"; if command -v bash >/dev/null 2>&1; then exec bash -l; fi; exec /bin/sh -l'

# $0 is the leader's pid. Collects its session, all descendants and their sessions, and orphans that are younger than
# the leader (it may have started them by way of a process that has ended), ends them, looks again, until none lives.
# It says so then, for the end of its own output may be held up by the daemon.
# In a PID namespace of the host's, where the leader has a parent, a younger orphan may be anybody's: it is left.
# stat after the name (proc(5)): 1 state, 2 ppid, 4 session, 20 start time.
KILL = """
read -r line <"/proc/$0/stat" || { echo ended; exit; }
set -- ${line##*) }
top=$2 since=${20} all=" $0 "
while :; do
  grown= live=
  for stat in /proc/[0-9]*/stat; do
    { read -r line <"$stat"; } 2>/dev/null || continue
    pid=${line%% *}
    set -- ${line##*) }
    [ "$1" = Z ] && continue
    case $all in
      *" $pid "*) live="$live $pid"; continue ;;
      *" $2 "*|*" $4 "*) ;;
      *) [ "$top" = 0 ] && [ "$2" = 1 ] && [ "${20}" -ge "$since" ] || continue ;;
    esac
    all="$all$pid " grown=1
  done
  [ -z "$grown" ] || continue
  [ -n "$live" ] || { echo ended; exit; }
  kill -KILL $live 2>/dev/null
done
"""


class Marks:
    """An `OnOutput` that takes the marked lines out and passes the rest on.

    pid: the leader's, as the container numbers it.
    status: the command's, once both streams have said it, so that all it printed has been passed on; an error of
        `on_output` ends it too, and the rest of the output is dropped.
    terminal: one stream, and only the pid is said.
    """

    def __init__(self, on_output: OnOutput, *, terminal: bool = False) -> None:
        token = secrets.token_hex(16)
        self.halves = (token[:16], token[16:])
        loop = asyncio.get_running_loop()
        self.pid: asyncio.Future[int] = loop.create_future()
        self.status: asyncio.Future[int] = loop.create_future()
        self._token = token.encode()
        self._on_output = on_output
        self._held: dict[Stream, bytes] = {"stdout": b"", "stderr": b""}
        self._to_come: dict[Stream, int] = {"stdout": 1, "stderr": 0 if terminal else 2}
        self._pid_on: Stream = "stdout" if terminal else "stderr"

    def __call__(self, stream: Stream, data: bytes) -> None:
        if self._held[stream]:
            data = self._held[stream] + data
            self._held[stream] = b""
        while self._to_come[stream]:
            at = data.find(self._token)
            if at < 0:
                at = len(data) - self._beginning(data)
            end = data.find(b"\n", at)
            if end < 0:
                self._held[stream] = data[at:]
                data = data[:at]
                break
            self._pass(stream, data[:at])
            self._note(stream, int(data[at + len(self._token) : end]))
            data = data[end + 1 :]
        self._pass(stream, data)

    def flush(self) -> None:
        """Pass on what was held back as the possible beginning of a mark: the output has ended."""
        for stream, data in self._held.items():
            self._held[stream] = b""
            self._pass(stream, data)

    def _pass(self, stream: Stream, data: bytes) -> None:
        if not data or (self.status.done() and self.status.exception()):
            return
        try:
            self._on_output(stream, data)
        except Exception as error:  # raised where `status` is awaited; the pid must still be read
            if not self.status.done():
                self.status.set_exception(error)

    def _beginning(self, data: bytes) -> int:
        """How many bytes at the end of `data` may be the beginning of the token."""
        longest = min(len(self._token) - 1, len(data))
        return next((size for size in range(longest, 0, -1) if data.endswith(self._token[:size])), 0)

    def _note(self, stream: Stream, number: int) -> None:
        self._to_come[stream] -= 1
        if stream == self._pid_on and not self.pid.done():
            self.pid.set_result(number)
        elif not any(self._to_come.values()) and not self.status.done():
            self.status.set_result(number)
