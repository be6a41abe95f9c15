"""`bakehouse hcl2_upgrade`: a legacy JSON template as HCL."""

from __future__ import annotations

from bakehouse.cli import template
from bakehouse.cli.flags import Flag
from bakehouse.cli.page import Page
from bakehouse.cli.telling import complain, diagnostics
from bakehouse.errors import UsageError

SUFFIX = ".pkr.hcl"
PAGE = Page(
    "hcl2_upgrade [flags] TEMPLATE.json",
    "Writes a legacy JSON template anew in HCL. A file that is there already is written over.\n"
    "What comes from standard input (-) goes to standard output.",
    (
        Flag("output-file", "text", f"where to write it; else TEMPLATE.json{SUFFIX}", "FILE"),
        Flag("with-annotations", help="with comments that explain the blocks"),
        *(Flag(flag.name, flag.kind) for flag in template.FLAGS),
    ),
    (
        ("hcl2_upgrade app.json", f"makes app.json{SUFFIX}"),
        (f"hcl2_upgrade -output-file=app{SUFFIX} app.json", "under another name"),
    ),
    least=1,
    most=1,
    wanted="needs one legacy template in JSON",
)


def main(arguments: list[str]) -> int:
    """Exit code 0; 1 if the template cannot be read, or names components that nobody knows: then look at the file."""
    parsed = PAGE.read(arguments)
    if parsed is None:
        return 0
    from dataclasses import replace

    from bakehouse.template.files import STDIN
    from bakehouse.template.upgrade.hcl.convert import to_hcl
    from bakehouse.template.upgrade.hcl.settling import settled
    from bakehouse.template.upgrade.hcl.unknown import unknown_components
    from bakehouse.template.upgrade.reading import check, given_variables, plain, read_legacy, secrets_of
    from bakehouse.template.whole import write_whole

    request = template.request(parsed)
    read = read_legacy(request, "hcl2_upgrade")
    warnings = [replace(found, severity="warning") for found in check(read, request)]
    text = to_hcl(plain(settled(read.root)), parsed.on("with-annotations"), given_variables(read, request))
    target = parsed.text("output-file") or f"{request.template}{SUFFIX}"
    unknown = unknown_components(read, secrets_of(read, request))
    if request.template == STDIN and not parsed.given("output-file"):
        print(text, end="")
        for found in (*warnings, *unknown):
            complain(found.render() + "\n")
        return int(bool(unknown))
    diagnostics(warnings)
    try:
        write_whole(target, text.encode())
    except OSError as error:
        raise UsageError(f'Cannot write "{target}": {error.strerror or error}.') from None
    diagnostics(unknown)
    if unknown:
        print(f"{target} was written all the same. Look at its blocks before you use it.")
        return 1
    print(f"Successfully created {target}. Exit 0")
    return 0
