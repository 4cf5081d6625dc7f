"""The overlays of a slide view together: made, placed, shown and hidden."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from app.canvas.legend import Legend
from app.canvas.minimap import Minimap
from app.canvas.overlay import Overlay
from app.canvas.overlay_layout import place_overlays
from app.canvas.scale_bar import ScaleBar
from app.state.viewport import Viewport
from inference.slides.frames import Mpp


class Overlays:
    """Minimap, legend and scale bar on a parent widget."""

    def __init__(self, parent: QWidget) -> None:
        self.minimap = Minimap(parent)
        self.legend = Legend(parent)
        self.scale_bar = ScaleBar(parent)
        self._wanted = True
        self._left_out: frozenset[str] = frozenset()

    def set_wanted(self, wanted: bool) -> None:
        """Whether the user wants to see them; `place` then shows or hides them."""
        self._wanted = wanted

    def leave_out(self, *names: str) -> None:
        """Those of "minimap", "legend" and "scale_bar" that another view shows for this one; `place` hides them."""
        self._left_out = frozenset(names)

    def show_viewport(self, viewport: Viewport, mpp: Mpp | None) -> None:
        """Lets minimap and scale bar follow the view."""
        self.minimap.set_view(viewport.corners_l0)
        self.scale_bar.set_um_per_view(None if mpp is None else mpp.mean * viewport.downsample)

    def place(self, view: QSize) -> None:
        """Puts those with something to show in their corners and hides the others."""
        named: dict[str, Overlay] = {
            "minimap": self.minimap,
            "legend": self.legend,
            "scale_bar": self.scale_bar,
        }
        sizes = {
            name: overlay.sizeHint()
            if self._wanted and name not in self._left_out and overlay.has_content()
            else None
            for name, overlay in named.items()
        }
        places = place_overlays(
            view, minimap=sizes["minimap"], legend=sizes["legend"], scale_bar=sizes["scale_bar"]
        )
        for name, overlay in named.items():
            if name in places:
                overlay.setGeometry(places[name])
            overlay.setVisible(name in places)
