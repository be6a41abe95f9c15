"""`bakehouse build`: run a template's builds, in the dashboard or in plain lines."""

from __future__ import annotations

import os

from bakehouse.cli import order, template
from bakehouse.cli.flags import Parsed
from bakehouse.cli.page import Page
from bakehouse.cli.telling import complain

PAGE = Page(
    "build [flags] TEMPLATE",
    "Runs the builds of a template. On a terminal it opens the dashboard; in a pipe,\n"
    "in CI or with --ui plain it prints plain lines as Packer does. Leaving the\n"
    "dashboard never stops a build.\n\n"
    "Exit codes: 0 all built, 1 any failure, 75 you left while the run goes on.",
    order.FLAGS,
    (
        ("build app.pkr.hcl", "every build of it"),
        ("build -only='*.docker.*' -var v=2 .", "some of them, with a value"),
        ("build -on-error=pause --hold 15m .", "in CI: keep a failed machine 15 min"),
    ),
    least=1,
    most=1,
    wanted=template.WANTED,
)

NO_DEBUG = "-debug stops no build here: nobody is there to answer. Say how long they shall wait: --hold=15m."


def main(arguments: list[str]) -> int:
    """Exit codes as the help says."""
    parsed = PAGE.read(arguments)
    if parsed is None:
        return 0
    dashboard = order.dashboard(parsed)
    asked = order.order(parsed, dashboard=dashboard)
    if parsed.on("debug") and not asked.options.wait_at_breakpoints:
        complain(NO_DEBUG)
    if dashboard:
        from bakehouse.cli import launch

        return launch.run(asked, leave=parsed.on("exit"))
    from bakehouse.cli import foreground

    return foreground.run(asked, look(parsed))


def look(parsed: Parsed) -> tuple[str, bool, bool]:
    """How plain output looks: "plain", "json" or "records", in colour, with times."""
    from bakehouse.headless.machine_readable import screen
    from bakehouse.headless.paint import wants_colour

    if screen() is not None:
        return "records", False, False
    if parsed.on("json"):
        return "json", False, False
    forced = parsed.given("color")
    colour = parsed.on("color") if forced and not os.environ.get("PACKER_NO_COLOR") else wants_colour()
    return "plain", colour, parsed.on("timestamp-ui")
