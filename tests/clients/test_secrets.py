"""Vault and Consul by servers that speak their APIs, AWS by moto's server."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bakehouse.clients import secrets
from bakehouse.errors import DataError
from bakehouse.template.compile import compile_plan
from support.expressions import failure, value_of
from support.templates import NULL, request, write
from support.web import served

KV = {
    "/v1/secret/data/app": {"data": {"data": {"password": "hunter2", "port": 22}, "metadata": {"version": 3}}},
    "/v1/kv/app": {"data": {"password": "old one"}},
    "/v1/kv/odd": {"data": {"list": [1], "data": "text"}},
}


@pytest.fixture(autouse=True)
def forget(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the process remembers of servers, and what the environment says of them."""
    for name in ("VAULT_ADDR", "VAULT_TOKEN", "VAULT_NAMESPACE", "CONSUL_HTTP_ADDR", "CONSUL_HTTP_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    functions = (secrets.vault, secrets.consul_key, secrets.aws_secretsmanager, secrets.aws_secretsmanager_raw)
    for function in functions:
        function.cache_clear()
    yield
    for function in functions:
        function.cache_clear()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[web.Request]]:
    """A Vault; what it was asked."""
    requests: list[web.Request] = []

    async def vault(request: web.BaseRequest) -> web.Response:
        requests.append(request)  # type: ignore[arg-type]
        if request.headers.get("X-Vault-Token") != "s.token":
            return web.json_response({"errors": ["permission denied"]}, status=403)
        if request.path == "/v1/moved":
            return web.Response(status=307, headers={"Location": "http://127.0.0.2:9/v1/kv/app"})
        found = KV.get(request.path)
        return web.json_response(found) if found else web.json_response({"errors": []}, status=404)

    with served(vault) as address:
        monkeypatch.setenv("VAULT_ADDR", address)
        monkeypatch.setenv("VAULT_TOKEN", "s.token")
        yield requests


