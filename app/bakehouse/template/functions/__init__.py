"""The functions of the language, one module a family. Heavy modules are imported by the first call that needs them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bakehouse.template.callables import Function
from bakehouse.template.functions import (
    crypto,
    csv_text,
    dates,
    encoding,
    environment,
    external,
    files,
    flow,
    formats,
    json_text,
    lists,
    maps,
    networks,
    numeric,
    patterns,
    sets,
    strings,
    yaml_read,
    yaml_write,
)

_FAMILIES = (
    crypto,
    csv_text,
    dates,
    encoding,
    external,
    files,
    flow,
    formats,
    json_text,
    lists,
    maps,
    networks,
    numeric,
    patterns,
    sets,
    strings,
    yaml_read,
    yaml_write,
)

FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {name: function for module in _FAMILIES for name, function in module.family.functions.items()}
)

ENV: Mapping[str, Function] = MappingProxyType(environment.family.functions)
"""What the default of a variable may call."""
