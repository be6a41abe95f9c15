"""A layout that a screen decides by itself: it names the region of each of its widgets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from textual.geometry import NULL_OFFSET, Region, Size, Spacing
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget


@runtime_checkable
class Regions(Protocol):
    """Met by the screens here."""

    def regions(self, size: Size) -> Mapping[str, Region]:
        """Regions by widget id; a widget without one is not shown."""


class RegionLayout(Layout):
    """Puts every child where its screen wants it."""

    name = "regions"

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        """As `textual.layout.Layout`."""
        if not isinstance(parent, Regions):
            return []
        regions = parent.regions(size)
        return [
            WidgetPlacement(regions[str(child.id)], NULL_OFFSET, Spacing(), child, 0)
            for child in children
            if child.id in regions
        ]
