"""Secrets of the services that templates may ask: plain functions, one a name that a template calls.

Each is asked once for a process, so that a value that is named ten times is one request and the same everywhere; what
failed is asked again. All raise DataError. They block: compiling a template is done outside of event loops.
"""

from bakehouse.clients.secrets.aws import aws_secretsmanager, aws_secretsmanager_raw
from bakehouse.clients.secrets.consul import consul_key
from bakehouse.clients.secrets.vault import vault

__all__ = ["aws_secretsmanager", "aws_secretsmanager_raw", "consul_key", "vault"]
