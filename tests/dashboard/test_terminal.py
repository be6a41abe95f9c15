"""A terminal in a pane: what programs show, what keys send, and that every key but one is the program's."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual.events import Key

from bakehouse.dashboard.log.ansi import State
from bakehouse.dashboard.terminal import emulator
from bakehouse.dashboard.terminal import keys as key_bytes
from bakehouse.dashboard.terminal.emulator import Engine
from bakehouse.dashboard.terminal.input import AltKeys
from bakehouse.errors import Disconnected, Refused
from bakehouse.record import events
from support.dashboard import opened, text, until
from support.scenes import DOCKER, LXD, paused
from support.session import FakeStream


def engine(rows: int = 4, columns: int = 12) -> Engine:
    made = emulator.make(rows, columns)
    assert made is not None
    return made


def shown(terminal: Engine) -> list[str]:
    return ["".join(piece for piece, _ in row) for row in terminal.rows()]


def test_colours_come_out_as_the_log_has_them() -> None:
    terminal = engine()
    terminal.feed(b"\x1b[1;31mred\x1b[0m \x1b[38;5;208mo\x1b[48;2;1;2;3mr\x1b[7mx")
    (red, plain, orange, on_blue, inverse, rest) = terminal.rows()[0]
    assert red == ("red", State(fg=1, bold=True)) and plain == (" ", State())
    assert orange == ("o", State(fg="#ff8700")) and on_blue == ("r", State(fg="#ff8700", bg="#010203"))
    assert inverse[1].reverse and rest == ("     ", State())


def test_the_alternate_screen_goes_and_leaves_what_was_there() -> None:
    terminal = engine()
    terminal.feed(b"$ vi\r\n\x1b[?1049h\x1b[2J\x1b[Hpage")
    assert shown(terminal)[0] == "page        "
    terminal.feed(b"\x1b[?1049l")
    assert shown(terminal)[0] == "$ vi        "


def test_characters_cut_between_two_pieces_and_wide_ones_keep_their_place() -> None:
    terminal = engine()
    data = "漢字|é".encode()
    terminal.feed(data[:2])
    terminal.feed(data[2:7])
    terminal.feed(data[7:])
    assert shown(terminal)[0] == "漢字|é" + " " * 6
    assert terminal.cursor == (0, 6, True)


@pytest.mark.parametrize("character", ["\u202e", "\u200b", "\u0301", "\ue000", "\x85", "\xad"])
def test_what_would_reorder_or_move_a_row_never_reaches_the_screen(character: str) -> None:
    terminal = engine()
    terminal.feed(f"a{character}b".encode())
    row = shown(terminal)[0]
    assert character not in row
    assert all(piece.isprintable() for piece in row)


@pytest.mark.parametrize(
    ("asked", "answered"),
    [(b"ab\x1b[6n", b"\x1b[1;3R"), (b"\x1b[5n", b"\x1b[0n"), (b"\x1b[c", b"\x1b[?6c"), (b"\x1b[>c", b"\x1b[>0;0;0c")],
)
def test_questions_are_answered_once_however_they_are_cut(asked: bytes, answered: bytes) -> None:
    for cut in range(len(asked)):
        terminal = engine()
        terminal.feed(asked[:cut])
        terminal.feed(asked[cut:])
        terminal.feed(b"more")
        assert terminal.replies == answered


def test_the_cursor_is_told_where_it_was_when_it_was_asked_for() -> None:
    terminal = engine(4, 80)
    terminal.feed(b"\x1b[999C\x1b[6n\x1b[H\x1b[6n")
    assert terminal.replies == b"\x1b[1;80R\x1b[1;1R"


def test_modes_are_known() -> None:
    terminal = engine()
    terminal.feed(b"\x1b[?20")
    terminal.feed(b"04h\x1b[?1h\x1b[?25l")
    assert terminal.brackets_paste and terminal.cursor_keys and not terminal.cursor.visible
    terminal.feed(b"\x1b[?2004l\x1b[?1l")
    assert not terminal.brackets_paste and not terminal.cursor_keys


@pytest.mark.parametrize(
    ("key", "character", "data"),
    [
        ("a", "a", b"a"), ("A", "A", b"A"), ("space", " ", b" "), ("enter", "\r", b"\r"), ("tab", "\t", b"\t"),
        ("shift+tab", None, b"\x1b[Z"), ("backspace", "\x7f", b"\x7f"), ("escape", "\x1b", b"\x1b"),
        ("ctrl+c", "\x03", b"\x03"), ("ctrl+p", None, b"\x10"), ("ctrl+q", None, b"\x11"),
        ("ctrl+backslash", None, b"\x1c"), ("ctrl+@", None, b"\0"), ("up", None, b"\x1b[A"), ("home", None, b"\x1b[H"),
        ("ctrl+right", None, b"\x1b[1;5C"), ("shift+up", None, b"\x1b[1;2A"), ("delete", None, b"\x1b[3~"),
        ("pageup", None, b"\x1b[5~"), ("f1", None, b"\x1bOP"), ("f5", None, b"\x1b[15~"), ("f12", None, b"\x1b[24~"),
        ("alt+b", "b", b"\x1bb"), ("alt+left", None, b"\x1b[1;3D"), ("plus", "+", b"+"), ("é", "é", "é".encode()),
        ("unknown_key", None, b""),
    ],
)  # fmt: skip
def test_keys_are_sent_as_a_terminal_does(key: str, character: str | None, data: bytes) -> None:
    assert key_bytes.sent(key, character) == data


@pytest.mark.parametrize(
    ("typed", "data"),
    [("\x1b:", b"\x1b:"), ("\x1b.", b"\x1b."), ("\x1bB", b"\x1bB"), ("\x1b\r", b"\x1b\r")],
)
def test_no_alt_is_lost_between_the_terminal_and_the_program(typed: str, data: bytes) -> None:
    parser = AltKeys()
    keys = [key for key in [*parser.feed(typed), *parser.feed("")] if isinstance(key, Key)]
    assert b"".join(key_bytes.sent(key.key, key.character) for key in keys) == data


def test_arrows_are_sent_as_the_application_asked_for_them() -> None:
    assert key_bytes.sent("up", None, application=True) == b"\x1bOA"


def test_a_paste_cannot_end_itself() -> None:
    assert key_bytes.pasted("a\nb\x1b[201~\r\nc", bracketed=True) == b"\x1b[200~a\rb\rc\x1b[201~"
    assert key_bytes.pasted("a\nb", bracketed=False) == b"a\rb"


async def test_every_key_but_one_goes_to_the_shell(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    scene.session.answer = lambda sent: 77
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("!")
        await until(pilot, lambda: app.main.shell.active and "root@machine:/#" in text(app)[5])
        rows = text(app)
        assert rows[2][37:].startswith(" ▮▮ web.docker.debian paused at 4 install-nginx")
        assert rows[4][37:].startswith("┌ Shell root in web.docker.debian ─") and rows[4].endswith(" ctrl+] leaves ┐")
        assert rows[38][37:].startswith("└ recorded   ⚑ the image is now tainted: a shell was opened ─")
        assert rows[38].endswith(" 81 x 33 ─┘")
        assert rows[39].startswith(
            " All keys go to the shell.   ctrl+] leaves it open and comes back here   exit closes"
        )
        assert rows[12].startswith(" Steps")
        stream = scene.session.streams[77]
        await pilot.press("ctrl+p", "ctrl+q", "ctrl+c", "tab", "question_mark", "c", "A", "escape", "up", "l")
        await until(pilot, lambda: stream.typed == b"\x10\x11\x03\t?cA\x1b\x1b[Al")
        assert [sent.verb for sent in scene.session.sent] == ["shell"] and not app.covered
        await pilot.press("ctrl+right_square_bracket")
        await until(pilot, lambda: "You left the shell open after" in text(app)[39])
        scene.saved(DOCKER, 4, 1)
        await until(pilot, lambda: "The shell that you left open has ended." in text(app)[39])
        assert stream.closed and any("What next?" in row for row in text(app))
        await pilot.press("question_mark")
        assert app.covered


async def test_a_shell_that_was_left_is_come_back_to(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    scene.session.tell(events.SpanStarted("shell", "shell", by="mara"), DOCKER, 77)
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("!")
        await until(pilot, lambda: app.main.shell.active and 77 in scene.session.streams)
        assert not scene.session.sent
        scene.session.streams[77].output.put_nowait(b"\x1b[6n")
        await until(pilot, lambda: scene.session.streams[77].typed)
        assert scene.session.streams[77].typed.endswith(b"R")


async def test_what_was_typed_before_leaving_still_goes(tmp_path: Path) -> None:
    class Slow(FakeStream):
        async def write(self, data: bytes) -> None:
            await asyncio.sleep(0)
            await super().write(data)

    scene = paused(tmp_path)
    scene.session.answer = lambda sent: 77
    scene.session.streams[77] = Slow()
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("!")
        await until(pilot, lambda: app.main.shell.active)
        for letter in "typed at speed":
            app.main.shell.typed(letter.encode())
        app.main.shell.left()
        await until(pilot, lambda: not app.main.shell.active)
        assert scene.session.streams[77].typed == b"typed at speed"


async def test_questions_of_the_past_are_not_answered_again(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    scene.session.tell(events.SpanStarted("shell", "shell", by="mara"), DOCKER, 77)
    stream = scene.session.streams[77] = FakeStream()
    stream.output = type(stream.output)()
    stream.output.put_nowait(b"replay \x1b[6n# ")
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("!")
        await until(pilot, lambda: app.main.shell.active and any("replay # " in row for row in text(app)))
        await pilot.press("x")
        await until(pilot, lambda: stream.typed)
        assert stream.typed == b"x"


async def test_the_end_of_the_shell_comes_back(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    scene.session.answer = lambda sent: 77
    async with opened(scene, (80, 24)) as (app, pilot):
        await pilot.press("!")
        await until(pilot, lambda: app.main.shell.active and "root@machine:/#" in text(app)[5])
        assert " 80 x 17 " in text(app)[22]
        await pilot.press(*"exit", "enter")
        await until(pilot, lambda: "The shell ended after" in text(app)[23])
        assert not app.main.shell.active


async def test_a_new_size_reaches_the_program(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    scene.session.answer = lambda sent: 77
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("!")
        await until(pilot, lambda: app.main.shell.active and app.main.shell.size.width)
        await pilot.resize_terminal(150, 50)
        await until(pilot, lambda: (43, 111) in scene.session.streams[77].sizes)
        assert any(" 111 x 43 ─┘" in row for row in text(app))


async def test_who_goes_to_another_build_leaves_the_shell(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    scene.session.answer = lambda sent: 77
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("!")
        await until(pilot, lambda: app.main.shell.active)
        app.main.select(LXD)
        await until(pilot, lambda: not app.main.shell.active)
        assert app.model.selected == LXD and scene.session.streams[77].closed


@pytest.mark.parametrize(
    ("error", "said"),
    [(Refused("There is no shell 77."), "There is no shell 77"), (Disconnected("gone"), "socket went away")],
)
async def test_a_stream_that_fails_is_said(tmp_path: Path, error: Exception, said: str) -> None:
    class Failing(FakeStream):
        async def read(self) -> bytes:
            raise error

    scene = paused(tmp_path)
    scene.session.answer = lambda sent: 77
    scene.session.streams[77] = Failing()
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("!")
        await until(pilot, lambda: said in text(app)[39])
        assert not app.main.shell.active


@pytest.mark.parametrize("palette", ["light", "contrast", "16", "mono"])
async def test_it_is_readable_in_every_palette(tmp_path: Path, palette: str) -> None:
    scene = paused(tmp_path)
    scene.session.answer = lambda sent: 77
    async with opened(scene, (120, 40), palette=palette, ascii=palette == "mono") as (app, pilot):
        await pilot.press("!")
        await until(pilot, lambda: app.main.shell.active and "root@machine:/#" in text(app)[5])
        if palette == "mono":
            assert text(app)[4][37:].startswith("+ Shell root in web.docker.debian -")
