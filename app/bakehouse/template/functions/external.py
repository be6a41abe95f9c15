"""Functions that ask a server for a secret. Their results are sensitive."""

from __future__ import annotations

from collections.abc import Callable

from bakehouse.errors import DataError
from bakehouse.template.callables import Family, Parameter, text
from bakehouse.template.fault import Fault
from bakehouse.template.kinds import STRING
from bakehouse.template.values import SENSITIVE, Value, string

family = Family()


def _secret(name: str, ask: Callable[[], str]) -> Value:
    try:
        return string(ask()).marked(SENSITIVE)
    except DataError as error:
        raise Fault(f"{name}() has no answer", str(error)) from None


@family.function("vault", text("path"), text("key"), result=STRING, volatile=True)
def vault(path: str, key: str) -> Value:
    """A key of a secret of HashiCorp Vault."""
    from bakehouse.clients import secrets

    return _secret("vault", lambda: secrets.vault(path, key))


@family.function("consul_key", text("key"), result=STRING, volatile=True)
def consul_key(key: str) -> Value:
    """The value of a key of Consul."""
    from bakehouse.clients import secrets

    return _secret("consul_key", lambda: secrets.consul_key(key))


@family.function("aws_secretsmanager", text("name"), Parameter("key", STRING, null=True), result=STRING, volatile=True)
def aws_secretsmanager(name: str, key: str | None) -> Value:
    """A key of a secret of AWS Secrets Manager."""
    from bakehouse.clients import secrets

    return _secret("aws_secretsmanager", lambda: secrets.aws_secretsmanager(name, key))


@family.function("aws_secretsmanager_raw", text("name"), result=STRING, volatile=True)
def aws_secretsmanager_raw(name: str) -> Value:
    """A whole secret of AWS Secrets Manager."""
    from bakehouse.clients import secrets

    return _secret("aws_secretsmanager_raw", lambda: secrets.aws_secretsmanager_raw(name))
