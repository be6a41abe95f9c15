"""Reading the files of a template, whatever they turn out to be: within bounds, and never waiting for nobody.

Packer reads files of any size, and waits at a pipe for ever.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import BinaryIO

from bakehouse.errors import Diagnostic, TemplateError

LARGEST = 4 << 20  # bytes: a thousand times a long template, and still parsed in seconds
HANDED_OVER = ("/dev/fd/", "/dev/stdin", "/proc/")  # pipes that whoever started us filled: `<(command)` in a shell


def read_contents(path: str, shown: str) -> bytes:
    """All of a file, at most LARGEST bytes. shown: its name for people. Raises TemplateError if it cannot be read."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
            kind = os.fstat(file.fileno()).st_mode
            if refusal := _refusal(kind, path):
                raise _refused(f'"{shown}" {refusal}', "A template, and a file of variables, is a file of text.")
            os.set_blocking(file.fileno(), True)
            return read_stream(file, f'"{shown}"')
    except OSError as error:
        raise _unreadable(path, shown, error) from None


def read_stream(stream: BinaryIO, shown: str) -> bytes:
    """The same of what is open already. Raises TemplateError if it is too much."""
    content = stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        what = "Templates, and files of variables, may have"
        raise _refused(f"{shown} is too large", f"{what} up to {LARGEST >> 20} MiB.", "Is it the file you meant?")
    return content


def is_missing(path: str) -> bool:
    """Whether there is nothing of this name: something that cannot be read, or a link to nothing, is there."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _unreadable(path: str, shown: str, error: OSError) -> TemplateError:
    reason = f"{error.strerror or error}."
    with suppress(OSError):
        reason = f"It is a link to {os.readlink(path)}: {reason[0].lower()}{reason[1:]}"
    return _refused(f'Cannot read "{shown}"', reason)


def _refusal(kind: int, path: str) -> str:
    """What is wrong with a file of this kind; "" if it can be read."""
    if stat.S_ISDIR(kind):
        return "is a directory"
    if stat.S_ISFIFO(kind) and not path.startswith(HANDED_OVER):
        return "is a named pipe"
    if stat.S_ISBLK(kind):
        return "is a disk"
    return ""


def _refused(summary: str, detail: str = "", help: str = "") -> TemplateError:
    return TemplateError([Diagnostic(summary, detail, help=help)])
