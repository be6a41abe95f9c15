"""What build, validate and inspect share: their flags, and the request that these make."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from bakehouse.cli.flags import Flag, Parsed, pair
from bakehouse.errors import UsageError
from bakehouse.template.plan import Request

ENVIRONMENT = "PKR_VAR_"
FLAGS = (
    # Those without help are Packer's: accepted, because there is nothing here that they could change.
    Flag("only", "list", "only the builds that match, by name or glob", "A,B"),
    Flag("except", "list", "all builds but these; also post-processors, by name", "A,B"),
    Flag("var", "repeat", "set a variable; may be given again", "NAME=VALUE"),
    Flag("var-file", "repeat", "set variables from a file; may be given again", "FILE"),
    Flag("config-type", "text", "what comes on standard input (-): hcl2 or json", "TYPE", ("hcl2", "json")),
    Flag("ignore-prerelease-plugins"),
    Flag("use-sequential-evaluation"),
)
COLOUR = Flag("color", help="false: no colour on a terminal, either")
WANTED = "needs one template: a file, a directory of *.pkr.hcl and *.pkr.json files, or - for standard input"


def request(parsed: Parsed, environment: Mapping[str, str] = os.environ, *, warn: bool = False) -> Request:
    """The request that a command line makes. warn: whether undeclared variables are warned about.

    Raises UsageError for a `-var` without "=" and for a current directory that is gone.
    """
    try:
        cwd = os.getcwd()
    except FileNotFoundError:
        raise UsageError("The current directory does not exist any more. Go to another one.") from None
    prefix = len(ENVIRONMENT)
    return Request(
        template=parsed.arguments[0] if parsed.arguments else "",
        cwd=cwd,
        variables=[pair(text) for text in parsed.texts("var")],
        variable_files=parsed.texts("var-file"),
        environment={name[prefix:]: text for name, text in environment.items() if name.startswith(ENVIRONMENT)},
        only=parsed.items("only") or [""] * parsed.given("only"),  # as in Packer, an empty one chooses nothing
        exclude=parsed.items("except"),
        force=parsed.on("force"),
        warn_on_undeclared=warn,
        config_type=parsed.text("config-type"),
        stdin=_standard_input() if parsed.arguments[:1] == ["-"] else None,
    )


def _standard_input() -> bytes:
    from bakehouse.template.contents import read_stream

    return read_stream(sys.stdin.buffer, "Standard input")
