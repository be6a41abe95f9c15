"""From a verb to its exit code: what every verb but `version` and `--help` has in common."""

from __future__ import annotations

import difflib
import importlib
import os
import sys
import tempfile
import traceback
from contextlib import suppress
from typing import Any

from bakehouse.errors import BakehouseError, TemplateError, UsageError

LATER_FLAG = "-machine-readable"


def run(verb: str, arguments: list[str]) -> int:
    """Import the verb's module and call its `main(arguments)`. Errors meant for people are printed, exit 1."""
    open_descriptors()
    try:
        if any(argument.lstrip("-") == LATER_FLAG[1:] for argument in arguments if argument.startswith("-")):
            raise UsageError(f"{LATER_FLAG} does not work yet. For programs there is --json.")
        module: Any = importlib.import_module(f"bakehouse.cli.{verb}")
        return int(module.main(arguments))
    except UsageError as error:
        complain(f"Error: {error}\nSee: bakehouse {verb} -h")
    except TemplateError as error:
        (complain if "--json" in arguments else report)(str(error))
    except BakehouseError as error:
        complain(f"Error: {error}")
    except KeyboardInterrupt:
        return 1
    except OSError as error:
        return no_output(error)
    except Exception as error:
        complain(fault(error))
    return 1


def no_output(error: OSError) -> int:
    """Something cannot be written or read; where nobody reads standard output any more, nobody needs to be told."""
    if not isinstance(error, BrokenPipeError):
        complain(f"Error: {error.filename or 'Standard output'}: {error.strerror}")
    silence_stdout()
    return 1


def fault(error: Exception) -> str:
    """What people see of a mistake of ours: one sentence, and where the traceback is."""
    with tempfile.NamedTemporaryFile("w", prefix="bakehouse-fault-", suffix=".txt", delete=False) as file:
        file.write("".join(traceback.format_exception(error)))
    return (
        f"Error: This is a fault of Bakehouse's own: {type(error).__name__}: {error}\nThe traceback is in {file.name}"
    )


def unknown(verb: str, verbs: list[str], later: dict[str, str]) -> int:
    """Say that there is no such verb; returns 127."""
    if verb in later:
        complain(f"Error: {verb} does not work yet ({later[verb]}).")
    else:
        near = difflib.get_close_matches(verb, verbs, 1)
        complain(f'Error: There is no verb "{verb}".' + (f' Did you mean "{near[0]}"?' if near else ""))
    complain("See: bakehouse --help")
    return 127


def report(text: str) -> None:
    """Print what is wrong with a template: to standard output, where Packer prints it and scripts read it."""
    try:
        print(text, flush=True)
    except OSError:
        silence_stdout()


def complain(text: str) -> None:
    """Print to standard error, whatever state that is in."""
    with suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)


def silence_stdout() -> None:
    """The reader of our output is gone; keep the interpreter's last flush from complaining about it."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)


def open_descriptors() -> None:
    """Open /dev/null in place of a closed stdin, stdout or stderr, so that no file of ours ever becomes one of them."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            os.set_inheritable(number, True)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 (for the life of the process)
