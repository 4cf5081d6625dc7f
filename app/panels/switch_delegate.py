"""Columns of switches in a table: an icon for on, a fainter one for off."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from app.icons import pixmap_of
from app.theme import Palette

_ICON_PX = 14


class SwitchDelegate(QStyledItemDelegate):
    """Draws what the model says under `Qt.UserRole`."""

    def __init__(self, on: str, off: str) -> None:
        """`on` and `off` name icons; "" draws none."""
        super().__init__()
        self._on, self._off = on, off
        self._palette: Palette | None = None

    def set_palette(self, palette: Palette) -> None:
        """Colours of the icons."""
        self._palette = palette

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        if self._palette is None:
            return
        is_on = bool(index.data(Qt.ItemDataRole.UserRole))
        name = self._on if is_on else self._off
        if not name:
            return
        colour = self._palette.text_secondary if is_on else self._palette.text_disabled
        pixmap = pixmap_of(name, colour, ratio=option.widget.devicePixelRatioF(), pixels=_ICON_PX)
        painter.drawPixmap(option.rect.center() - QPoint(_ICON_PX // 2 - 1, _ICON_PX // 2 - 1), pixmap)
