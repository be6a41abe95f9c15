"""`{{ }}` texts rendered while a legacy template is read."""

from __future__ import annotations

from bakehouse.errors import Diagnostic, TemplateError
from bakehouse.sdk import late


def rendered(text: str) -> str:
    """The text with its actions done. Raises TemplateError without a place."""
    try:
        return late.literal(text)
    except late.BadAction as error:
        raise TemplateError([Diagnostic(f"{error}", help=error.help)]) from None
