"""The first column of the candidates: a small picture and the rank; pictures are asked for as rows come into sight."""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from inference.slides.frames import PointL0

SIDE_PX = 24
MOST_PICTURES = 4000
"""Of 48 x 48 px: 37 MB."""


class PictureDelegate(QStyledItemDelegate):
    """Keeps pictures by the place that the model answers under `Qt.UserRole`.

    Signals:
        missing: a `PointL0` on show whose picture is not there.
    """

    missing = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._pictures: OrderedDict[PointL0, QImage] = OrderedDict()

    def clear(self) -> None:
        """Forgets all, as of another slide."""
        self._pictures.clear()

    def has(self, point_l0: PointL0) -> bool:
        """Whether a place's picture is there."""
        return point_l0 in self._pictures

    def put(self, point_l0: PointL0, picture: QImage) -> None:
        """A place's picture; a null one says that there is none."""
        self._pictures[point_l0] = picture
        while len(self._pictures) > MOST_PICTURES:
            self._pictures.popitem(last=False)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        point_l0 = index.data(Qt.ItemDataRole.UserRole)
        picture = self._pictures.get(point_l0)
        if picture is None:
            self.missing.emit(point_l0)
        elif not picture.isNull():
            left, top = option.rect.left() + 2, option.rect.center().y() - SIDE_PX // 2 + 1
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(QRect(left, top, SIDE_PX, SIDE_PX), picture)
