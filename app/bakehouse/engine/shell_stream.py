"""The terminal of a shell: one program at one end, any number of people at the other, and what was shown last.

Both ends are joined in memory: a communicator brings the PTY that its machine needs, so one of the engine's own in
between would only translate line ends twice. People come and go, and the program does not notice.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable

from bakehouse.engine.ports import ShellTerminal
from bakehouse.errors import Refused

BUFFER = 1 << 20
"""Bytes that wait for somebody who does not read; beyond that the oldest are dropped, and never the machine slowed."""
SCROLL_BACK = 1 << 16
"""Bytes of what was shown that are shown again to who comes back."""
LARGEST = 1000
"""Rows or columns of a terminal."""
_SCREEN = re.compile(rb"\x1b\[\?(?:1049|1047|47)([hl])")
_QUESTIONS = re.compile(
    rb"\x1b\[[?>=]?[\d;]*[cn]|\x1b\[\??[\d;]*\$p|\x1b\[1[1-9]t|\x1b\[>\d*q|\x1bZ|\x05"
    rb"|\x1b\][\d;]+;\?(?:\x07|\x1b\\)|\x1bP[+$]q[^\x1b]*\x1b\\"
)
"""What makes a terminal answer: shown again, the answer would be typed into a program that no longer asks."""


class _Bytes:
    """A queue of bytes with an end."""

    def __init__(self) -> None:
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._ended = False
        self._news = asyncio.Event()

    def put(self, data: bytes) -> None:
        if not data or self._ended:
            return
        self._pieces.append(data)
        self._size += len(data)
        while self._size > BUFFER and len(self._pieces) > 1:
            self._size -= len(self._pieces.popleft())
        self._news.set()

    def end(self) -> None:
        self._ended = True
        self._news.set()

    async def get(self) -> bytes:
        while not self._pieces:
            if self._ended:
                return b""
            self._news.clear()
            await self._news.wait()
        data = b"".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        return data


class ScrollBack:
    """The last of what was shown, SCROLL_BACK bytes of it."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self._cut = False
        self._screen = b""

    def add(self, data: bytes) -> None:
        """Take what was shown."""
        self._kept += data
        if len(self._kept) > 2 * SCROLL_BACK:
            self._trim()

    def fresh(self) -> bytes:
        """What came before anybody was there, as it came."""
        return self.again() if self._cut else bytes(self._kept)

    def again(self) -> bytes:
        """What to show to somebody who comes back: whole lines, and on the other screen if the program is there."""
        self._trim()
        shown = bytes(self._kept)
        if self._cut:
            shown = self._screen + shown[shown.find(b"\n") + 1 :]
        return _QUESTIONS.sub(b"", shown)

    def _trim(self) -> None:
        over = len(self._kept) - SCROLL_BACK
        if over > 0:
            gone = bytes(self._kept[:over])
            for switch in _SCREEN.finditer(gone):
                self._screen = switch[0] if switch[1] == b"h" else b""
            del self._kept[:over]
            self._cut = True


class ShellStream(ShellTerminal):
    """`Terminal` for the communicator is `self`; `enter` gives a person's end. rows, columns: of who types."""

    def __init__(self, rows: int, columns: int) -> None:
        self.rows = _size(rows)
        self.columns = _size(columns)
        self.exit_status: int | None = None
        self.seen = False
        self._typed = _Bytes()
        self._scroll_back = ScrollBack()
        self._resized: list[Callable[[int, int], None]] = []
        self._people: list[Person] = []
        self._hand: Person | None = None

    async def read(self) -> bytes:
        return await self._typed.get()

    def write(self, data: bytes) -> None:
        self._scroll_back.add(data)
        for person in self._people:
            person.show(data)

    def on_resize(self, callback: Callable[[int, int], None]) -> None:
        self._resized.append(callback)

    def finish(self, exit_status: int) -> None:
        self.exit_status = exit_status
        self._typed.end()
        for person in self._people:
            person.end()

    @property
    def ended(self) -> bool:
        """Whether the program is over."""
        return self.exit_status is not None

    @property
    def free(self) -> bool:
        """Whether nobody types into it."""
        return self._hand is None

    def enter(self, *, watch: bool = False) -> Person:
        """Somebody comes (back). watch: to look only. Raises Refused if somebody else types into it."""
        if not watch and self._hand is not None:
            raise Refused("Somebody is in this shell already.", code="invalid")
        person = Person(self)
        person.show(self._scroll_back.again() if self.seen else self._scroll_back.fresh())
        self._people.append(person)
        if not watch:
            person.back = self.seen
            self._hand = person
            self.seen = True
        if self.ended:
            person.end()
        return person

    def leave(self, person: Person) -> None:
        """It goes; the program stays."""
        self.let_go(person)
        if person in self._people:
            self._people.remove(person)
        person.end()

    def take(self, person: Person) -> bool:
        """Whether `person` may type: whoever asks while nobody else does."""
        if self._hand is None and person in self._people:
            self._hand = person
        return self._hand is person

    def let_go(self, person: Person) -> None:
        """It types no more."""
        if self._hand is person:
            self._hand = None

    def type(self, data: bytes) -> None:
        """Give it to the program."""
        self._typed.put(data)

    def resize(self, rows: int, columns: int, *, redraw: bool) -> None:
        """Tell the program. redraw: so that it draws its screen anew even if the size is the same."""
        steps = [(rows, columns)]
        if redraw and (rows, columns) == (self.rows, self.columns):
            steps.insert(0, (rows, max(1, columns - 1)))
        for size in steps:
            self.rows, self.columns = size
            for callback in self._resized:
                callback(*size)


class Person:
    """A person's end (`bakehouse.session.host.PtyStream`). back: the program was left, and has to draw anew."""

    def __init__(self, stream: ShellStream) -> None:
        self.back = False
        self._stream = stream
        self._shown = _Bytes()

    @property
    def exit_status(self) -> int | None:
        return self._stream.exit_status

    async def read(self) -> bytes:
        return await self._shown.get()

    def write(self, data: bytes) -> None:
        if self._stream.take(self):
            self._stream.type(data)

    def resize(self, rows: int, columns: int) -> None:
        if self._stream.take(self):
            back, self.back = self.back, False
            self._stream.resize(_size(rows), _size(columns), redraw=back)

    def let_go(self) -> None:
        self._stream.let_go(self)

    def close(self) -> None:
        self._stream.leave(self)

    def show(self, data: bytes) -> None:
        """The program showed it."""
        self._shown.put(data)

    def end(self) -> None:
        """Nothing more comes."""
        self._shown.end()


def _size(number: int) -> int:
    return min(max(1, number), LARGEST)
