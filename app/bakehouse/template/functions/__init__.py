"""The functions of the language, one module a family.

A family is imported when one of its functions is first asked for, and heavy libraries by the first call that needs
them: a template that calls nothing pays for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from bakehouse.template.callables import Function

_FAMILIES = {
    "crypto": "bcrypt md5 rsadecrypt sha1 sha256 sha512 uuidv4 uuidv5",
    "csv_text": "csvdecode",
    "dates": "formatdate legacy_isotime legacy_strftime rfc3339_parse timeadd timestamp unix_timestamp_parse",
    "encoding": "base64decode base64encode base64gzip textdecodebase64 textencodebase64 urlencode",
    "environment": "env",
    "external": "aws_secretsmanager aws_secretsmanager_raw consul_key vault",
    "files": "abspath basename dirname file filebase64 fileexists fileset pathexpand templatefile",
    "flow": "can convert try",
    "formats": "format formatlist",
    "json_text": "jsondecode jsonencode",
    "lists": (
        "alltrue anytrue chunklist coalescelist compact concat contains distinct element flatten index range "
        "reverse slice sort"
    ),
    "maps": "coalesce keys length lookup merge values zipmap",
    "networks": "cidrhost cidrnetmask cidrsubnet cidrsubnets",
    "numeric": "abs ceil floor log max min parseint pow signum sum",
    "patterns": "regex regex_replace regexall",
    "sets": "setintersection setproduct setunion",
    "strings": (
        "chomp endswith indent join lower replace split startswith strcontains strrev substr title trim "
        "trimprefix trimspace trimsuffix upper"
    ),
    "yaml_read": "yamldecode",
    "yaml_write": "yamlencode",
}
_BY_NAME = {name: family for family, names in _FAMILIES.items() for name in names.split()}


class _Functions(Mapping[str, Function]):
    """Functions by name, imported on demand."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._loaded: dict[str, Function] = {}

    def __getitem__(self, name: str) -> Function:
        if name not in self._loaded:
            if name not in self._names:
                raise KeyError(name)
            self._loaded |= import_module(f"{__name__}.{_BY_NAME[name]}").family.functions
        return self._loaded[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


FUNCTIONS: Mapping[str, Function] = _Functions(
    tuple(name for name, family in _BY_NAME.items() if family != "environment")
)
"""What every expression may call."""

ENV: Mapping[str, Function] = _Functions(tuple(_FAMILIES["environment"].split()))
"""What the default of a variable may call."""
