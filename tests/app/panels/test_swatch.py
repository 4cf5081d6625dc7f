"""A class's colour can be seen on panels of its own colour."""

from __future__ import annotations

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from app.panels.swatch import RIM, swatch
from app.theme import DARK, LIGHT, contrast


def test_black_and_white_have_a_rim_that_stands_out_from_both_themes(qapp: QApplication) -> None:
    for colour in ((0, 0, 0), (255, 255, 255)):
        image = swatch(colour).pixmap(14, 14).toImage()
        assert image.pixelColor(image.rect().center()) == QColor(*colour)
        assert image.pixelColor(0, image.height() // 2) == QColor(RIM)
    for palette in (DARK, LIGHT):
        for ground in (palette.panel, palette.hover):
            assert contrast(RIM, ground) >= 2.5
