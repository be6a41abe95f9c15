"""dash, busybox ash and their like: a probe before each statement, on the same line.

These shells have no trap that could tell of commands, and what `set -x` prints ends in variables and files of the
script's. The tree alone is not to be trusted: it takes what follows some here-documents for a statement of its own. So
the text before each probe outside of blocks has to be a whole script to a real shell, too.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable

from bakehouse.clients.script_trace.decide import split_first
from bakehouse.clients.script_trace.statements import Statement, statements
from bakehouse.clients.script_trace.syntax import first_error, parse, walk

CHECKERS = (("dash",), ("busybox", "sh"), ("sh",))
CHECK_LIMIT = 20.0
MOST = 500
"""Statements outside of blocks that are checked; each costs 3 ms."""
PIPES = "exit codes inside a pipeline are not known in /bin/sh; use bash with pipefail"

_POLL = 0.1
_FUNCTION = (
    "__bh() { "
    "command read -r __bh_t </proc/uptime; "
    'command echo "${__bh_t-}|$1|$2" >>@D/t; '
    "if [ -e @D/armed ]; then command read -r __bh_a <@D/armed; "
    'case ${__bh_a-} in all|*" $1 "*) command echo "stop|$1" >>@D/t; __bh_n=0; __bh_l=; '
    "while [ -e @D/armed ] && [ ! -s @D/go.$1 ] && @ALIVE; do "
    "@BEAT command sleep 0.1; done; command rm -f @D/go.$1;; esac; fi; "
    'return "$2"; }; '
)


_BEAT = (
    '__bh_a=; command read -r __bh_a <@D/alive; if [ "$__bh_a" = "$__bh_l" ]; then __bh_n=$((__bh_n+1)); '
    "else __bh_n=0; __bh_l=$__bh_a; fi;"
)


class CannotProbe(Exception):
    """The script stays as it is; the text says why."""


class Probes:
    """A script with probes. Raises CannotProbe. directory: as for `bash.instrument`.

    pid, lease: as for `bash.stop_file`. called: a line, for people."""

    def __init__(
        self,
        text: str,
        directory: str,
        *,
        pid: int = 0,
        lease: float = 0.0,
        called: Callable[[int], str] = "line {}".format,
    ) -> None:
        content = text.encode()
        root = parse(content)
        if error := first_error(root):
            raise CannotProbe(f"{called(error)} is not understood")
        self.statements = statements(root)
        _check(content, self.statements, called)
        head, _ = split_first(text)
        alive, beat = (f"[ -d /proc/{pid} ]", "") if pid else (f"[ $__bh_n -lt {max(2, int(lease / _POLL))} ]", _BEAT)
        function = _FUNCTION.replace("@ALIVE", alive).replace("@BEAT", beat).replace("@D", directory)
        pieces, end = [content[: len(head.encode())], function.encode()], len(head.encode())
        for statement in sorted(self.statements, key=lambda statement: statement.start):
            pieces += [content[end : statement.start], f"{{ __bh {statement.number} $? && :; }} 2>/dev/null; ".encode()]
            end = statement.start
        self.content = b"".join([*pieces, content[end:]])
        if not _whole(self.content):
            raise CannotProbe("it would not be a whole script with probes in it")
        self.note = PIPES if any(node.type == "pipeline" for node in walk(root)) else ""


def _check(content: bytes, found: list[Statement], called: Callable[[int], str]) -> None:
    outer = [statement for statement in found if statement.block == 0]
    if len(outer) > MOST:
        raise CannotProbe("it is too long")
    for statement in outer:
        if not _whole(content[: statement.start]):
            raise CannotProbe(f"what stands before {called(statement.line)} is no script by itself")


def _whole(text: bytes) -> bool:
    """Whether a shell of this host takes it for a whole script. Raises CannotProbe where there is no shell."""
    for checker in CHECKERS:
        if shutil.which(checker[0]):
            try:
                done = subprocess.run([*checker, "-n"], input=text, capture_output=True, timeout=CHECK_LIMIT)
            except (OSError, subprocess.TimeoutExpired):
                continue
            return done.returncode == 0 and not done.stderr
    raise CannotProbe("this host has no sh to check it with")
