"""Secrets are masked here, before anything is written or said: by the engine at its threshold (DESIGN 8), and by the
language in what it says of a template that has no run.

A secret is looked for as it is and in the encodings in which tools print it: JSON strings, shell words, base64 at
every alignment, URLs. Each line of a secret of several lines counts by itself, as Packer has it. google-re2 looks for
all of them in one pass: Python's `re` is seventy times slower with a hundred patterns.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode, urlsafe_b64encode
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

MASK = b"<sensitive>"
SHORT = 3
"""A secret of fewer characters is masked only where it stands as a whole word."""
SHORT_CODE = 4
"""Fewer characters of base64 say too little to be looked for."""
MEMORY = 256
"""Bytes that re2 may take for each byte of its pattern. With less it gives up its fast automaton for long secrets."""


class Redactor:
    """The secrets of a run. It only ever learns: after an edit the old ones stay masked."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        self._pattern: Any = None
        self._prefixes: list[bytes] = []
        self._firsts: frozenset[int] = frozenset()
        self._longest = 0
        self.add(secrets)

    def add(self, secrets: Iterable[str]) -> None:
        """Mask these as well, from now on."""
        new = {secret for secret in secrets if secret} - self._secrets
        if new:
            self._secrets |= new
            self._compile()

    def __bool__(self) -> bool:
        return self._pattern is not None

    def text(self, text: str) -> str:
        """The text with every secret in it replaced by `<sensitive>`."""
        if self._pattern is None:
            return text
        return self.data(text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")

    def data(self, data: bytes) -> bytes:
        """The same for bytes that are whole; for what comes piece by piece take a `Stream`."""
        return data if self._pattern is None else bytes(self._pattern.sub(MASK, data))

    def body(self, value: Any, free: frozenset[str]) -> Any:
        """The same for the strings below the keys `free` of a structure of dicts and lists."""
        if isinstance(value, dict):
            return {key: self._deep(item) if key in free else self.body(item, free) for key, item in value.items()}
        if isinstance(value, list):
            return [self.body(item, free) for item in value]
        return value

    def held(self, data: bytes) -> int:
        """How many bytes at the end of `data` may be the beginning of a secret."""
        for start in range(max(0, len(data) - self._longest), len(data)):
            if data[start] not in self._firsts:
                continue
            tail = data[start:]
            place = bisect_left(self._prefixes, tail)
            if self._prefixes[place : place + 1] == [tail]:  # not a proper prefix: the next one may be longer
                place += 1
            if place < len(self._prefixes) and self._prefixes[place].startswith(tail):
                return len(data) - start
        return 0

    def matches(self, data: bytes, start: int) -> Iterator[tuple[int, int]]:
        """Where secrets stand in `data` from `start` on, the longest at each place."""
        for match in self._pattern.finditer(data, start):
            yield match.span()

    def _deep(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self._deep(item) for key, item in value.items()}
        return [self._deep(item) for item in value] if isinstance(value, list) else value

    def _compile(self) -> None:
        import re2  # 10 ms that a run without secrets need not pay

        whole, words = set[bytes](), set[bytes]()
        for secret in self._secrets:
            for value in _values(secret):
                (words if len(value) < SHORT else whole).update(_encodings(value))
            whole |= _wrapped_base64(secret)
        if not (whole or words):
            return
        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1
        options.longest_match = True
        options.never_capture = True
        options.log_errors = False
        pattern = b"|".join([*map(_quoted, sorted(whole)), *map(_as_word, sorted(words))])
        options.max_mem = max(64 << 20, MEMORY * len(pattern))
        self._pattern = re2.compile(pattern, options)
        # A word is held until the byte behind it is known.
        self._prefixes = sorted(whole | {word + b"\0" for word in words})
        self._firsts = frozenset(prefix[0] for prefix in self._prefixes)
        self._longest = max(map(len, self._prefixes))


class Stream:
    """Masks what comes piece by piece, cut anywhere.

    Held back is only a tail that may be the beginning of a secret, and never beyond the end of its line: no secret
    that is looked for has a newline in it.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._tail = b""
        self._before = b""

    def feed(self, data: bytes) -> bytes:
        """What can be shown now."""
        if not self._redactor:
            return data
        data = self._tail + data
        line = data.rfind(b"\n") + 1
        return self._mask(data, len(data) - self._redactor.held(data[line:]))

    def flush(self) -> bytes:
        """Nothing more comes: the rest."""
        return self._mask(self._tail, len(self._tail)) if self._tail else b""

    def _mask(self, data: bytes, end: int) -> bytes:
        """Mask `data` up to `end`, or as far as a secret that begins before it goes; keep the rest as the tail."""
        text = self._before + data  # a word is one only by what stands before it
        done = len(self._before)
        end += done
        pieces = []
        for first, last in self._redactor.matches(text, done):
            if first >= end:
                break
            pieces += [text[done:first], MASK]
            done = last
        if done < end:
            pieces.append(text[done:end])
            done = end
        if done:
            self._before = text[done - 1 : done]
        self._tail = text[done:]
        return b"".join(pieces)


def _values(secret: str) -> Iterator[str]:
    """The secret, and each of its lines; a line that is shorter than a word says nothing."""
    lines = secret.replace("\r\n", "\n").split("\n")
    if len(lines) == 1:
        yield secret
        return
    yield from (line for line in lines if len(line) >= SHORT)


def _encodings(value: str) -> set[bytes]:
    """How tools print it."""
    json_texts = {json.dumps(value, ensure_ascii=ascii)[1:-1] for ascii in (True, False)}
    forms = {
        value,
        *json_texts,
        *(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026") for text in json_texts),  # Go's
        value.replace("'", "'\"'\"'"),
        value.replace("'", "'\\''"),
        re.sub(r"([^A-Za-z0-9_./:=@%+,-])", r"\\\1", value),  # bash's printf %q
        re.sub(r'(["$`\\])', r"\\\1", value),
    }
    if len(value) >= SHORT:
        for safe in ("", "/"):
            url = quote(value.encode("utf-8", "surrogateescape"), safe=safe)
            forms |= {url, re.sub("%[0-9A-F]{2}", lambda code: code.group().lower(), url)}
        forms.add(quote_plus(value.encode("utf-8", "surrogateescape")))
    found = {form.encode("utf-8", "surrogateescape") for form in forms}
    return found | _base64(value.encode("utf-8", "surrogateescape")) if len(value) >= SHORT else found


def _base64(value: bytes) -> set[bytes]:
    """What of its base64 is the same whatever stands around it, for the three alignments; and all of it, alone."""
    found = set()
    for encode in (b64encode, urlsafe_b64encode):
        found |= {encode(value), encode(value).rstrip(b"=")}
        for shift, mixed in ((0, 0), (1, 2), (2, 3)):
            code = encode(bytes(shift) + value).rstrip(b"=")
            known = code[mixed:-1] if (shift + len(value)) % 3 else code[mixed:]
            if len(known) >= SHORT_CODE:
                found.add(known)
    return found


def _wrapped_base64(secret: str) -> set[bytes]:
    """The base64 of all of a secret, also as `base64` and `openssl` break it into lines."""
    if len(secret) < SHORT:
        return set()
    code = b64encode(secret.encode("utf-8", "surrogateescape"))
    lines = {code[at : at + width] for width in (64, 76) for at in range(0, len(code), width)}
    return {code} | {line for line in lines if len(line) >= 2 * SHORT_CODE}


def _quoted(value: bytes) -> bytes:
    return b"".join(b"\\x%02x" % byte for byte in value)


def _as_word(value: bytes) -> bytes:
    """The value with nothing of its own kind beside it."""
    edges = [b"\\b" if re.match(rb"\w", value[at : at + 1] or b" ") else b"\\B" for at in (0, len(value) - 1)]
    return edges[0] + _quoted(value) + edges[1]
