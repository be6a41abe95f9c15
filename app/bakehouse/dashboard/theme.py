"""Colour by role, never by value: five ways to show the same roles, and what widgets ask for a style.

dark, light and contrast are RGB; `ansi` uses the slots 0 to 6 and 8 of a terminal with 16 colours and its own ground;
`mono` (NO_COLOR) says everything with bold, dim, underline and reverse.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from rich.style import Style
from textual.theme import Theme

DARK = {
    "background": "#161513", "surface": "#1b1a18", "panel": "#23211e", "border": "#3f3b36", "track": "#5d574f",
    "text": "#e8e3da", "muted": "#aea697", "gutter": "#9a9285", "accent": "#8abbe3", "ok": "#94c47d",
    "running": "#68c5bb", "paused": "#ffb938", "paused_solid": "#ffb938", "on_paused": "#241800",
    "paused_band": "#33260f", "failed": "#f47f7a", "failed_band": "#371d1c", "skipped": "#b7a0d0",
    "warning": "#d8cc74", "selection": "#282d33", "accent_solid": "#8abbe3", "on_accent": "#0e1a24",
    "add": "#a6d492", "add_band": "#1e2919", "remove": "#f6a09b", "remove_band": "#341e1c", "dim": "#5f594f",
    "shade": "#0f0e0d",
}  # fmt: skip
LIGHT = {
    "background": "#fcfaf6", "surface": "#f6f1e9", "panel": "#ece5da", "border": "#cfc5b6", "track": "#b3a797",
    "text": "#2b2621", "muted": "#625a4f", "gutter": "#6a6154", "accent": "#1d5c97", "ok": "#39691f",
    "running": "#0c6862", "paused": "#875000", "paused_solid": "#ffb938", "on_paused": "#241800",
    "paused_band": "#ffefcf", "failed": "#b3261e", "failed_band": "#fbe5e2", "skipped": "#6a4b8b",
    "warning": "#6f5a00", "selection": "#dfe8ef", "accent_solid": "#1d5c97", "on_accent": "#ffffff",
    "add": "#2a5c18", "add_band": "#e6f3de", "remove": "#a0211a", "remove_band": "#fce7e4", "dim": "#b0a697",
    "shade": "#ffffff",
}  # fmt: skip
CONTRAST = DARK | {
    "background": "#000000", "surface": "#000000", "shade": "#000000", "panel": "#161616", "border": "#8c8c8c",
    "track": "#8c8c8c",
    "text": "#ffffff", "muted": "#d4d4d4", "gutter": "#c4c4c4", "accent": "#9fd0ff", "ok": "#a4e388",
    "running": "#7fe6da", "paused": "#ffc233", "paused_solid": "#ffc233", "failed": "#ff9f99", "skipped": "#d4c0f5",
    "warning": "#f2e78c", "selection": "#1c2e40", "accent_solid": "#9fd0ff", "add": "#a4e388", "remove": "#ff9f99",
}  # fmt: skip
ANSI = {
    "border": "bright_black", "track": "bright_black", "accent": "cyan", "ok": "green", "running": "cyan",
    "paused": "yellow", "paused_solid": "yellow", "on_paused": "black", "failed": "red", "skipped": "magenta",
    "warning": "yellow", "accent_solid": "cyan", "on_accent": "black", "add": "green", "remove": "red",
    "dim": "bright_black",
}  # fmt: skip
GROUNDS = ("background", "surface", "panel", "shade")
BANDS = ("selection", "paused_band", "failed_band", "add_band", "remove_band", "paused_solid", "accent_solid")
WORDS = ("text", "muted", "gutter", "accent", "ok", "running", "paused", "failed", "skipped", "warning")
_ANSI_VARIABLES = {"ansi-background": "ansi_black", "ansi-foreground": "ansi_white"}
_DIM = frozenset({"muted", "gutter", "border", "track", "dim"})
_STRONG = frozenset({"accent", "running", "failed", "paused"})
_REVERSED = frozenset({"paused_solid", "accent_solid"})


@dataclass(frozen=True)
class Palette:
    """What widgets ask for a style. mode: rgb, ansi or mono. dimmed: an overlay lies above."""

    name: str
    mode: str
    colors: Mapping[str, str]
    dark: bool = True
    dimmed: bool = False
    _cache: dict[tuple[str, str, bool, bool, bool], Style] = field(default_factory=dict, repr=False, compare=False)

    @property
    def plain_ground(self) -> bool:
        """Whether grounds cannot tell regions apart, so that seams are drawn."""
        return self.mode != "rgb"

    def under_overlay(self) -> Palette:
        """The same, turned to `dim`."""
        return replace(self, dimmed=True, _cache={})

    def style(
        self, role: str = "text", on: str = "background", *, bold: bool = False, underline: bool = False,
        keep: bool = False,
    ) -> Style:  # fmt: skip
        """The style of words in `role` on the ground `on`. keep: no overlay dims it (the badge)."""
        key = (role, on, bold, underline, keep)
        found = self._cache.get(key)
        if found is None:
            dimmed = self.dimmed and not keep
            if dimmed:
                role, bold, on = "dim", False, "panel" if on in BANDS else "background"
            found = self._cache[key] = self._make(role, on, bold, underline)
        return found

    def _make(self, role: str, on: str, bold: bool, underline: bool) -> Style:
        if self.mode == "mono":
            return Style(bold=bold or role in _STRONG, dim=role in _DIM, underline=underline, reverse=on in _REVERSED)
        if self.mode == "ansi":
            bold = bold or role in ("accent", "paused")
            return Style(
                color=self.colors.get(role, "default"),
                bgcolor=self.colors[on] if on in _REVERSED else "default",
                bold=bold,
                dim=role in ("muted", "gutter"),
                underline=underline,
            )
        return Style(color=self.colors[role], bgcolor=self.colors[on], bold=bold, underline=underline)

    def textual_theme(self) -> Theme:
        """The same roles for Textual's own styles."""
        if self.mode != "rgb":
            return Theme(
                name=self.name, primary="ansi_cyan", foreground="ansi_default", background="ansi_default",
                surface="ansi_default", panel="ansi_default", boost="ansi_default", ansi=True,
                variables=_ANSI_VARIABLES,
            )  # fmt: skip
        color = self.colors
        return Theme(
            name=self.name, primary=color["accent"], secondary=color["skipped"], accent=color["accent"],
            warning=color["warning"], error=color["failed"], success=color["ok"], foreground=color["text"],
            background=color["background"], surface=color["surface"], panel=color["panel"], dark=self.dark,
            variables={role.replace("_", "-"): value for role, value in color.items()},
        )  # fmt: skip


