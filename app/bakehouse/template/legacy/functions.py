"""What only the variables of a legacy template may call in `{{ }}`: servers that keep secrets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bakehouse.errors import DataError
from bakehouse.sdk.go_template.errors import CallError


def _secret(client: str) -> Callable[..., str]:
    def ask(*words: str) -> str:
        from bakehouse.clients import secrets

        try:
            answer: str = getattr(secrets, client)(*words)
        except DataError as error:
            raise CallError(f"{client} has no answer: {error}") from None
        return answer

    return ask


ASKING: Mapping[str, Callable[..., Any]] = {
    "vault": _secret("vault"),
    "consul_key": _secret("consul_key"),
    "aws_secretsmanager": lambda name, key=None: _secret("aws_secretsmanager")(name, key),
    "aws_secretsmanager_raw": _secret("aws_secretsmanager_raw"),
}
