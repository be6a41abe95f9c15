"""Words of a template that are known before it is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bakehouse.sdk.go_template.errors import GoTemplateError
from bakehouse.sdk.go_template.lexer import Token, tokens

MOVING = frozenset(("isotime", "strftime", "timestamp", "uuid"))
"""Those that give another value in each run."""


def put_in(value: Any, words: Mapping[str, str]) -> Any:
    """The value with each of the words in its templates as a constant: `{{build_name}}` becomes `{{"web"}}`.

    value: plain, at any depth. A text that cannot be read stays for whoever renders it to refuse.
    """
    if isinstance(value, list):
        return [put_in(item, words) for item in value]
    if isinstance(value, dict):
        return {name: put_in(item, words) for name, item in value.items()}
    if not isinstance(value, str) or "{{" not in value:
        return value
    for token in reversed(_words(value)):
        if token.text in words:
            value = value[: token.start] + quoted(words[token.text]) + value[token.end :]
    return value


def words_of(value: Any) -> frozenset[str]:
    """The names of functions, and of constants, that the templates in a value mention."""
    if isinstance(value, list | dict):
        items = value.values() if isinstance(value, dict) else value
        return frozenset().union(*map(words_of, items))
    if not isinstance(value, str) or "{{" not in value:
        return frozenset()
    return frozenset(token.text for token in _words(value))


def _words(text: str) -> list[Token]:
    try:
        return [token for token in tokens(text) if token.kind == "word"]
    except GoTemplateError:
        return []


def quoted(text: str) -> str:
    """A constant of Go's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
