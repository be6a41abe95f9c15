"""Call a function as root of a user namespace, where files of the user's id range can be read, owned and removed."""

from __future__ import annotations

import os
import pickle
import signal
import sys

from bakehouse.clients.isolation import kernel
from bakehouse.clients.isolation.mapping import map_range


def main() -> None:
    """`PARENT`: reads (module path, pickled (function, arguments, named ones)) and writes (done, result), pickled.

    It ends with its parent, even by SIGKILL: else it would go on filling a directory that is being removed.
    """
    map_range()
    kernel.die_with_parent(signal.SIGKILL)
    if os.getppid() != int(sys.argv[-1]):  # it was gone before we asked to be told
        sys.exit(1)
    os.umask(0o022)
    path, call = pickle.load(sys.stdin.buffer)
    sys.path[:] = path
    answer: tuple[bool, object]
    try:
        function, arguments, named = pickle.loads(call)
        answer = True, function(*arguments, **named)
    except Exception as error:  # raised again where it was called from
        answer = False, error
    sys.stdout.buffer.write(pickle.dumps(answer))
