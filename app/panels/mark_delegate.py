"""The column of marks: a coloured dot and the word, so that no mark is told by its colour alone."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from app.theme import Palette
from inference.results.case_records import Review

SHORT = {
    Review.OPEN: "open",
    Review.ACCEPTED: "acc.",
    Review.REJECTED: "rej.",
    Review.UNDECIDED: "und.",
}
"""Where the columns on rotation stability leave no room for the word."""
_BESIDE_PX = 44
"""Dot, gap and padding of a cell."""
_DOT_PX = 8
_ICON_PX = 12


class MarkDelegate(QStyledItemDelegate):
    """Gives each row of the column the dot of its mark, which the model names in words."""

    def __init__(self) -> None:
        super().__init__()
        self._icons: dict[str, QIcon] = {}

    def set_palette(self, palette: Palette) -> None:
        """Colours of the dots."""
        self._icons = {
            Review.OPEN: _dot(palette.text_secondary),
            Review.ACCEPTED: _dot(palette.good),
            Review.REJECTED: _dot(palette.bad),
            Review.UNDECIDED: _dot(palette.warn),
        }

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        icon = self._icons.get(index.data())
        if icon is not None:
            longest = max(map(option.fontMetrics.horizontalAdvance, SHORT))
            if longest + _BESIDE_PX > option.rect.width():
                # All of them, so that one column speaks one language.
                option.text = SHORT[index.data()]
            option.icon = icon
            option.decorationSize = QSize(_ICON_PX, _ICON_PX)
            option.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration


def _dot(colour: str) -> QIcon:
    """Twice as fine as shown, for screens of twice the density."""
    pixmap = QPixmap(2 * _ICON_PX, 2 * _ICON_PX)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    edge = _ICON_PX - _DOT_PX
    painter.drawEllipse(QRectF(edge, edge, 2 * _DOT_PX, 2 * _DOT_PX))
    painter.end()
    pixmap.setDevicePixelRatio(2)
    return QIcon(pixmap)
