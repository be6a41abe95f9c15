"""`bakehouse` and `python -m bakehouse`.

`version` and `--help` take as long as Python takes to start: nothing is imported before the verb is known.
"""

import gc
import sys

COLLECT_AFTER = 100_000
"""Objects made until the collector looks at them. Starting makes 40,000, or 70,000 with Docker, and they stay; at
Python's own 700 it looked a hundred times in vain, and took 20 ms of 170."""


def main() -> int:
    """Run the verb on the command line; returns the exit code (DESIGN 6)."""
    gc.set_threshold(COLLECT_AFTER, 20, 50)
    try:
        from bakehouse.cli.verbs import dispatch

        code = dispatch(sys.argv[1:])
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:  # while there is nothing yet that would handle it
        return 1
    except OSError as error:
        from bakehouse.cli.launcher import no_output

        return no_output(error)
    finally:
        gc.freeze()  # or the interpreter looks through everything once more as it ends: 20 ms after a docker build
    return code


if __name__ == "__main__":
    sys.exit(main())
