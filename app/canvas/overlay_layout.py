"""Where overlays float on the slide view: each in its corner, left out where it would cover another."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize

MARGIN = 14
"""Device-independent px between an overlay and the view's edge, and at least between two overlays."""


def place_overlays(
    view: QSize, *, minimap: QSize | None, legend: QSize | None, scale_bar: QSize | None
) -> dict[str, QRect]:
    """Rectangles by name: minimap top right, legend bottom right, scale bar bottom left.

    An overlay given as None has nothing to show. In a small view the scale bar stays longest (a picture
    without a scale misleads), then the legend, then the minimap.
    """
    corners = {
        "scale_bar": (scale_bar, False, True),
        "legend": (legend, True, True),
        "minimap": (minimap, True, False),
    }
    placed: dict[str, QRect] = {}
    for name, (size, right, bottom) in corners.items():
        if size is None:
            continue
        corner = QPoint(
            view.width() - MARGIN - size.width() if right else MARGIN,
            view.height() - MARGIN - size.height() if bottom else MARGIN,
        )
        rect = QRect(corner, size)
        spaced = rect.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
        inside = QRect(QPoint(0, 0), view).contains(spaced)
        if inside and not any(spaced.intersects(other) for other in placed.values()):
            placed[name] = rect
    return placed
