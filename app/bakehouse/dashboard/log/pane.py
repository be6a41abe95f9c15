"""The log of one build: which, where one stands in it, and what keys and the mouse do to that."""

from __future__ import annotations

from textual import events
from textual.message import Message

from bakehouse.dashboard.log.book import Book, Section
from bakehouse.dashboard.log.rows import TIMES, LogRows
from bakehouse.dashboard.log.view import LogView


class PaneChosen(Message):
    """Somebody pointed at a pane."""

    def __init__(self, pane: LogPane) -> None:
        super().__init__()
        self.pane = pane


class LogPane(LogView):
    """A log that can be moved in."""

    def show(self, key: str) -> None:
        """Show another build's log; where one stood in the log left is remembered."""
        if key == self.key:
            return
        self._books[self.key] = (self.book, self.follow, self.top, self.seen)
        fresh = (Book(self.reader(self.logs / f"{key}.log")), True, 0, 0)
        self.book, self.follow, self.top, self.seen = self._books.pop(key, fresh)
        self.key, self.shift, self.note, self.error = key, 0, "", -1
        self.rows = LogRows(self.look, self.model)
        self.catch_up()

    def forget(self) -> None:
        """Read every log from its beginning again: what was shown of it is no longer so."""
        key, self.key = self.key, ""
        self._books.clear()
        self.show(key)
        self._books.clear()

    def catch_up(self) -> None:
        """Read how far the log goes, and paint what is new of it."""
        if self.key:
            self.book.refresh(self.model.state.spans, self.model.span_order[self.key], follow=self.follow)
        self.repaint()

    # What keys do

    def move(self, by: int) -> None:
        """Scroll by rows; up ends following, down to the end begins it."""
        self.note = ""
        if by < 0 and self.follow:
            self._hold()
        last = max(0, self.book.rows - self._room())
        if not self.follow:
            self.top = max(0, self.top + by)
            if by > 0 and self.top >= last:
                self._end()
        self.repaint()

    def page(self, direction: int) -> None:
        """Half a page."""
        self.move(direction * max(1, self._room() // 2))

    def to_end(self) -> None:
        """Jump to the last line and follow."""
        self.note = ""
        self._end()
        self.catch_up()

    def to_start(self) -> None:
        """Jump to the first line."""
        self._hold()
        self.top, self.note = 0, ""
        self.repaint()

    def toggle_follow(self) -> None:
        """`f`."""
        if self.follow:
            self._hold()
            self.repaint()
        else:
            self.to_end()

    def next_time(self) -> None:
        """`t`: the next way to show times."""
        self.time = TIMES[(TIMES.index(self._manner().time) + 1) % len(TIMES)]
        self.repaint()

    def toggle_wrap(self) -> None:
        """`w`."""
        self.wrap, self.shift = not self.wrap, 0
        self.repaint()

    def sideways(self, by: int) -> None:
        """`h`, `l`: move along lines that are cut."""
        self.shift = max(0, self.shift + by)
        self.repaint()

    def toggle_fold(self, section: Section | None = None) -> None:
        """Fold or unfold a section, by default the one in view at the top."""
        if not self.book.rows:
            return
        section = section or self.book.place(min(self.top, self.book.rows - 1)).section
        if not self.follow and self.book.row_of(section) < self.top:
            self.top = self.book.row_of(section)
        self.book.toggle(section)
        self.repaint()

    def open_step(self, key: str) -> None:
        """Show what a step printed, or what it waits for."""
        build = self.build
        step = build.steps.get(key) if build is not None else None
        if build is None or step is None:
            return
        section = self.book.section_of(step.span) if step.span else None
        if section is None:
            earlier = [s for s in build.steps.values() if s.info.number == step.info.number - 1]
            after = f"Runs after {earlier[0].info.number} {earlier[0].info.title}." if earlier else "Runs first."
            self.note = after if step.status == "waiting" else f"{step.info.title} was not run."
        else:
            self.note = ""
            self._hold()
            self.book.unfold(section.span)
            self.top = self.book.row_of(section)
        self.repaint()

    def _hold(self) -> None:
        if self.follow:
            self.follow, self.seen = False, self.book.total

    def _end(self) -> None:
        self.follow = True

    # The mouse

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three rows up."""
        event.stop()
        self.move(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three rows down."""
        event.stop()
        self.move(3)

    def on_click(self, event: events.Click) -> None:
        """Take the focus."""
        self.post_message(PaneChosen(self))
