"""What a service stores, as the string that a template gets."""

from __future__ import annotations

import json
from typing import Any

from bakehouse.errors import DataError


def as_text(value: Any, what: str) -> str:
    """A string itself, a number or a bool as JSON writes it. Raises DataError for anything else; what: in its text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    raise DataError(f"{what} is no string, number or bool.")
