"""Keys as a terminal sends them to a program."""

from __future__ import annotations

LEAVE = "ctrl+right_square_bracket"
_ARROWS = {"up": b"A", "down": b"B", "right": b"C", "left": b"D", "end": b"F", "home": b"H"}
_TILDE = {
    "insert": b"2", "delete": b"3", "pageup": b"5", "pagedown": b"6", "f5": b"15", "f6": b"17", "f7": b"18",
    "f8": b"19", "f9": b"20", "f10": b"21", "f11": b"23", "f12": b"24",
}  # fmt: skip
_FIRST = {"f1": b"P", "f2": b"Q", "f3": b"R", "f4": b"S"}
_PLAIN = {
    "enter": b"\r", "tab": b"\t", "escape": b"\x1b", "backspace": b"\x7f", "space": b" ", "shift+tab": b"\x1b[Z",
    "ctrl+backslash": b"\x1c", "ctrl+circumflex_accent": b"\x1e", "ctrl+underscore": b"\x1f", "ctrl+@": b"\x00",
    "ctrl+space": b"\x00", "ctrl+left_square_bracket": b"\x1b", LEAVE: b"\x1d", "shift+enter": b"\r",
    "ctrl+enter": b"\r", "shift+space": b" ", "shift+backspace": b"\x7f", "ctrl+backspace": b"\x08",
}  # fmt: skip
_MODIFIERS = {"shift": 1, "alt": 2, "ctrl": 4}


def sent(key: str, character: str | None, *, application: bool = False) -> bytes:
    """The bytes of a key, named as Textual does; b"" for one that terminals have no bytes for.

    application: the program has asked for arrows of its own kind (ESC O A).
    """
    *modifiers, name = key.split("+") if not key.endswith("++") else (*key[:-2].split("+"), "+")
    if key in _PLAIN:
        return _PLAIN[key]
    if "alt" in modifiers:
        rest = "+".join(modifier for modifier in modifiers if modifier != "alt")
        inner = sent(f"{rest}+{name}" if rest else name, character)
        if len(inner) == 1:
            return b"\x1b" + inner
    code = 1 + sum(_MODIFIERS.get(modifier, 0) for modifier in modifiers)
    if found := _special(name, code, application=application):
        return found
    if character is not None and len(character) == 1:
        return character.encode()
    if modifiers == ["ctrl"] and len(name) == 1 and name.isascii() and name.isalpha():
        return bytes([ord(name.upper()) & 0x1F])
    upper = "shift" in modifiers
    return (name.upper() if upper else name).encode() if len(name) == 1 else b""


def _special(name: str, code: int, *, application: bool) -> bytes:
    """Arrows and function keys. code: 1 and what the modifiers add to it."""
    with_code = b";%d" % code if code > 1 else b""
    if name in _ARROWS:
        if with_code:
            return b"\x1b[1" + with_code + _ARROWS[name]
        return (b"\x1bO" if application else b"\x1b[") + _ARROWS[name]
    if name in _TILDE:
        return b"\x1b[" + _TILDE[name] + with_code + b"~"
    if name in _FIRST:
        return b"\x1b[1" + with_code + _FIRST[name] if with_code else b"\x1bO" + _FIRST[name]
    return b""


def pasted(text: str, *, bracketed: bool) -> bytes:
    """A paste as typing: lines end as Enter does; bracketed, its end cannot be forged from inside."""
    data = text.replace("\r\n", "\r").replace("\n", "\r").encode("utf-8", "replace")
    if not bracketed:
        return data
    return b"\x1b[200~" + data.replace(b"\x1b[201~", b"") + b"\x1b[201~"
