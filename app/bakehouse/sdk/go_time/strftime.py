"""strftime's letters, those that jehiah/go-strftime knows."""

from __future__ import annotations

import re
from datetime import datetime

from bakehouse.sdk.go_time.layout import go_layout

_LAYOUTS = {
    "a": "Mon", "A": "Monday", "b": "Jan", "B": "January", "d": "02", "H": "15", "I": "03", "m": "01",
    "M": "04", "p": "PM", "S": "05", "y": "06", "Y": "2006", "z": "-0700", "Z": "MST",
}  # fmt: skip


def strftime(moment: datetime, layout: str) -> str:
    """The moment as the layout shows it; a letter that is not known stays as it is."""

    def replaced(match: re.Match[str]) -> str:
        if match[1] == "%":
            return "%"
        return go_layout(moment, _LAYOUTS[match[1]]) if match[1] in _LAYOUTS else match[0]

    return re.sub(r"%(.)", replaced, layout, flags=re.S)
