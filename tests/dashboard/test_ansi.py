"""Untrusted log bytes: what gets through, and how it looks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.dashboard.log import ansi
from bakehouse.dashboard.log.ansi import PLAIN, State
from bakehouse.dashboard.theme import DARK, PALETTES, contrast

DARK_PALETTE = PALETTES["bakehouse-dark"]


def shown(raw: bytes) -> str:
    return "".join(text for text, _ in ansi.parse(raw))


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"plain", "plain"),
        (b"", ""),
        (b"a\x1b[2Jb", "ab"),
        (b"a\x1b[10;10Hb", "ab"),
        (b"\x1b]0;title\x07x", "x"),
        (b"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        (b"\x1bP1$r\x1b\\x", "x"),
        (b"\x1bcx", "x"),
        (b"\x1b(Bx", "x"),
        (b"\x1b[?25lx\x1b[?1049h", "x"),
        (b"unfinished \x1b[", "unfinished "),
        (b"10%\r50%\r100%", "100%"),
        (b"windows\r", "windows"),
        (b"bad \xff\xfe bytes", "bad \ufffd\ufffd bytes"),
        ("wide 构建 ok".encode(), "wide 构建 ok"),
        (b"a\x00\x07\x08b", "ab"),
        ("\u202eevil\u2066".encode(), "evil"),
        ("c1 \x9b2J".encode(), "c1 2J"),
        (b"a\tb", "a       b"),
        (b"\x1b[31mab\x1b[0m\tc", "ab      c"),
    ],
)
def test_only_text_is_left(raw: bytes, text: str) -> None:
    assert shown(raw) == text


@given(st.binary(max_size=200))
def test_no_bytes_bring_a_control_character_to_the_terminal(raw: bytes) -> None:
    assert all(
        character >= " " and character != "\x7f" and not "\x80" <= character < "\xa0" for character in shown(raw)
    )


@pytest.mark.parametrize(
    ("parameters", "state"),
    [
        ("", PLAIN),
        ("0", PLAIN),
        ("1;31", State(fg=1, bold=True)),
        ("94", State(fg=12)),
        ("38;5;196", State(fg="#ff0000")),
        ("38;5;3", State(fg=3)),
        ("38;5;232", State(fg="#080808")),
        ("38;2;1;2;3", State(fg="#010203")),
        ("38:2:1:2:3", State(fg="#010203")),
        ("48;5;21;4", State(bg="#0000ff", underline=True)),
        ("38", PLAIN),
        ("38;5", PLAIN),
        ("999999999999", PLAIN),
        ("7;2", State(reverse=True, dim=True)),
    ],
)
def test_sgr(parameters: str, state: State) -> None:
    assert ansi.advance(PLAIN, parameters) == state


def test_sgr_ends_what_it_began() -> None:
    state = State(fg=1, bg=2, bold=True, underline=True, reverse=True, dim=True)
    assert ansi.advance(state, "22;24;27;39;49") == PLAIN


def test_colours_of_tools_become_roles_in_rgb() -> None:
    style = ansi.style(State(fg=1), DARK_PALETTE, "text", "background")
    assert style.color is not None and style.color.name == DARK["failed"]


@given(
    st.builds(
        State,
        st.one_of(st.none(), st.integers(0, 15), st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)),
        st.one_of(st.none(), st.integers(0, 15), st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)),
        reverse=st.booleans(),
        dim=st.booleans(),
    ),
    st.sampled_from(["bakehouse-dark", "bakehouse-light", "bakehouse-contrast"]),
)
def test_what_a_tool_colours_can_always_be_read(state: State, name: str) -> None:
    style = ansi.style(state, PALETTES[name], "text", "background")
    assert style.color is not None and style.bgcolor is not None
    words, ground = style.color.name, style.bgcolor.name
    best = max(contrast(PALETTES[name].colors[role], ground) for role in ("text", "background"))
    assert contrast(words, ground) >= min(4.5, best)


def test_under_an_overlay_colours_go() -> None:
    under = DARK_PALETTE.under_overlay()
    assert ansi.style(State(fg=1), under, "text", "background") == under.style("text")
