"""Upper and lower case as Go maps them (package strings): one character for one, "ß" has no upper case."""

from __future__ import annotations


def upper(text: str) -> str:
    """Every character in upper case, if that is one character."""
    return text.upper() if text.isascii() else "".join(map(_upper, text))


def lower(text: str) -> str:
    """Every character in lower case."""
    return text.lower() if text.isascii() else "".join(each.lower()[0] for each in text)


def _upper(character: str) -> str:
    for mapped in (character.upper(), character.title()):
        if len(mapped) == 1:
            return mapped
    return character
