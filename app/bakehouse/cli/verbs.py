"""The verbs: which there are, and the way to them. Imports nothing, so that `version` and `--help` start at once."""

from __future__ import annotations

VERBS = {
    "build": "run the builds of a template",
    "validate": "find what is wrong with a template, running nothing",
    "inspect": "say what a template is made of",
    "init": "say whether all plugins that a template asks for are there",
    "plugins": "list what is built in, and what a template asks for",
    "console": "evaluate expressions by hand",
    "fmt": "put the blanks of templates right",
    "fix": "bring a legacy JSON template up to date",
    "hcl2_upgrade": "write a legacy JSON template anew in HCL",
    "attach": "watch and drive a run from this terminal",
    "ctl": "give a run one command, as the dashboard's keys do",
    "shell": "open a shell in the machine of a paused build",
    "runs": "list runs: alive, paused, finished, lost",
    "logs": "print what a run printed",
    "replay": "show a past run again, with a clock of its own",
    "cache": "list or prune the machines that runs saved for later ones",
    "gc": "remove what lost runs left behind",
    "version": "print the version",
    "help": "print this, or the help of a verb",
}
HIDDEN = {"_engine": "engine", "plugin": "plugins"}
UNKNOWN_VERB = 127
MACHINE_READABLE = frozenset(("-machine-readable", "--machine-readable"))
"""Taken out of a command line wherever it stands, as in Packer: no verb knows of it."""


def dispatch(arguments: list[str]) -> int:
    """Run a verb and return the exit code: 0 ok, 1 an error, 75 left a run that goes on, 127 no such verb."""
    if MACHINE_READABLE & set(arguments):
        from bakehouse.headless import machine_readable

        arguments = [word for word in arguments if word not in MACHINE_READABLE]
        machine_readable.install()
    verb, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if verb in ("version", "-v", "-version", "--version") and not rest:
        return version()
    if verb in ("-h", "-help", "--help", "help") and not rest:
        print(usage())
        return 0
    if verb == "help" and rest[0] in VERBS:
        verb, rest = rest[0], ["--help"]
    if not verb:
        print(usage())
        return UNKNOWN_VERB
    return _run(verb, rest)


def version() -> int:
    """Print the version, in the shape in which Packer prints its own, one misspelt type of record included."""
    import sys

    from bakehouse import __version__

    if not hasattr(sys.stdout, "machine"):
        print(f"Bakehouse v{__version__}")
        return 0
    for type, data in (("version", __version__), ("version-prelease", ""), ("version-commit", "")):
        sys.stdout.machine(type, data)
    print(f"Bakehouse v{__version__}")
    return 0


def usage() -> str:
    """What `--help` prints."""
    width = max(map(len, VERBS)) + 2
    return "\n".join(
        (
            "usage: bakehouse VERB [flags] [arguments]",
            "",
            "Builds machine and container images from Packer templates.",
            "",
            *(f"  {verb:{width}}{summary}" for verb, summary in VERBS.items()),
            "",
            "  bakehouse build app.pkr.hcl       build, in the dashboard if this is a terminal",
            "  bakehouse build -h                the flags of a verb",
        )
    )


def _run(verb: str, rest: list[str]) -> int:
    from bakehouse.cli import launcher

    if verb in VERBS or verb in HIDDEN:
        return launcher.run(HIDDEN.get(verb, verb), rest)
    return launcher.unknown(verb, list(VERBS))
