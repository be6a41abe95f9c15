"""`bakehouse` and `python -m bakehouse`.

`version` and `--help` take as long as Python takes to start: nothing is imported before the verb is known.
"""

import sys


def main() -> int:
    """Run the verb on the command line; returns the exit code (DESIGN 6)."""
    from bakehouse.cli.verbs import dispatch

    try:
        code = dispatch(sys.argv[1:])
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        from bakehouse.cli.launcher import no_output

        return no_output(error)
    return code


if __name__ == "__main__":
    sys.exit(main())