def test_vault_of_both_versions(asked: list[web.Request], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_NAMESPACE", "team")
    assert secrets.vault("secret/data/app", "password") == "hunter2"
    assert secrets.vault("secret/data/app", "port") == "22"
    assert secrets.vault("/kv/app", "password") == "old one"
    assert secrets.vault("kv/odd", "data") == "text"
    assert {each.headers["X-Vault-Namespace"] for each in asked} == {"team"}


def test_vault_is_asked_once_for_what_it_answered(asked: list[web.Request]) -> None:
    for _ in range(3):
        secrets.vault("kv/app", "password")
        with pytest.raises(DataError):
            secrets.vault("kv/nope", "password")
    assert [each.path for each in asked].count("/v1/kv/app") == 1
    assert [each.path for each in asked].count("/v1/kv/nope") == 3


@pytest.mark.parametrize(
    ("path", "key", "part"),
    [
        ("kv/nope", "a", 'no secret at "kv/nope"'),
        ("kv/app", "a", 'no key "a". It has password.'),
        ("kv/odd", "list", "no string"),
        ("moved", "a", "another server"),
    ],
)
def test_what_vault_does_not_have(asked: list[web.Request], path: str, key: str, part: str) -> None:
    with pytest.raises(DataError, match=part):
        secrets.vault(path, key)


def test_a_vault_that_refuses_or_is_away(asked: list[web.Request], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_TOKEN", "s.other")
    with pytest.raises(DataError, match=r"403 .*permission denied"):
        secrets.vault("kv/app", "password")
    monkeypatch.setenv("VAULT_ADDR", "http://127.0.0.1:1")
    with pytest.raises(DataError, match="Connection refused"):
        secrets.vault("kv/app", "password")
    monkeypatch.setenv("VAULT_CACERT", "/nope.pem")
    with pytest.raises(DataError, match="VAULT_CACERT"):
        secrets.vault("kv/app", "password")
    monkeypatch.setenv("VAULT_TOKEN", "")
    with pytest.raises(DataError, match="VAULT_TOKEN is not set"):
        secrets.vault("kv/app", "password")


def test_a_vault_that_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.setenv("VAULT_TOKEN", "t")
    monkeypatch.setenv("VAULT_CLIENT_TIMEOUT", "200ms")
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("VAULT_ADDR", f"http://127.0.0.1:{server.getsockname()[1]}")
        with pytest.raises(DataError, match=r"within 0\.2 s"):
            secrets.vault("kv/app", "password")


def test_consul(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[Any] = []

    async def consul(request: web.BaseRequest) -> web.Response:
        seen.append((request.path_qs, request.headers.get("X-Consul-Token")))
        if request.path == "/v1/kv/app/colour":
            return web.json_response([{"Key": "app/colour", "Value": base64.b64encode(b"r\xc3\xb6t").decode()}])
        if request.path == "/v1/kv/empty":
            return web.json_response([{"Key": "empty", "Value": None}])
        if request.path == "/v1/kv/locked":
            return web.Response(status=403, text="Permission denied")
        return web.Response(status=404)

    (tmp_path / "token").write_text("from-file\n")
    monkeypatch.setenv("CONSUL_HTTP_TOKEN_FILE", str(tmp_path / "token"))
    with served(consul, str(tmp_path / "consul.sock")) as address:
        monkeypatch.setenv("CONSUL_HTTP_ADDR", address)
        assert secrets.consul_key("empty") == ""
    with served(consul) as address:
        monkeypatch.setenv("CONSUL_HTTP_ADDR", address.removeprefix("http://"))
        monkeypatch.setenv("CONSUL_NAMESPACE", "team")
        assert secrets.consul_key("app/colour") == "röt"
        with pytest.raises(DataError, match='no key "nope"'):
            secrets.consul_key("nope")
        with pytest.raises(DataError, match="Permission denied"):
            secrets.consul_key("locked")
    assert seen[1] == ("/v1/kv/app/colour?ns=team", "from-file")


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def test_aws(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.session import Session

    for name, value in {
        "AWS_ENDPOINT_URL": aws,
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "k",
        "AWS_SECRET_ACCESS_KEY": "s",
    }.items():
        monkeypatch.setenv(name, value)
    client = Session().create_client("secretsmanager")
    client.create_secret(Name="app", SecretString='{"user": "baker", "port": 22, "deep": {}}')
    client.create_secret(Name="plain", SecretString="just text")
    client.create_secret(Name="list", SecretString="[1]")
    client.create_secret(Name="bytes", SecretBinary=b"x")
    assert secrets.aws_secretsmanager("app", "port") == "22"
    assert secrets.aws_secretsmanager("app") == secrets.aws_secretsmanager("app", "") == "baker"
    assert secrets.aws_secretsmanager("plain", "whatever") == "just text"
    assert secrets.aws_secretsmanager_raw("list") == "[1]"
    assert value_of('aws_secretsmanager("app", null)').is_sensitive
    for name, key, part in (
        ("app", "nope", "It has deep, port, user"),
        ("app", "deep", "no string"),
        ("list", None, "no object"),
        ("bytes", None, "binary"),
        ("absent", None, "ResourceNotFound"),
    ):
        with pytest.raises(DataError, match=part):
            secrets.aws_secretsmanager(name, key)


def test_aws_without_botocore(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for name in ("botocore", "botocore.config", "botocore.session", "botocore.exceptions"):
        monkeypatch.setitem(sys.modules, name, None)
    assert "bakehouse[aws]" in failure('aws_secretsmanager_raw("app")').render()


def test_a_secret_and_what_is_made_of_it_are_masked(asked: list[web.Request], tmp_path: Path) -> None:
    text = NULL + 'locals {\n  loud = upper(vault("secret/data/app", "password"))\n  port = 22\n}\n'
    text += 'build {\n  sources = ["null.x"]\n  provisioner "shell-local" {\n'
    text += '    inline = ["echo ${local.loud} ${coalesce(local.loud, "some default")}"]\n  }\n}\n'
    write(tmp_path, a_hcl=text)
    plan, _ = compile_plan(request(tmp_path))
    assert {"hunter2", "HUNTER2"} <= set(plan.secrets)
    assert "some default" not in plan.secrets
    assert len(asked) == 1
