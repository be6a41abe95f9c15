"""`bakehouse gc`: take away what runs that are no more have left behind."""

from __future__ import annotations

import asyncio

from bakehouse.cli.flags import Flag
from bakehouse.cli.page import Page
from bakehouse.cli.telling import complain
from bakehouse.engine.gc import Leftover, collect, leftovers, sweep
from bakehouse.session import mirror

PAGE = Page(
    "gc [flags]",
    "Removes what runs that are over have left behind, by their ledgers: never anything\n"
    "of a run that is alive or of another installation.",
    (
        Flag("dry-run", help="only list it"),
        Flag("kept", help="also what somebody chose to keep"),
    ),
    (("gc --dry-run", "what is there"), ("gc", "remove it"), ("gc --kept", "kept machines too")),
)


def main(arguments: list[str]) -> int:
    """Exit code 0, or 1 if something could not be removed."""
    parsed = PAGE.read(arguments)
    if parsed is None:
        return 0
    kept = parsed.on("kept")
    found = leftovers(kept=kept)
    told = [leftover for leftover in found if not leftover.passed_on]
    others = 0 if kept else sum(not leftover.passed_on for leftover in leftovers(kept=True)) - len(told)
    if not told:
        print("Nothing is left behind." if not others else "Nothing is left behind but what somebody chose to keep.")
    if parsed.on("dry-run"):
        failed = 0
        for leftover in told:
            print(f"would remove {leftover}")
    else:
        failed = asyncio.run(_remove(found))
        sweep()
        mirror.sweep()
    if others:
        print(f"{others} kept {'thing stays' if others == 1 else 'things stay'}: bakehouse gc --kept removes that too.")
    return 1 if failed else 0


async def _remove(found: list[Leftover]) -> int:
    """Remove one after another, and say so; how many stay."""
    failed = 0
    for leftover in found:
        (removal,) = await collect([leftover])
        if removal.error:
            failed += 1
            complain(f"Error: {leftover} stays: {removal.error}")
        elif not leftover.passed_on:
            print(f"removed {leftover}", flush=True)
    return failed