PALETTES = {
    palette.name: palette
    for palette in (
        Palette("bakehouse-dark", "rgb", DARK),
        Palette("bakehouse-light", "rgb", LIGHT, dark=False),
        Palette("bakehouse-contrast", "rgb", CONTRAST),
        Palette("bakehouse-16", "ansi", ANSI),
        Palette("bakehouse-mono", "mono", {}),
    )
}


def choose(environment: Mapping[str, str] = os.environ) -> Palette:
    """NO_COLOR, then BAKEHOUSE_THEME (`dark`, `light`, `contrast`, `16`, `mono`), then what the terminal can show."""
    if environment.get("NO_COLOR"):
        return PALETTES["bakehouse-mono"]
    wanted = environment.get("BAKEHOUSE_THEME", "")
    named = PALETTES.get(f"bakehouse-{wanted.removeprefix('bakehouse-')}")
    if named is not None:
        return named
    term = environment.get("TERM", "")
    rich = environment.get("COLORTERM", "") in ("truecolor", "24bit") or "256" in term or "direct" in term
    known = rich or any(word in term for word in ("kitty", "alacritty", "ghostty", "foot", "wezterm", "iterm"))
    return PALETTES["bakehouse-dark" if known or not term else "bakehouse-16"]


def luminance(color: str) -> float:
    """Relative luminance of `#rrggbb`, as WCAG 2 defines it."""
    channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21, as WCAG 2 defines it."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
