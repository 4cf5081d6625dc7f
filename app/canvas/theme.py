"""The canvas's own colours and type: what floats on the slide looks the same on every theme."""

from __future__ import annotations

from PySide6.QtGui import QColor, QFont

GROUND = QColor(0x1E, 0x21, 0x24)
"""Around the slide, so that the slide is the only bright thing."""
GLASS = QColor(15, 17, 19, 210)
"""Behind overlays and labels: dark enough for white text on a white slide, yet the slide shows through."""
TEXT = QColor(0xE6, 0xE8, 0xEA)
TEXT_SECONDARY = QColor(0x9A, 0xA2, 0xAA)
"""The theme's secondary grey, lightened until it keeps 4.5:1 on the glass over a white slide."""
ACCENT = QColor(0x18, 0xA0, 0xA8)
MARK = QColor(0x2F, 0xD0, 0xD8)
"""The accent lightened for rings on stained tissue, where the accent itself is too dark a green."""
MARK_RIM = QColor(0x12, 0x2A, 0x2C)
"""Around small marks, so that they are seen on bright glass too."""
MARKS = (MARK, QColor(0x4A, 0xD9, 0x91), QColor(0xF0, 0x50, 0x5C), QColor(0xFF, 0xCF, 0x70))
"""Of candidates that are open, accepted, rejected, undecided."""
CONTOUR = QColor(0xFF, 0xFF, 0xFF)
"""White on a dark rim: seen on every colour of every map, and no probability's own colour."""
GRID = QColor(0, 0, 0, 110)
GRID_RIM = QColor(255, 255, 255, 70)
UNREADABLE_GROUND = QColor(0x3A, 0x3E, 0x43)
UNREADABLE_LINES = QColor(0x8D, 0x95, 0x9D)

RADIUS = 6.0
"""Corner radius of overlays in device-independent px."""
TEXT_PX = 13
CAPTION_PX = 11


def font_of(base: QFont, *, pixels: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """A font of the family in use at a size in device-independent px."""
    font = QFont(base)
    font.setPixelSize(pixels)
    font.setWeight(weight)
    return font
