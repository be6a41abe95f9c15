"""Installation images: a checksum says its own kind, and `{{timestamp}}` is when it was made."""

from __future__ import annotations

import re

from bakehouse.template.upgrade.fixers.walking import Block, Template, builders, rewrite_builders

_CREATE_TIME = re.compile(r"\{\{\s*\.CreateTime\s*\}\}")


def iso_md5(template: Template) -> None:
    """`iso_md5` is a checksum of the kind md5."""
    for builder in builders(template):
        if "iso_md5" in builder:
            builder["iso_checksum"] = builder.pop("iso_md5")
            builder["iso_checksum_type"] = "md5"


def create_time(template: Template) -> None:
    """`{{.CreateTime}}` is `{{timestamp}}`."""
    rewrite_builders(template, lambda text: _CREATE_TIME.sub("{{timestamp}}", text))


def checksum_type_and_url(template: Template) -> None:
    """`iso_checksum_type` and `iso_checksum_url` are prefixes of `iso_checksum`: `sha256:...`, `file:URL`, `none`."""
    for builder in builders(template):
        kind, url = builder.pop("iso_checksum_type", ""), builder.pop("iso_checksum_url", "")
        checksum = _checksum(builder, str(kind or ""), str(url or ""))
        if checksum:
            builder["iso_checksum"] = checksum


def _checksum(builder: Block, kind: str, url: str) -> str:
    given = builder.get("iso_checksum") or ""
    if url:
        return f"file:{url}"
    if not given:
        return ""
    if kind == "none":
        return "none"
    return f"{kind}:{given}" if kind and isinstance(given, str) and not given.startswith(f"{kind}:") else ""
