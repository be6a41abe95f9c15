"""What is wrong with a text that is no JSON: the nearest cause, and what to write."""

from __future__ import annotations

import re

from bakehouse.template.syntax.tree import Range

Explained = tuple[str, str, str, int]
"""Summary, detail, help, and how many characters it is about."""
_WORD = re.compile(r"[\w.$+-]+")
_QUOTED = re.compile(r"'[^'\n]*'")
_WORDS = {"True": "true", "False": "false", "None": "null", "nil": "null", "undefined": "null", "NULL": "null"}


def explain(text: str, at: int, expected: str, opening: Range | None) -> Explained:
    """Why `text` cannot go on as it does at offset `at`, where `expected` should be. opening: the innermost bracket."""
    if at >= len(text):
        return _ended(text, opening)
    character, pair = text[at], text[at : at + 2]
    if character == "\ufeff":
        help = "Save it as UTF-8 without a byte order mark."
        return "A byte order mark in a JSON file", "JSON allows none.", help, 1
    if pair in ("//", "/*") or character == "#":
        help = 'Take it out, or say it in a property whose name begins with "_" (in *.pkr.json: whose name is "//").'
        return "A comment in a JSON file", "JSON has no comments.", help, 1 if character == "#" else 2
    if match := _QUOTED.match(text, at):
        return (
            "Single quotes in a JSON file",
            "Strings stand in double quotes.",
            f'Write "{match[0][1:-1]}".',
            len(match[0]),
        )
    if character == "," and "value" in expected:
        return "A comma too many", "A value should stand here.", "Take the comma out.", 1
    if "," in expected and (character in '"{[' or _WORD.match(text, at)):
        return "A comma is missing", "Two values follow each other.", "Write a comma between them.", 1
    if match := _WORD.match(text, at):
        return _word(match[0], expected)
    if character == "=" and ":" in expected:
        return '"=" in a JSON file', "Name and value are parted by a colon.", 'Write ":".', 1
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    if expected.startswith("the end"):
        return "More than one value", "A JSON file holds one value.", "Take out what follows the first one.", 1
    return f'Unexpected "{shown}"', f"Here should be {expected}.", "", 1


def _ended(text: str, opening: Range | None) -> Explained:
    if not text.strip(" \t\r\n"):
        return "The file is empty", "A JSON file holds one value.", "Write at least {}.", 0
    if opening is None:
        return "The file ends too early", "A value should stand here.", "", 0
    closing = "}" if opening.text == "{" else "]"
    return f'This "{opening.text}" is never closed', "The file ends before.", f'Write the missing "{closing}".', 0


def _word(word: str, expected: str) -> Explained:
    if "name" in expected and ":" not in expected:
        return f"{word} is not in quotes", "A name stands in double quotes.", f'Write "{word}".', len(word)
    if "value" not in expected:
        return f"Unexpected {word}", f"Here should be {expected}.", "", len(word)
    if word in _WORDS:
        return f"{word} is no JSON", "", f"Write {_WORDS[word]}.", len(word)
    if word[0].isdigit() or word[0] in "+-.":
        detail = "A number is written like 15, -0.5 or 1e3: no zero in front, no + and no point at either end."
        return f"{word} is no number in JSON", detail, f'Or write it as a string: "{word}".', len(word)
    return f"{word} is not in quotes", "A string stands in double quotes.", f'Write "{word}".', len(word)
