"""Functions of dates, networks, digests and identifiers; what all functions have in common."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from bakehouse.errors import TemplateError
from bakehouse.template.evaluate import evaluate
from bakehouse.template.functions import ENV, FUNCTIONS
from bakehouse.template.scope import Scope
from bakehouse.template.syntax.parse import parse_expression
from bakehouse.template.values import to_python
from support.expressions import failure, scope_of, shown, value_of

DATES = [
    ('formatdate("EEE, DD MMM YYYY \'at\' hh:mm:ss ZZZ", "2026-07-04T05:06:07Z")', "Sat, 04 Jul 2026 at 05:06:07 UTC"),
    ('formatdate("H aa, M/D/YY ZZZZZ", "2026-07-04T15:06:07+02:30")', "3 pm, 7/4/26 +02:30"),
    ('timeadd("2024-02-28T23:00:00Z", "1h30m")', "2024-02-29T00:30:00Z"),
    ('timeadd("2024-01-01T00:00:00+01:00", "-1.5s")', "2023-12-31T23:59:58+01:00"),
    ('rfc3339_parse("2021-01-03 01:02:03.5Z").iso_week', "53"),
    ('rfc3339_parse("2024-02-29T00:00:00+01:00").unix', "1709161200"),
    ("unix_timestamp_parse(1709161200).rfc3339", "2024-02-28T23:00:00Z"),
    ("unix_timestamp_parse(0).weekday_name", "Thursday"),
]
NETWORKS = [
    ('cidrhost("10.1.2.99/24", 5)', "10.1.2.5"),
    ('cidrhost("fd00::/120", -1)', "fd00::ff"),
    ('cidrnetmask("172.16.0.0/12")', "255.240.0.0"),
    ('cidrsubnet("192.168.0.0/16", 8, 7)', "192.168.7.0/24"),
    ('cidrsubnets("10.0.0.0/16", 8, 4, 8)', '[ "10.0.0.0/24", "10.0.16.0/20", "10.0.32.0/24", ]'),
]
DIGESTS = [
    ('length(sha1("x")) + length(sha256("x")) + length(sha512("x"))', "232"),
    ('sha256("")', "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ('uuidv5("dns", "example.org")', "aad03681-8b63-5304-89e0-8ca8f49461b5"),
    ('uuidv5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "example.org")', "aad03681-8b63-5304-89e0-8ca8f49461b5"),
    ('substr(bcrypt("crust", 4), 0, 7)', "$2a$04$"),
]


@pytest.mark.parametrize(("text", "expected"), DATES + NETWORKS + DIGESTS)
def test_value(text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('formatdate("YYYY", "2024-02-30T00:00:00Z")', "Not a time"),
        ('formatdate("YYYY", "2024-02-03 00:00:00Z")', "Not a time"),
        ('formatdate("MMMMM", "2024-02-03T00:00:00Z")', "There are M, MM, MMM, MMMM."),
        ('formatdate("\'x", "2024-02-03T00:00:00Z")', "quote"),
        ('timeadd("2024-02-03T00:00:00Z", "1 hour")', "Not a duration"),
        ('timeadd("9999-12-31T23:59:59Z", "1h")', "Not a duration"),
        ("unix_timestamp_parse(1e20)", "years 1 to 9999"),
        ('legacy_isotime("2006", "x")', "Too many"),
        ('cidrhost("10.0.0.0/24", 256)', "256 addresses"),
        ('cidrhost("010.0.0.0/8", 1)', "Not a network prefix"),
        ('cidrsubnet("10.0.0.0/8", 8, 256)', "256 such parts"),
        ('cidrsubnets("10.0.0.0/30", 1, 1, 1)', "No room left"),
        ('uuidv5("nowhere", "x")', "dns, url, oid, x500"),
        ('bcrypt("x", 40)', "4 to 31"),
        ('bcrypt(join("", [for i in range(73) : "x"]), 4)', "72 bytes"),
        ('rsadecrypt("AAAA", "no key")', "Not a private key"),
        ('format("%1000000000d", 1)', "number above 10000"),
        ('format("%.99999999999f", 1)', "number above 10000"),
        ('indent(1000000000, "a\\nb")', "longer than"),
        ('vault("a", "b")', "VAULT_TOKEN is not set"),
        ('env("HOME")', "no function"),
    ],
)
def test_refusal(text: str, part: str) -> None:
    assert part in failure(text).render()


def test_more_digits_than_a_number_has() -> None:
    assert shown('format("%.200f", 1)') == "1." + "0" * 200
    assert shown('format("%.2f", 1e300)') == "1" + "0" * 300 + ".00"


def test_what_openssl_encrypts_is_decrypted(tmp_path: object) -> None:
    from base64 import b64encode

    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    ).decode()
    secret = b64encode(key.public_key().encrypt(b"sourdough", padding.PKCS1v15())).decode()
    assert value_of("rsadecrypt(secret, pem)", secret=secret, pem=pem).payload == "sourdough"


def test_timestamp_is_now_in_utc() -> None:
    now = datetime.now(UTC)
    told = datetime.fromisoformat(value_of("timestamp()").payload)
    assert timedelta(seconds=-2) < told - now < timedelta(minutes=1)


def test_the_old_time_functions_tell_the_same_start() -> None:
    assert value_of('legacy_isotime() == legacy_strftime("%Y-%m-%dT%H:%M:%SZ")').payload is True
    assert value_of('legacy_isotime("Jan Monday 02 Z07:00 -0700")').payload.endswith(" Z +0000")
    assert value_of('legacy_strftime("%Q%%")').payload == "%Q%"


def test_every_uuid_is_another() -> None:
    first, second = to_python(value_of("[uuidv4(), uuidv4()]"))
    assert first != second
    assert len(first) == 36 and first[14] == "4"


def test_env_is_for_defaults_of_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVEN", "hot")
    plain = scope_of()
    scope = Scope({}, ENV, plain.directory)
    assert evaluate(parse_expression('env("OVEN")', "x"), scope).payload == "hot"
    assert evaluate(parse_expression('env("NO_SUCH_OVEN")', "x"), scope).payload == ""
    assert os.environ["OVEN"] == "hot"


def test_all_functions_of_packer_are_known() -> None:
    assert len(FUNCTIONS) == 103
    for name in FUNCTIONS:
        assert FUNCTIONS[name].name == name
    with pytest.raises(KeyError):
        FUNCTIONS["env"]


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - {"timestamp", "uuidv4"}))
def test_too_many_arguments_are_an_error_of_the_language(name: str) -> None:
    text = f"{name}({', '.join(['[null, [{}]]'] * 6)})"
    try:
        value_of(text)
    except TemplateError as error:
        assert error.diagnostics[0].location is not None
    else:
        assert name in (
            "concat",
            "flatten",
            "coalesce",
            "coalescelist",
            "try",
            "setproduct",
            "setunion",
            "setintersection",
        )


def test_heavy_libraries_wait_for_the_function_that_needs_them() -> None:
    program = (
        "import sys; from bakehouse.template.functions import FUNCTIONS; [FUNCTIONS[n] for n in FUNCTIONS]; "
        "print([m for m in ('re2', 'regex', 'yaml', 'bcrypt', 'cryptography', 'lark') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
