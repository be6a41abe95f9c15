"""Roles, contrast, and what is left of them without colour."""

from __future__ import annotations

import itertools

import pytest

from bakehouse.dashboard import theme
from bakehouse.dashboard.theme import BANDS, GROUNDS, PALETTES, WORDS, contrast

RGB = [palette for palette in PALETTES.values() if palette.mode == "rgb"]
BAND_WORDS = {
    "paused_solid": ("on_paused",),
    "accent_solid": ("on_accent",),
    "paused_band": ("text", "paused", "muted", "skipped"),
    "failed_band": ("text", "failed", "gutter"),
    "selection": WORDS,
    "add_band": ("text", "add"),
    "remove_band": ("text", "remove"),
}


def pairs() -> list[tuple[str, str]]:
    """Every pair of words and ground that a widget paints."""
    plain = list(itertools.product((*WORDS, "add", "remove"), GROUNDS))
    return plain + [(words, band) for band, all_words in BAND_WORDS.items() for words in all_words]


@pytest.mark.parametrize("palette", RGB, ids=lambda palette: palette.name)
def test_every_pair_of_words_and_ground_can_be_read(palette: theme.Palette) -> None:
    low = {
        pair: round(contrast(palette.colors[pair[0]], palette.colors[pair[1]]), 2)
        for pair in pairs()
        if contrast(palette.colors[pair[0]], palette.colors[pair[1]]) < 4.5
    }
    assert low == {}


def test_contrast_theme_is_at_seven_or_more_on_its_background() -> None:
    colors = PALETTES["bakehouse-contrast"].colors
    assert min(contrast(colors[role], colors["background"]) for role in WORDS) >= 7


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_every_band_of_a_widget_is_a_role_of_every_palette() -> None:
    assert all(set(BANDS) <= set(palette.colors) for palette in RGB)


def test_without_colour_the_badge_and_the_band_are_reversed_and_nothing_has_a_colour() -> None:
    mono = PALETTES["bakehouse-mono"]
    assert mono.style("on_paused", "paused_solid", bold=True).reverse
    assert mono.style("muted").dim
    styles = [mono.style(role, on) for role in WORDS for on in (*GROUNDS, *BANDS)]
    assert all(style.color is None and style.bgcolor is None for style in styles)


def test_sixteen_colours_use_slots_nought_to_six_and_eight() -> None:
    ansi = PALETTES["bakehouse-16"]
    numbers = {
        color.number
        for role in (*WORDS, "border", "track", "dim", "add", "remove", "on_paused", "on_accent")
        for on in (*GROUNDS, *BANDS)
        for color in (ansi.style(role, on).color, ansi.style(role, on).bgcolor)
        if color is not None
    }
    assert numbers - {None} <= {0, 1, 2, 3, 4, 5, 6, 8}


def test_an_overlay_dims_words_and_bands_but_not_the_badge() -> None:
    under = PALETTES["bakehouse-dark"].under_overlay()
    dim = theme.DARK["dim"]
    assert under.style("failed", "failed_band").color.name == dim
    assert under.style("failed", "failed_band").bgcolor.name == theme.DARK["panel"]
    assert under.style("on_paused", "paused_solid", keep=True).bgcolor.name == theme.DARK["paused_solid"]


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({"NO_COLOR": "1", "BAKEHOUSE_THEME": "light"}, "mono"),
        ({"NO_COLOR": "", "TERM": "xterm-256color"}, "dark"),
        ({"BAKEHOUSE_THEME": "light"}, "light"),
        ({"BAKEHOUSE_THEME": "nonsense", "COLORTERM": "truecolor"}, "dark"),
        ({"TERM": "linux"}, "16"),
        ({"TERM": "xterm-kitty"}, "dark"),
    ],
)
def test_choosing_a_palette(environment: dict[str, str], name: str) -> None:
    assert theme.choose(environment).name == f"bakehouse-{name}"
