"""`engine.log` in the run directory: what nobody expected, with its traceback, masked like everything else."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bakehouse.redact import Redactor


class _Masked(logging.Formatter):
    def __init__(self, redactor: Redactor) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        return self._redactor.text(super().format(record))


class _File(logging.FileHandler):
    def emit(self, record: logging.LogRecord) -> None:
        try:
            super().emit(record)
        except OSError:  # it cannot be opened: the run's directory is gone
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's own name)
        """A full disk is told of by the record; nothing can be told of it here."""


@contextmanager
def engine_log(directory: Path, redactor: Redactor) -> Iterator[None]:
    """While the body runs, warnings of every logger go there; the file is made by the first.

    Inside of another body for the same directory it changes nothing.
    """
    path = str((directory / "engine.log").absolute())
    if any(isinstance(handler, _File) and handler.baseFilename == path for handler in logging.getLogger().handlers):
        yield
        return
    handler = _File(path, encoding="utf-8", delay=True)
    handler.setLevel(logging.WARNING)
    handler.setFormatter(_Masked(redactor))
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()
