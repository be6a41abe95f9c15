"""Run a function in a process of its own as root of the user's id range (`isolation.mapped`), from a thread."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from bakehouse.clients.isolation.connection import helper
from bakehouse.clients.oci import Check, never
from bakehouse.errors import StepError

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

_PATIENCE = 0.05  # seconds between two looks at whether the work is to stop


def run_mapped(
    function: Callable[Concatenate[Check, Parameters], Result],
    check: Check,
    *arguments: Parameters.args,
    **named: Parameters.kwargs,
) -> Result:
    """Its result; or raises what it raised, StepError if it could not be run, or what `check` raises meanwhile.

    function: at the top of a module; its own check never stops it, since the process is killed instead. What goes in
    and comes out is pickled, between processes of ours alone.
    """
    with tempfile.TemporaryFile() as question, tempfile.TemporaryFile() as answer:
        pickle.dump((sys.path, pickle.dumps((function, (never, *arguments), named))), question)
        question.seek(0)
        process = subprocess.Popen(
            helper("mapped", str(os.getpid())),
            stdin=question,
            stdout=answer,
            stderr=subprocess.PIPE,
            env={name: value for name, value in os.environ.items() if name == "SOURCE_DATE_EPOCH"},
            cwd=os.getcwd(),
        )
        errors = _wait(process, check)
        answer.seek(0)
        content = answer.read()
    if not content:
        lines = errors.decode(errors="replace").strip().splitlines()
        raise StepError(f"Files of the user's id range cannot be reached: {lines[-1] if lines else 'no answer'}")
    done, result = pickle.loads(content)
    if not done:
        raise result
    returned: Result = result
    return returned


def _wait(process: subprocess.Popen[bytes], check: Check) -> bytes:
    try:
        while True:
            try:
                return process.communicate(timeout=None if check is never else _PATIENCE)[1]
            except subprocess.TimeoutExpired:
                check()
    except BaseException:
        process.kill()
        process.communicate()
        raise
