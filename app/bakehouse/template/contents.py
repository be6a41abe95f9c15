"""Reading the files of a template, whatever they turn out to be: within bounds, and never waiting for nobody.

Packer reads files of any size, and waits at a pipe for ever.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import BinaryIO

from bakehouse.errors import TemplateError
from bakehouse.template.problems import mistake

LARGEST = 4 << 20  # bytes: a thousand times a long template, and still parsed in seconds
TOO_LARGE = "is too large"
HANDED_OVER = ("/dev/fd/", "/dev/stdin", "/proc/")  # pipes that whoever started us filled: `<(command)` in a shell


class Unfit(Exception):
    """What is there is no file to be read, or too large; the text goes on after its name."""


def read_contents(path: str, shown: str) -> bytes:
    """All of a file, at most LARGEST bytes. shown: its name for people. Raises TemplateError if it cannot be read."""
    try:
        return read_bounded(path, LARGEST)
    except Unfit as unfit:
        raise _unfit(f'"{shown}"', unfit) from None
    except OSError as error:
        raise _unreadable(path, shown, error) from None


def read_stream(stream: BinaryIO, shown: str) -> bytes:
    """The same of what is open already. Raises TemplateError if it is too much."""
    try:
        return _bounded(stream, LARGEST)
    except Unfit as unfit:
        raise _unfit(shown, unfit) from None


def read_bounded(path: str, largest: int) -> bytes:
    """All of a file, at most so many bytes; a pipe that nobody fills is not waited at. Raises Unfit, OSError."""
    with open(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
        if refusal := _refusal(os.fstat(file.fileno()).st_mode, path):
            raise Unfit(refusal)
        os.set_blocking(file.fileno(), True)
        return _bounded(file, largest)


def _bounded(stream: BinaryIO, largest: int) -> bytes:
    content = stream.read(largest + 1)
    if len(content) > largest:
        raise Unfit(TOO_LARGE)
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


def _unfit(shown: str, unfit: Unfit) -> TemplateError:
    if str(unfit) == TOO_LARGE:
        what = f"Templates, and files of variables, may have up to {LARGEST >> 20} MiB."
        return mistake(None, f"{shown} {unfit}", what, "Is it the file you meant?")
    return mistake(None, f"{shown} {unfit}", "A template, and a file of variables, is a file of text.")


def _unreadable(path: str, shown: str, error: OSError) -> TemplateError:
    reason = f"{error.strerror or error}."
    with suppress(OSError):
        reason = f"It is a link to {os.readlink(path)}: {reason[0].lower()}{reason[1:]}"
    return mistake(None, f'Cannot read "{shown}"', reason)


def _refusal(kind: int, path: str) -> str:
    """What is wrong with a file of this kind; "" if it can be read."""
    if stat.S_ISDIR(kind):
        return "is a directory"
    if stat.S_ISFIFO(kind) and not path.startswith(HANDED_OVER):
        return "is a named pipe"
    if stat.S_ISBLK(kind):
        return "is a disk"
    return ""
