"""Numbers, times and names as people read them."""

from __future__ import annotations

from datetime import datetime
from pathlib import PurePath

from rich.cells import cell_len, set_cell_size

from bakehouse.record.events import NANOSECONDS

SECOND = NANOSECONDS


def duration(nanoseconds: int) -> str:
    """`0:07`, `12:41`, `1:02:09`; what is negative counts as nothing."""
    minutes, seconds = divmod(max(0, nanoseconds) // SECOND, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def clock(nanoseconds: int, *, milliseconds: bool = False) -> str:
    """The local time of day: `12:41:07`, or `12:41:07.114`."""
    moment = datetime.fromtimestamp(nanoseconds // SECOND)
    text = moment.strftime("%H:%M:%S")
    return f"{text}.{nanoseconds % SECOND // 1_000_000:03}" if milliseconds else text


def thousands(number: int) -> str:
    """`3,183`."""
    return f"{number:,}"


def plural(number: int, noun: str) -> str:
    """`1 build`, `5 builds`, `3,183 lines`."""
    return f"{thousands(number)} {noun}{'' if number == 1 else 's'}"


def cut_end(text: str, width: int, left_out: str = "…") -> str:
    """`text` in at most `width` cells; step names and sentences lose their end."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + left_out if width > 0 else ""


def sentences(text: str, width: int) -> str:
    """The first sentences of `text`, as many as fit `width` cells; all of it if not even one does."""
    short = text
    while cell_len(short) > width and ". " in short:
        short = short.rpartition(". ")[0] + "."
    return short if cell_len(short) <= width else text


def cut_middle(text: str, width: int, left_out: str = "…") -> str:
    """`text` in at most `width` cells; build names lose their middle: `web.dock…debian`."""
    if cell_len(text) <= width:
        return text
    if width < 3:
        return cut_end(text, width, left_out)
    tail = (width - 1) // 2
    end = text[-tail:]
    while cell_len(end) > tail:
        end = end[1:]
    return set_cell_size(text, width - 1 - tail).rstrip() + left_out + end


def inside(path: str, directory: str) -> str:
    """`path` relative to `directory` if it lies in it."""
    pure = PurePath(path)
    return str(pure.relative_to(directory)) if directory and pure.is_relative_to(directory) else path


def short_names(names: list[str]) -> list[str]:
    """The shortest dotted part that tells the builds apart: `web.docker.debian`, `web.lxd.debian` -> `docker`, `lxd`.

    Where no single part does, the whole names.
    """
    parts = [name.split(".") for name in names]
    if len(names) > 1 and len({len(part) for part in parts}) == 1:
        columns = [list(column) for column in zip(*parts, strict=True)]
        telling = [column for column in columns if len(set(column)) == len(names)]
        if telling:
            return min(telling, key=lambda column: sum(map(len, column)))
    return list(names)


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 11th."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ending}"
