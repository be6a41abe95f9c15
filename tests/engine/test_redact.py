"""No secret passes, in any encoding, however the output is cut; and nothing else is held back."""

from __future__ import annotations

import base64
import json
import shlex
import time
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bakehouse.redact import Redactor, Stream

SECRET = "p4ss 'w\"ör$d&<x>/+%"
KEY = "-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA7bq\nq81LJZ\n-----END KEY-----\n"


def stream(redactor: Redactor, *pieces: bytes) -> bytes:
    masker = Stream(redactor)
    return b"".join([*map(masker.feed, pieces), masker.flush()])


def encodings(secret: str) -> dict[str, bytes]:
    raw = secret.encode()
    return {
        "raw": raw,
        "json": json.dumps(secret).encode(),
        "json utf-8": json.dumps(secret, ensure_ascii=False).encode(),
        "json of Go": json.dumps(secret)
        .replace("&", "\\u0026")
        .replace("<", "\\u003c")
        .encode()
        .replace(b">", b"\\u003e"),
        "shlex": shlex.quote(secret).encode(),
        "single quotes": secret.replace("'", "'\\''").encode(),
        "base64": base64.b64encode(raw),
        "base64, urlsafe": base64.urlsafe_b64encode(raw),
        "base64, no padding": base64.b64encode(raw).rstrip(b"="),
        "url": quote(secret, safe="").encode(),
        "url path": quote(secret).encode(),
        "form": quote_plus(secret).encode(),
    }


@pytest.mark.parametrize("name", encodings(SECRET))
def test_every_encoding_at_every_cut(name: str) -> None:
    planted = encodings(SECRET)[name]
    redactor = Redactor([SECRET])
    whole = b"token=[" + planted + b"] and " + planted + b"\nnext line\n"
    expected = redactor.data(whole)
    assert expected.count(b"<sensitive>") == 2
    assert planted not in expected
    for cut in range(len(whole) + 1):
        assert stream(redactor, whole[:cut], whole[cut:]) == expected
        assert stream(redactor, whole[:cut], whole[cut : cut + 3], whole[cut + 3 :]) == expected
    assert stream(redactor, *(bytes([byte]) for byte in whole)) == expected


@pytest.mark.parametrize("shift", range(3))
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_base64_at_every_alignment(shift: int, encode: Callable[[bytes], bytes]) -> None:
    secret = "correct horse battery"
    text = encode(b"x" * shift + secret.encode() + b"yy") + b"\n"
    masked = Redactor([secret]).data(text)
    assert b"<sensitive>" in masked
    left = masked.replace(b"<sensitive>", b"").strip()
    assert len(left) <= 9


def test_each_line_of_a_key_and_its_wrapped_base64() -> None:
    redactor = Redactor([KEY])
    for line in KEY.splitlines():
        assert redactor.text(f"a {line} b") == "a <sensitive> b"
    assert b"MIIEp" not in redactor.data(json.dumps(KEY).encode())
    long_key = "\n".join(["-----BEGIN KEY-----", *[f"{number:064}" for number in range(9)], "-----END KEY-----", ""])
    code = base64.encodebytes(long_key.encode())
    masked = Redactor([long_key]).data(code)
    assert all(line == b"<sensitive>" for line in masked.split()), masked


def test_a_prompt_is_shown_at_once_and_only_a_beginning_is_held() -> None:
    masker = Stream(Redactor(["hunter2", "Continental"]))
    assert masker.feed(b"Continue? [y/N] ") == b"Continue? [y/N] "
    assert masker.feed(b"is it hunt") == b"is it "
    assert masker.feed(b"ing?") == b"hunting?"
    assert masker.feed(b" hunter2") == b" <sensitive>"
    assert masker.feed(b" Con\n") == b" Con\n"
    assert masker.feed(b"hunt") == b""
    assert masker.flush() == b"hunt"


def test_the_longest_secret_wins_whatever_the_cut() -> None:
    redactor = Redactor(["abcd", "abcdefgh", "xbcda"])
    for cut in range(12):
        assert stream(redactor, b"1 abcdefgh 2"[:cut], b"1 abcdefgh 2"[cut:]) == b"1 <sensitive> 2"
    assert stream(redactor, b"abcd", b"e") == b"<sensitive>e"
    assert stream(redactor, b"xbcda", b"bcd") == b"<sensitive>bcd"
    assert stream(Redactor(["aXa"]), b"..aXa", b"..") == b"..<sensitive>.."


def test_short_secrets_are_masked_only_as_words() -> None:
    redactor = Redactor(["ab", "7", "!"])
    text = "ab cab abc 7 77 x=ab; 'ab' (7) a! ! ab"
    expected = (
        "<sensitive> cab abc <sensitive> 77 x=<sensitive>; '<sensitive>' (<sensitive>) a! <sensitive> <sensitive>"
    )
    assert redactor.text(text) == expected
    for cut in range(len(text)):
        assert stream(redactor, text[:cut].encode(), text[cut:].encode()) == expected.encode()


def test_secrets_can_be_added_and_stay() -> None:
    redactor = Redactor([""])
    assert not redactor
    masker = Stream(redactor)
    assert masker.feed(b"first") == b"first"
    redactor.add(["first"])
    redactor.add(["second"])
    assert masker.feed(b" first second") == b" <sensitive> <sensitive>"


def test_only_free_text_of_a_body_is_masked() -> None:
    redactor = Redactor(["root"])
    body = {"kind": "root", "error": "no root", "steps": [{"key": "root", "title": "as root"}], "error2": "root"}
    masked = redactor.body(body, frozenset({"error", "title"}))
    assert masked == {
        "kind": "root",
        "error": "no <sensitive>",
        "steps": [{"key": "root", "title": "as <sensitive>"}],
        "error2": "root",
    }


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text("ab\n '/=", min_size=1, max_size=5), max_size=3), st.text("ab\n '/=", max_size=30), st.data())
@example(["ab", "abb"], "ababb", None)
def test_cutting_never_changes_what_is_shown(secrets: list[str], text: str, data: st.DataObject | None) -> None:
    redactor = Redactor(secrets)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=4))) if data else [1, 3]
    pieces = [text[a:b].encode() for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert stream(redactor, *pieces) == redactor.data(text.encode())


def test_many_secrets_cost_little_and_none_cost_nothing() -> None:
    chunk = b"building file 12345 of 99999 with flags -O2 -Wall in /src\n" * 1200
    redactor = Redactor([f"s3cr3t-{number}-{number * 7919}" for number in range(20)])
    masker = Stream(redactor)
    start = time.process_time()
    for _ in range(200):
        masker.feed(chunk)
    assert time.process_time() - start < 1.5  # 14 MB
    assert Stream(Redactor()).feed(chunk) is chunk


def test_a_thousand_secrets_and_a_long_one_keep_the_fast_automaton(capfd: pytest.CaptureFixture[str]) -> None:
    secrets = [f"s3cr3t/{number}'{number * 7919}+x" for number in range(1000)] + ["0123456789abcdef/" * 1000]
    redactor = Redactor(secrets)
    data = b"some output of a tool\n" * 50_000
    start = time.process_time()
    assert redactor.data(data) == data
    assert time.process_time() - start < 0.2
    assert redactor.text(f"[{secrets[-1]}] {secrets[7]}") == "[<sensitive>] <sensitive>"
    assert capfd.readouterr() == ("", "")
