"""Which files are formatted, and how one is rewritten. Source of the rules: Packer's `fmt`."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from dataclasses import dataclass

from bakehouse.errors import TemplateError
from bakehouse.template.files import STDIN_SHOWN, TextFile, decoded, read_text
from bakehouse.template.fmt.text import format_text
from bakehouse.template.problems import mistake
from bakehouse.template.whole import write_whole

SUFFIXES = (".pkr.hcl", ".pkrvars.hcl")


@dataclass(frozen=True, slots=True)
class Formatted:
    """A file's content before and after. path: absolute, "" for standard input; name: as people gave it."""

    path: str
    name: str
    before: bytes
    after: bytes

    @property
    def changed(self) -> bool:
        """Whether anything is different."""
        return self.before != self.after

    def difference(self) -> str:
        """What changes, as `diff -u` writes it; empty if nothing does."""
        before, after = (content.decode(errors="replace").splitlines(keepends=True) for content in self._both())
        lines = difflib.unified_diff(before, after, f"old/{self.name}", f"new/{self.name}")
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)

    def write(self) -> None:
        """Put the new content in place of the old at once; the file keeps its mode, and a link stays a link.

        Raises TemplateError where nothing can be written.
        """
        try:
            write_whole(self.path, self.after)
        except OSError as error:
            raise mistake(None, f'Cannot write "{self.name}"', f"{error.strerror or error}.") from None

    def _both(self) -> tuple[bytes, bytes]:
        return self.before, self.after


def format_file(cwd: str, name: str) -> Formatted:
    """A file formatted, not yet written. Raises TemplateError if it cannot be read or is not right as HCL."""
    if not name.endswith(SUFFIXES):
        if not os.path.lexists(os.path.join(cwd, name)):
            raise mistake(None, f'There is no file "{name}"', "", f"Looked in {cwd}.")
        raise mistake(
            None,
            f'"{name}" cannot be formatted',
            "Only files named *.pkr.hcl and *.pkrvars.hcl are.",
            "Rename it, or pipe it: bakehouse fmt - < FILE.",
        )
    return _formatted(read_text(cwd, name), name)


def format_stream(content: bytes) -> Formatted:
    """What was piped in, formatted. Raises TemplateError if it is not right as HCL."""
    return _formatted(decoded("", STDIN_SHOWN, content), STDIN_SHOWN)


def _formatted(file: TextFile, name: str) -> Formatted:
    file.parse()
    text = format_text(file.content.decode(errors="surrogateescape"))
    return Formatted(file.path, name, file.content, text.encode(errors="surrogateescape"))


def find_files(cwd: str, name: str, *, recursive: bool) -> Iterator[str | TemplateError]:
    """The files of a directory, by name, those below it where its name comes; links to directories are not followed.

    Hidden files and directories, and what editors leave (`x~`, `#x#`), are passed over. In place of a directory that
    cannot be read there is the error.
    """
    waiting = [(name, True)]
    while waiting:
        path, is_directory = waiting.pop()
        if not is_directory:
            yield path
            continue
        try:
            inside = _inside(cwd, path)
        except OSError as error:
            yield mistake(None, f'Cannot read "{path}"', f"{error.strerror or error}.")
            continue
        waiting += [each for each in reversed(inside) if recursive or not each[1]]


def _inside(cwd: str, name: str) -> list[tuple[str, bool]]:
    """What is to be looked at in a directory, sorted: each path, and whether it is a directory."""
    found: list[tuple[str, bool]] = []
    for entry in sorted(os.scandir(os.path.join(cwd, name)), key=lambda entry: entry.name):
        is_directory = entry.is_dir(follow_symlinks=False)
        wanted = is_directory or entry.name.endswith(SUFFIXES) and not entry.is_dir()
        if wanted and not _passed_over(entry.name):
            found.append((os.path.normpath(os.path.join(name, entry.name)), is_directory))
    return found


def _passed_over(name: str) -> bool:
    return name.startswith(".") or name.endswith("~") or name.startswith("#") and name.endswith("#")
