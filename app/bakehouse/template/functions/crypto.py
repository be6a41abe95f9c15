"""Digests, passwords, keys and identifiers (go-cty-funcs, crypto/ and uuid/)."""

from __future__ import annotations

import re

from bakehouse.template.callables import Family, Parameter, optional, text
from bakehouse.template.fault import Fault
from bakehouse.template.functions.encoding import from_base64, from_utf8
from bakehouse.template.functions.numeric import whole
from bakehouse.template.kinds import NUMBER, STRING
from bakehouse.template.numbers import Number

family = Family()
_NAMESPACES = ("dns", "url", "oid", "x500")
_HEX = "[0-9a-fA-F]"
_UUID = rf"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}"
_ANY_UUID = re.compile(rf"(?:urn:uuid:)?{_UUID}|\{{{_UUID}\}}|{_HEX}{{32}}")
_LONGEST_PASSWORD = 72
_DEFAULT_COST, _LEAST_COST, _MOST_COST = 10, 4, 31


@family.function("md5", text(), result=STRING)
def md5(given: str) -> str:
    """The MD5 digest, in hexadecimal."""
    import hashlib

    return hashlib.md5(given.encode(), usedforsecurity=False).hexdigest()


@family.function("sha1", text(), result=STRING)
def sha1(given: str) -> str:
    """The SHA-1 digest, in hexadecimal."""
    import hashlib

    return hashlib.sha1(given.encode(), usedforsecurity=False).hexdigest()


@family.function("sha256", text(), result=STRING)
def sha256(given: str) -> str:
    """The SHA-256 digest, in hexadecimal."""
    import hashlib

    return hashlib.sha256(given.encode()).hexdigest()


@family.function("sha512", text(), result=STRING)
def sha512(given: str) -> str:
    """The SHA-512 digest, in hexadecimal."""
    import hashlib

    return hashlib.sha512(given.encode()).hexdigest()


@family.function("uuidv4", result=STRING, volatile=True)
def uuid_v4() -> str:
    """A random UUID, another one at each call."""
    import uuid

    return str(uuid.uuid4())


@family.function("uuidv5", text("namespace"), text("name"), result=STRING)
def uuid_v5(namespace: str, name: str) -> str:
    """The UUID of a name in a namespace: dns, url, oid, x500, or any UUID."""
    import uuid

    if namespace in _NAMESPACES:
        space: uuid.UUID = getattr(uuid, f"NAMESPACE_{namespace.upper()}")
    elif _ANY_UUID.fullmatch(namespace):
        space = uuid.UUID(namespace)
    else:
        detail = f'"{namespace}" is not one: it is dns, url, oid, x500 or a UUID.'
        raise Fault("Unknown namespace", detail, argument=0)
    return str(uuid.uuid5(space, name))


@family.function("bcrypt", text(), optional(Parameter("cost", NUMBER)), result=STRING, volatile=True)
def bcrypt(given: str, cost: Number = _DEFAULT_COST) -> str:
    """The bcrypt hash of a password, with another salt at each call. cost: 4 to 31; below, the default of 10."""
    rounds = whole(cost, 1, "cost")
    if rounds > _MOST_COST:
        raise Fault('Unsuitable "cost"', f"It is {_LEAST_COST} to {_MOST_COST}.", argument=1)
    if len(given.encode()) > _LONGEST_PASSWORD:
        raise Fault("Password too long", f"bcrypt takes at most {_LONGEST_PASSWORD} bytes.", argument=0)
    try:
        import bcrypt as library
    except ImportError:
        raise Fault("bcrypt is not installed", "bcrypt() needs the Python package bcrypt.") from None
    salt = library.gensalt(rounds if rounds >= _LEAST_COST else _DEFAULT_COST, prefix=b"2a")
    return library.hashpw(given.encode(), salt).decode()


@family.function("rsadecrypt", text("ciphertext"), text("privatekey"), result=STRING)
def rsa_decrypt(given: str, key: str) -> str:
    """The text that was encrypted with an RSA key (PKCS #1 v1.5), in base 64. privatekey: PEM, not encrypted."""
    try:
        from cryptography.hazmat.primitives.asymmetric import padding, rsa
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError:
        raise Fault("cryptography is not installed", "rsadecrypt() needs the Python package cryptography.") from None
    data = from_base64(given)
    try:
        private = load_pem_private_key(key.encode(), None)
    except (ValueError, TypeError):
        raise Fault("Not a private key", "A PEM key without a passphrase is needed here.", argument=1) from None
    if not isinstance(private, rsa.RSAPrivateKey):
        raise Fault("Not an RSA key", "Only RSA keys can decrypt.", argument=1)
    try:
        plain = private.decrypt(data, padding.PKCS1v15())
    except ValueError:
        raise Fault("Cannot decrypt", "The text was not encrypted for this key.", argument=0) from None
    return from_utf8(plain, "What it decrypts to")
