"""Regions for every size: they fill the screen, and never overlap."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.geometry import Region

from bakehouse.dashboard.arrange import LEFT, Wants, arrange, form_of


@pytest.mark.parametrize(
    ("width", "height", "form"),
    [
        (39, 24, "too small"), (80, 9, "too small"), (40, 10, "small"), (79, 50, "small"), (120, 23, "small"),
        (80, 24, "narrow"), (119, 40, "narrow"), (120, 40, "normal"), (199, 50, "normal"), (200, 50, "wide"),
    ],
)  # fmt: skip
def test_forms(width: int, height: int, form: str) -> None:
    assert form_of(width, height) == form


sizes = st.tuples(st.integers(40, 260), st.integers(10, 80))
wishes = st.builds(
    Wants,
    builds=st.integers(1, 60),
    steps=st.integers(1, 80),
    paused=st.just(False),
    panes=st.integers(1, 4),
    panel=st.sampled_from(["Builds", "Steps", "Log"]),
    zoomed=st.booleans(),
) | st.builds(
    Wants,
    builds=st.integers(1, 60),
    steps=st.integers(1, 80),
    paused=st.just(True),
    verbs=st.sampled_from([4, 6]),
    panes=st.integers(1, 4),
    panel=st.sampled_from(["Builds", "Steps", "Log", "Pause"]),
    zoomed=st.booleans(),
    review=st.booleans(),
)


@given(sizes, wishes)
def test_regions_lie_on_the_screen_and_never_overlap(size: tuple[int, int], wants: Wants) -> None:
    arrangement = arrange(*size, wants)
    screen = Region(0, 0, *size)
    regions = arrangement.regions
    assert {name: region for name, region in regions.items() if not screen.contains_region(region)} == {}
    assert {name: region for name, region in regions.items() if region.width < 1 or region.height < 1} == {}
    overlapping = [
        (one, other) for one, other in itertools.combinations(regions, 2) if regions[one].overlaps(regions[other])
    ]
    assert overlapping == []


def test_steps_are_visible_first_and_builds_share_the_rest() -> None:
    arrangement = arrange(120, 40, Wants(builds=5, steps=18))
    assert arrangement.build_form == 3
    assert arrangement.regions["steps"].y == 19
    assert arrange(120, 40, Wants(builds=7, steps=18)).build_form == 2
    assert arrange(120, 40, Wants(builds=14, steps=18)).build_form == 1
    crowded = arrange(120, 40, Wants(builds=40, steps=60))
    assert crowded.regions["builds"].height >= 2 + 3


def test_while_paused_the_titles_of_steps_and_log_stand_on_row_twelve() -> None:
    for builds in (1, 5, 40):
        regions = arrange(120, 40, Wants(builds=builds, steps=18, paused=True, verbs=6)).regions
        assert regions["steps"].y == regions["pane0"].y == 12
        assert regions["verbs"] == Region(0, 33, 120, 6)


def test_the_left_column_is_36_wide_and_two_panes_have_81_cells_each_at_200() -> None:
    arrangement = arrange(200, 50, Wants(builds=5, steps=18, panes=4))
    regions = arrangement.regions
    assert regions["builds"].width == LEFT == 36
    assert regions["pane0"].width == 81 and regions["pane1"].width == 82
    assert arrangement.divided == {1, 3}


def test_a_small_paused_screen_has_the_card_and_all_verbs() -> None:
    regions = arrange(60, 20, Wants(builds=5, steps=18, paused=True, verbs=6, panel="Pause")).regions
    assert regions["card"] == Region(0, 4, 60, 9) and regions["verbs"] == Region(0, 13, 60, 6)
    tiny = arrange(40, 10, Wants(builds=5, steps=18, paused=True, verbs=6, panel="Pause")).regions
    assert tiny["card"].height >= 2 and tiny["verbs"].height == 3
