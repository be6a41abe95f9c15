"""AWS Secrets Manager: `GetSecretValue`, by botocore, which finds region and credentials as every AWS program does."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from bakehouse.clients.secrets.values import as_text
from bakehouse.errors import DataError

TIMEOUT = 20.0
"""Seconds to connect, and to answer."""
STAGE = "AWSCURRENT"
"""The version that is asked for."""


@cache
def aws_secretsmanager(name: str, key: str | None = None) -> str:
    """A key of a secret that is a JSON object. Without a key its first value, and a secret that is no JSON itself.

    Packer takes any value at random if there are several and no key. Raises DataError.
    """
    text = aws_secretsmanager_raw(name)
    try:
        found: Any = json.loads(text)
    except ValueError:
        return text
    if not isinstance(found, dict):
        raise DataError(f'The secret "{name}" is JSON that is no object. aws_secretsmanager_raw() gives it as it is.')
    picked = key or next(iter(found), "")
    if picked not in found:
        there = f"It has {', '.join(sorted(found))}." if found else "It has none."
        raise DataError(f'The secret "{name}" of AWS has no key "{picked}". {there}')
    return as_text(found[picked], f'The key "{picked}" of the secret "{name}" of AWS')


@cache
def aws_secretsmanager_raw(name: str) -> str:
    """A whole secret, as it is stored. Raises DataError."""
    try:
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.session import Session
    except ModuleNotFoundError:
        raise DataError("This needs botocore, which is not installed: pip install 'bakehouse[aws]'.") from None
    settings = Config(connect_timeout=TIMEOUT, read_timeout=TIMEOUT, retries={"total_max_attempts": 3})
    try:
        client = Session().create_client("secretsmanager", config=settings)
        answer = client.get_secret_value(SecretId=name, VersionStage=STAGE)
    except (BotoCoreError, ClientError, ValueError) as error:
        reason = str(error).rstrip(".")
        raise DataError(f'AWS does not give the secret "{name}": {reason}.') from None
    text = answer.get("SecretString")
    if not isinstance(text, str):
        raise DataError(f'The secret "{name}" of AWS is binary. Only text can be used in a template.')
    return text
