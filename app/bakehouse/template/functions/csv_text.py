"""`csvdecode` (go-cty, function/stdlib/csv.go; Go's encoding/csv, which is RFC 4180 and strict)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bakehouse.template.callables import Family, text
from bakehouse.template.fault import Fault
from bakehouse.template.kinds import STRING, ObjectType
from bakehouse.template.values import Value, list_of, object_of, string

family = Family()
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_BARE = re.compile(r'[^,\n"]*')


@family.function("csvdecode", text())
def csv_decode(given: str) -> Value:
    """An object for every row, whose names are in the first row and whose values are strings."""
    rows = _rows(given.replace("\r\n", "\n"))
    names = next(rows, None)
    if names is None:
        raise Fault("No header", "The first row has the names of the columns, and there is none.", argument=0)
    double = next((name for at, name in enumerate(names) if name in names[:at]), None)
    if double is not None:
        raise Fault("Duplicate column", f'Two columns are called "{double}".', argument=0)
    kind = ObjectType(dict.fromkeys(names, STRING))
    records = []
    for number, row in enumerate(rows, 2):
        if len(row) != len(names):
            detail = f"Record {number} has {len(row)} fields, the header {len(names)}."
            raise Fault("Ragged rows", detail, argument=0)
        records.append(object_of(dict(zip(names, map(string, row), strict=True))))
    return list_of(kind, records)


def _rows(given: str) -> Iterator[list[str]]:
    position = 0
    row: list[str] = []
    while position < len(given):
        if not row and given[position] == "\n":
            position += 1
            continue
        field, position = _field(given, position)
        row.append(field)
        if position < len(given) and given[position] == ",":
            position += 1
            if position < len(given):
                continue
            row.append("")
        position += 1
        yield row
        row = []


def _field(given: str, position: int) -> tuple[str, int]:
    """The field at a position, and where it ends: at a comma, a newline or the end of the text."""
    quoted = given[position] == '"'
    match = (_QUOTED if quoted else _BARE).match(given, position)
    end = match.end() if match else len(given)
    if match is None or end < len(given) and given[end] not in ",\n":
        line = given.count("\n", 0, position) + 1
        raise Fault("Not CSV", f'A quote (") stands in the wrong place in line {line} of the text.', argument=0)
    return (match[1].replace('""', '"') if quoted else match[0]), end
