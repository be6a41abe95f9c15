"""Functions that ask a server for a secret. They are known and refused by name until they are built."""

from __future__ import annotations

from typing import NoReturn

from bakehouse.template.callables import Family, Parameter, text
from bakehouse.template.fault import Fault
from bakehouse.template.kinds import STRING

family = Family()


def _not_yet(name: str) -> NoReturn:
    help = "Give the value as a variable instead, with -var or PKR_VAR_NAME."
    raise Fault(f"{name}() is not supported yet", "Bakehouse does not ask this service for secrets yet.", help=help)


@family.function("vault", text("path"), text("key"), result=STRING, volatile=True)
def vault(path: str, key: str) -> str:
    """A key of a secret of HashiCorp Vault."""
    _not_yet("vault")


@family.function("consul_key", text("key"), result=STRING, volatile=True)
def consul_key(key: str) -> str:
    """The value of a key of Consul."""
    _not_yet("consul_key")


@family.function("aws_secretsmanager", text("name"), Parameter("key", STRING, null=True), result=STRING, volatile=True)
def aws_secretsmanager(name: str, key: str | None) -> str:
    """A key of a secret of AWS Secrets Manager."""
    _not_yet("aws_secretsmanager")


@family.function("aws_secretsmanager_raw", text("name"), result=STRING, volatile=True)
def aws_secretsmanager_raw(name: str) -> str:
    """A whole secret of AWS Secrets Manager."""
    _not_yet("aws_secretsmanager_raw")
