"""What was meant where the grammar does not allow what stands there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakehouse.errors import Diagnostic
from bakehouse.template.syntax.tokens import TokenList, problem

if TYPE_CHECKING:
    from lark import UnexpectedToken


def explain(error: UnexpectedToken, scanned: TokenList) -> Diagnostic:
    """The diagnostic for a token that the grammar refuses."""
    token = next(token for token in scanned.tokens if token is error.token)
    return problem(token.range, "Syntax error", f"{token.value!r} cannot stand here.")
