"""From a verb to its exit code: what every verb but `version` and `--help` has in common."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

from bakehouse.cli.telling import complain, diagnostics, silence_stdout, wrong
from bakehouse.errors import BakehouseError, TemplateError, UsageError


def run(verb: str, arguments: list[str]) -> int:
    """Import the verb's module and call its `main(arguments)`. Errors meant for people are printed, exit 1."""
    open_descriptors()
    try:
        module: Any = importlib.import_module(f"bakehouse.cli.{verb}")
        return int(module.main(arguments))
    except UsageError as error:
        wrong(f"Error: {error}\nSee: bakehouse {verb} -h")
    except TemplateError as error:
        if {"--json", "-json"} & set(arguments):
            complain(str(error))
        else:
            diagnostics(error.diagnostics, arguments)
    except BakehouseError as error:
        wrong(f"Error: {error}")
    except KeyboardInterrupt:
        return 1
    except OSError as error:
        return no_output(error)
    except MemoryError:
        wrong("Error: This needs more memory than there is.")
    except Exception as error:
        wrong(fault(error))
    return 1


def no_output(error: OSError) -> int:
    """Something cannot be written or read; where nobody reads standard output any more, nobody needs to be told."""
    if not isinstance(error, BrokenPipeError):
        wrong(f"Error: {error.filename or 'Standard output'}: {error.strerror}")
    silence_stdout()
    return 1


def fault(error: Exception) -> str:
    """What people see of a mistake of ours: one sentence, and where the traceback is."""
    import tempfile  # this and others below: 10 ms that every verb would pay
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="bakehouse-fault-", suffix=".txt", delete=False) as file:
        file.write("".join(traceback.format_exception(error)))
    return (
        f"Error: This is a fault of Bakehouse's own: {type(error).__name__}: {error}\nThe traceback is in {file.name}"
    )


def unknown(verb: str, verbs: list[str]) -> int:
    """Say that there is no such verb; returns 127."""
    import difflib

    near = difflib.get_close_matches(verb, verbs, 1)
    wrong(f'Error: There is no verb "{verb}".' + (f' Did you mean "{near[0]}"?' if near else ""))
    wrong("See: bakehouse --help")
    return 127


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
