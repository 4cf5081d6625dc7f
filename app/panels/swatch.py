"""A class's colour as a small square, in combo boxes and in tables, where a selection must not tint it."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from inference.results.annotation import Colour

_SIDE_PX = 14
RIM = "#808890"
"""Stands out from the panels of both themes (3.5:1 and more), as black does not from the dark one."""


@lru_cache(maxsize=256)
def swatch(colour: Colour) -> QIcon:
    """The square with its rim, twice as fine as shown for screens of twice the density."""
    pixmap = QPixmap(2 * _SIDE_PX, 2 * _SIDE_PX)
    pixmap.fill(QColor(RIM))
    painter = QPainter(pixmap)
    painter.fillRect(pixmap.rect().adjusted(2, 2, -2, -2), QColor(*colour))
    painter.end()
    pixmap.setDevicePixelRatio(2)
    icon = QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected, QIcon.Mode.Disabled):
        icon.addPixmap(pixmap, mode)
    return icon


class SwatchDelegate(QStyledItemDelegate):
    """Draws the colour that the model answers as decoration."""

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        colour = index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(colour, QColor):
            option.icon = swatch((colour.red(), colour.green(), colour.blue()))
            option.decorationSize = QSize(_SIDE_PX, _SIDE_PX)
