"""A run in this process: from an order to an exit code."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import sys
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bakehouse import __version__
from bakehouse.cli.order import Order
from bakehouse.cli.signals import Stopper
from bakehouse.cli.telling import complain
from bakehouse.engine.breakpoint_book import Book
from bakehouse.engine.breakpoint_places import starts
from bakehouse.engine.complaints import engine_log
from bakehouse.engine.run import Run
from bakehouse.errors import Diagnostic
from bakehouse.record.rundir import RunDirectory
from bakehouse.session.host import Host
from bakehouse.session.server import serve
from bakehouse.template.compile import compile_plan
from bakehouse.template.data_reading import Reading

FILES = 16_384
Attendant = Callable[[Host], Coroutine[Any, Any, None]]
"""Watches a run from within its process, to its end."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run that can begin: nothing but its directory exists yet."""

    order: Order
    run: Run
    directory: RunDirectory
    warnings: list[Diagnostic]


def prepare(order: Order) -> Prepared:
    """Compile the template and make the run's directory. Raises TemplateError, UsageError, RecordError."""
    allow_files()
    watch_children()
    reading = Reading(notice=complain)
    plan, warnings = compile_plan(order.request, reading=reading)
    executable = f"{sys.executable} -m bakehouse"
    request = order.request
    for text in order.options.breakpoints:
        Book(request.cwd).add(text, plan, "command line")
    starts(order.options.from_step, plan)
    directory = RunDirectory.create(request.template, request.cwd, version=__version__, executable=executable)
    run = Run(plan, request, order.options, directory, partial(compile_plan, reading=reading))
    return Prepared(order, run, directory, warnings)


def allow_files() -> None:
    """A build needs half a dozen descriptors; the usual limit of 1024 is there for `select`, which we do not use."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def watch_children() -> None:
    """Python 3.11 starts a thread to wait for each child; wait by pidfd as 3.12 does, where the kernel has them."""
    if sys.version_info < (3, 12):
        with suppress(OSError):
            os.close(os.pidfd_open(os.getpid()))
            asyncio.set_child_watcher(asyncio.PidfdChildWatcher())


def discard(prepared: Prepared) -> None:
    """The run never began: leave no directory that looks like a lost one."""
    with suppress(OSError):
        if not prepared.directory.events.stat().st_size:
            shutil.rmtree(prepared.directory.path, ignore_errors=True)


async def conduct(prepared: Prepared, attendants: Sequence[Attendant], ready: Callable[[Path], None]) -> int:
    """Run it, served to whoever comes; its exit code. ready: called with the socket's path once it is served.

    Raises SessionError before anything has run if it cannot be served.
    """
    run = prepared.run
    with engine_log(run.directory, run.redactor), Stopper(run, prepared.order.stop_timeout).installed():
        async with serve(run, shared=prepared.order.shared) as server:
            prepared.directory.update(socket=str(server.path))
            ready(server.path)
            failure = None
            async with asyncio.TaskGroup() as group:
                for attendant in attendants:
                    group.create_task(attendant(run))
                try:
                    code = await run.main()
                except Exception as error:
                    failure = error
            if failure is not None:
                raise failure  # outside of the group, which would wrap it
            return code
