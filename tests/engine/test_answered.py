"""What leaves the engine as an answer passes the mask, also where it was cut."""

from __future__ import annotations

import base64
import json

from bakehouse.engine.answered import masked
from bakehouse.redact import Redactor

SECRET = "open-sesame-42"


def test_every_string_is_masked_at_any_depth() -> None:
    answer = masked(Redactor([SECRET]), {"a": [{"b": f"x {SECRET}"}, (SECRET, 1, None, True)], SECRET: 2.5})
    assert answer == {"a": [{"b": "x <sensitive>"}, ["<sensitive>", 1, None, True]], "<sensitive>": 2.5}


def test_bytes_are_text_or_base64() -> None:
    redactor = Redactor([SECRET])
    assert masked(redactor, {"content": f"é {SECRET}\n".encode()}) == {
        "content": "é <sensitive>\n",
        "encoding": "utf-8",
    }
    binary = masked(redactor, {"content": b"\0" + SECRET.encode()})
    assert (base64.b64decode(binary["content"]), binary["encoding"]) == (b"\0<sensitive>", "base64")
    cut = masked(redactor, {"content": "é".encode()[:1], "truncated": True})
    assert cut["content"] == ""
    json.dumps([binary, cut])


def test_half_a_secret_does_not_pass() -> None:
    cut = {"content": f"x {SECRET}"[:-3].encode(), "truncated": True}
    assert masked(Redactor([SECRET]), cut)["content"] == "x "
    assert masked(Redactor([SECRET]), {**cut, "truncated": False})["content"] == f"x {SECRET}"[:-3]
