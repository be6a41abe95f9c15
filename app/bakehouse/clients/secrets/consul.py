"""HashiCorp Consul: `GET /v1/kv/KEY` (developer.hashicorp.com/consul/api-docs/kv)."""

from __future__ import annotations

import base64
import json
import os
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from bakehouse.clients.secrets.web import Answer, Service, switched_on, tls
from bakehouse.errors import DataError

ADDRESS = "127.0.0.1:8500"
TIMEOUT = 60.0
"""Seconds."""
_SCOPES = {"CONSUL_NAMESPACE": "ns", "CONSUL_PARTITION": "partition"}


@cache
def consul_key(key: str) -> str:
    """The value of a key.

    CONSUL_HTTP_ADDR, CONSUL_HTTP_TOKEN, CONSUL_HTTP_TOKEN_FILE, CONSUL_HTTP_AUTH, CONSUL_HTTP_SSL,
    CONSUL_HTTP_SSL_VERIFY, CONSUL_CACERT, CONSUL_CAPATH, CONSUL_CLIENT_CERT, CONSUL_CLIENT_KEY, CONSUL_NAMESPACE and
    CONSUL_PARTITION as for Consul's own client. Raises DataError.
    """
    scope = {name: os.environ[variable] for variable, name in _SCOPES.items() if os.environ.get(variable)}
    answer = _service().get(f"/v1/kv/{quote(key.lstrip('/'))}{'?' if scope else ''}{urlencode(scope)}", _headers())
    return _value(answer, key)


def _service() -> Service:
    address = os.environ.get("CONSUL_HTTP_ADDR") or ADDRESS
    if "://" not in address:
        address = f"http{'s' if switched_on('CONSUL_HTTP_SSL') else ''}://{address}"
    verify = switched_on("CONSUL_HTTP_SSL_VERIFY", default=True)
    secure = tls("CONSUL", verify) if address.startswith("https://") else None
    return Service("Consul", address, secure, TIMEOUT)


def _headers() -> dict[str, str]:
    headers = {}
    token = os.environ.get("CONSUL_HTTP_TOKEN", "")
    file = os.environ.get("CONSUL_HTTP_TOKEN_FILE", "")
    if file and not token:
        try:
            token = Path(file).read_text().strip()
        except (OSError, ValueError) as error:
            raise DataError(f"The file that CONSUL_HTTP_TOKEN_FILE names cannot be read ({error}).") from None
    if token:
        headers["X-Consul-Token"] = token
    if login := os.environ.get("CONSUL_HTTP_AUTH"):
        headers["Authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"
    return headers


def _value(answer: Answer, key: str) -> str:
    if answer.status == 404:
        raise DataError(f'Consul has no key "{key}".')
    if answer.status != 200:
        said = answer.body.decode(errors="replace").strip()
        help = " CONSUL_HTTP_TOKEN must be a token that may read it." if answer.status == 403 else ""
        raise DataError(f'Consul answered {answer.status} for the key "{key}": {said or "no reason given"}.{help}')
    try:
        found: Any = json.loads(answer.body)
        return base64.b64decode(found[0]["Value"] or "").decode()
    except (ValueError, LookupError, TypeError):
        raise DataError(f'What Consul has at the key "{key}" is not text.') from None
