"""Base 64, URLs and character sets (go-cty-funcs, encoding/; Packer's own text functions)."""

from __future__ import annotations

import base64
import binascii
import re

from bakehouse.template.callables import Family, text
from bakehouse.template.fault import Fault
from bakehouse.template.kinds import STRING

family = Family()
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}\Z")
_SAME = (
    *(f"iso-8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16)),
    *(f"windows-{page}" for page in (1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258)),
    *("utf-8", "utf-16", "utf-16be", "utf-16le", "us-ascii", "koi8-r", "koi8-u", "gbk", "gb18030", "big5"),
    *("euc-jp", "iso-2022-jp", "hz-gb-2312", "macintosh"),
)
_OTHERS = {
    **{f"ibm{page}": f"cp{page}" for page in (437, 850, 852, 855, 858, 860, 862, 863, 865, 866)},
    **{f"cp{page}": f"cp{page}" for page in (437, 850, 852, 855, 860, 862, 863, 865, 866)},
    "ibm037": "cp037",
    "windows-874": "cp874",
    "shift_jis": "cp932",
    "ms_kanji": "cp932",
    "euc-kr": "cp949",
    "windows-936": "gbk",
    "cp936": "gbk",
    "ms936": "gbk",
    "mac": "macintosh",
    "csutf8": "utf-8",
    "latin1": "iso-8859-1",
    "l1": "iso-8859-1",
    "ibm819": "iso-8859-1",
    "cp819": "iso-8859-1",
    "latin2": "iso-8859-2",
    "latin3": "iso-8859-3",
    "latin4": "iso-8859-4",
    "cyrillic": "iso-8859-5",
    "arabic": "iso-8859-6",
    "greek": "iso-8859-7",
    "hebrew": "iso-8859-8",
    "latin5": "iso-8859-9",
    "latin6": "iso-8859-10",
    "latin-9": "iso-8859-15",
    "us": "us-ascii",
    "ibm367": "us-ascii",
}
CHARACTER_SETS = {**dict(zip(_SAME, _SAME, strict=True)), **_OTHERS}
"""Names of IANA's registry, in small letters, and Python's for the same. Names that IANA does not know are errors."""


def from_base64(given: str, argument: int = 0) -> bytes:
    """The bytes of standard base 64 with padding; newlines in it count for nothing."""
    compact = given.replace("\n", "").replace("\r", "")
    if len(compact) % 4 or not _BASE64.match(compact):
        raise Fault("Not base 64", "Only A-Z a-z 0-9 + / and = at the end, four by four.", argument=argument)
    return base64.b64decode(compact)


def from_utf8(given: bytes, what: str, argument: int | None = 0) -> str:
    """The text; Fault if the bytes are none."""
    try:
        return given.decode()
    except UnicodeDecodeError as error:
        detail = f"{what} is not UTF-8: byte {error.start} cannot stand there."
        raise Fault("Not a text", detail, argument=argument) from None


@family.function("base64encode", text(), result=STRING)
def base64_encode(given: str) -> str:
    """The UTF-8 bytes in base 64."""
    return base64.b64encode(given.encode()).decode()


@family.function("base64decode", text(), result=STRING)
def base64_decode(given: str) -> str:
    """The text whose UTF-8 bytes these are in base 64."""
    return from_utf8(from_base64(given), "What it decodes to")


@family.function("base64gzip", text(), result=STRING)
def base64_gzip(given: str) -> str:
    """The UTF-8 bytes, compressed with gzip, in base 64."""
    import gzip

    return base64.b64encode(gzip.compress(given.encode(), mtime=0)).decode()


@family.function("urlencode", text(), result=STRING)
def url_encode(given: str) -> str:
    """For the query of a URL: a blank is +, all but letters, digits and -_.~ is escaped."""
    from urllib.parse import quote_plus

    return quote_plus(given, safe="")


def _codec(name: str) -> str:
    found = CHARACTER_SETS.get(name.lower())
    if found is None:
        hint = "Names are those of IANA, such as UTF-8, UTF-16LE, ISO-8859-1, windows-1252, Shift_JIS."
        raise Fault("Unknown character set", f'There is no "{name}".', help=hint, argument=1)
    return found


@family.function("textencodebase64", text("string"), text("encoding"), result=STRING)
def text_encode_base64(given: str, encoding: str) -> str:
    """The bytes of a text in a character set, in base 64. UTF-16 is big-endian with a byte order mark."""
    codec = _codec(encoding)
    try:
        data = b"\xfe\xff" + given.encode("utf-16be") if codec == "utf-16" else given.encode(codec)
    except UnicodeEncodeError as error:
        detail = f'{encoding} has no "{given[error.start]}".'
        raise Fault("Not in the character set", detail, argument=0) from None
    return base64.b64encode(data).decode()


@family.function("textdecodebase64", text("source"), text("encoding"), result=STRING)
def text_decode_base64(given: str, encoding: str) -> str:
    """The text whose bytes in a character set these are, in base 64."""
    codec = _codec(encoding)
    data = from_base64(given)
    if codec == "utf-16" and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        codec = "utf-16be"
    try:
        return data.decode(codec)
    except (UnicodeDecodeError, binascii.Error):
        raise Fault("Not a text", f"The bytes are no text in {encoding}.", argument=0) from None
