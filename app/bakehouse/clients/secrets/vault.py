"""HashiCorp Vault: `GET /v1/PATH`, its key-value engines (developer.hashicorp.com/vault/api-docs/secret/kv)."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from functools import cache
from typing import Any
from urllib.parse import quote

from bakehouse.clients.secrets.values import as_text
from bakehouse.clients.secrets.web import Answer, Service, switched_on, tls
from bakehouse.errors import DataError
from bakehouse.sdk.weak import Mismatch, duration

ADDRESS = "https://127.0.0.1:8200"
TIMEOUT = 60.0
"""Seconds, as Vault's own client waits; VAULT_CLIENT_TIMEOUT is another."""


@cache
def vault(path: str, key: str) -> str:
    """A key of the secret at a path. Of version 2 of the engine the path has `data` in it (`secret/data/app`).

    VAULT_ADDR, VAULT_TOKEN (which Packer insists on), VAULT_NAMESPACE, VAULT_CACERT, VAULT_CAPATH, VAULT_CLIENT_CERT,
    VAULT_CLIENT_KEY, VAULT_SKIP_VERIFY and VAULT_CLIENT_TIMEOUT as for Vault's own client. Raises DataError.
    """
    token = os.environ.get("VAULT_TOKEN", "")
    if not token:
        raise DataError("VAULT_TOKEN is not set. Set it to a token that may read the secret.")
    headers = {"X-Vault-Token": token, "X-Vault-Request": "true"}
    if namespace := os.environ.get("VAULT_NAMESPACE"):
        headers["X-Vault-Namespace"] = namespace
    answer = _service().get(f"/v1/{quote(path.strip('/'))}", headers)
    return _picked(_secret(answer, path), path, key)


def _service() -> Service:
    verify = not switched_on("VAULT_SKIP_VERIFY")
    address = os.environ.get("VAULT_ADDR") or ADDRESS
    return Service("Vault", address, tls("VAULT", verify), _timeout())


def _timeout() -> float:
    text = os.environ.get("VAULT_CLIENT_TIMEOUT", "")
    if not text:
        return TIMEOUT
    try:
        return float(text) if text.isdigit() else duration(text)
    except Mismatch:
        raise DataError(f'VAULT_CLIENT_TIMEOUT is "{text}"; write seconds, or a duration such as "30s".') from None


def _secret(answer: Answer, path: str) -> dict[str, Any]:
    """The `data` of the answer."""
    told: Any = None
    with suppress(ValueError):
        told = json.loads(answer.body)
    if answer.status == 404:
        raise DataError(f'Vault has no secret at "{path}". In version 2 of its engine paths begin as secret/data/.')
    if answer.status != 200:
        errors = told.get("errors") if isinstance(told, dict) else None
        why = (
            "; ".join(str(each).strip() for each in errors)
            if isinstance(errors, list) and errors
            else "no reason given"
        )
        help = " The token may not read it." if answer.status == 403 else ""
        raise DataError(f'Vault answered {answer.status} for "{path}": {why}.{help}')
    data = told.get("data") if isinstance(told, dict) else None
    if not isinstance(data, dict):
        raise DataError(f'What Vault has at "{path}" is no secret.')
    return data


def _picked(data: dict[str, Any], path: str, key: str) -> str:
    """The value; in version 2 the keys are one `data` deeper."""
    fields = data["data"] if isinstance(data.get("data"), dict) else data
    if fields.get(key) is None:
        there = f"It has {', '.join(sorted(fields))}." if fields else "It has none."
        raise DataError(f'The secret "{path}" of Vault has no key "{key}". {there}')
    return as_text(fields[key], f'The key "{key}" of the secret "{path}" of Vault')
