"""One request to a service's HTTP API, configured as HashiCorp's own clients are: by the environment."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from bakehouse.errors import DataError

LARGEST = 16 * 1024 * 1024
"""Bytes of an answer: Vault's secrets end at 1 MiB, Consul's values at 512 KiB."""
_TRUE = ("1", "t", "true")


@dataclass(frozen=True, slots=True)
class Answer:
    """status: of HTTP. body: all of it."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Service:
    """Whom to ask. name: for people. address: http://, https:// or unix://. timeout: seconds without a byte."""

    name: str
    address: str
    tls: ssl.SSLContext | None
    timeout: float

    def get(self, path: str, headers: Mapping[str, str]) -> Answer:
        """GET a path that begins with "/". Raises DataError if there is no answer of HTTP."""
        try:
            if self.address.startswith("unix://"):
                return self._by_socket(path, headers)
            request = Request(self.address.rstrip("/") + path, headers=dict(headers))
            opener = build_opener(HTTPSHandler(context=self.tls), _SameHost())
            with opener.open(request, timeout=self.timeout) as answer:
                return Answer(answer.status, answer.read(LARGEST))
        except HTTPError as error:
            with error:
                return Answer(error.code, error.read(LARGEST))
        except TimeoutError:
            raise self.failed(f"it did not answer within {self.timeout:g} s") from None
        except URLError as error:
            reason = f"it did not answer within {self.timeout:g} s" if isinstance(error.reason, TimeoutError) else ""
            raise self.failed(reason or str(getattr(error.reason, "strerror", None) or error.reason)) from None
        except (OSError, HTTPException, ValueError) as error:
            raise self.failed(str(error) or type(error).__name__) from None

    def failed(self, why: str) -> DataError:
        """The error that says who did not give what was asked."""
        return DataError(f"{self.name} at {self.address} cannot be asked: {why}.")

    def _by_socket(self, path: str, headers: Mapping[str, str]) -> Answer:
        connection = HTTPConnection("localhost", timeout=self.timeout)
        try:
            connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.sock.settimeout(self.timeout)
            connection.sock.connect(self.address.removeprefix("unix://"))
            connection.request("GET", path, headers=dict(headers))
            answer = connection.getresponse()
            return Answer(answer.status, answer.read(LARGEST))
        finally:
            connection.close()


class _SameHost(HTTPRedirectHandler):
    """A token goes to no other host than the one it was meant for."""

    def redirect_request(self, req: Request, fp: object, code: int, msg: str, headers: object, newurl: str) -> Request:
        there, here = urlsplit(newurl), urlsplit(req.full_url)
        if (there.scheme, there.netloc) != (here.scheme, here.netloc):
            raise URLError(f"it sends us to another server, {there.scheme}://{there.netloc}")
        return Request(newurl, headers=dict(req.headers))


def tls(prefix: str, verify: bool) -> ssl.SSLContext:
    """The TLS that the environment asks for: `PREFIX_CACERT`, `_CAPATH`, `_CLIENT_CERT`, `_CLIENT_KEY`.

    verify: whether the server's certificate is looked at. Raises DataError if a file of these cannot be used.
    """
    bundle, directory = os.environ.get(f"{prefix}_CACERT"), os.environ.get(f"{prefix}_CAPATH")
    certificate = os.environ.get(f"{prefix}_CLIENT_CERT")
    try:
        context = ssl.create_default_context(cafile=bundle or None, capath=directory or None)
        if certificate:
            context.load_cert_chain(certificate, os.environ.get(f"{prefix}_CLIENT_KEY") or None)
    except (OSError, ValueError) as error:
        names = f"{prefix}_CACERT, {prefix}_CAPATH, {prefix}_CLIENT_CERT or {prefix}_CLIENT_KEY"
        raise DataError(f"A file that {names} names cannot be used ({error}).") from None
    if not verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def switched_on(name: str, default: bool = False) -> bool:
    """Whether a variable of the environment says yes, as Go reads it; `default` if it is not set."""
    text = os.environ.get(name, "")
    return text.lower() in _TRUE if text else default
