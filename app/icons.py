"""The program's own icons: SVG drawings of one stroke width, painted in the colour asked for."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

import resources

ICON_PX = 18
ICONS_FOLDER = Path(resources.__file__).parent / "icons"
_RATIOS = (1.0, 2.0)
"""Drawn for ordinary and for fine screens; Qt scales between them."""


def icon_names() -> list[str]:
    """The names of all icons."""
    return sorted(path.stem for path in ICONS_FOLDER.glob("*.svg"))


def pixmap_of(name: str, colour: str, *, ratio: float = 1.0, pixels: int = ICON_PX) -> QPixmap:
    """An icon as a picture of `pixels` device-independent px. Raises FileNotFoundError for an unknown name."""
    drawing = (ICONS_FOLDER / f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", colour)
    side = round(pixels * ratio)
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(drawing.encode())).render(painter, QRectF(0, 0, side, side))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def icon_of(name: str, *, normal: str, disabled: str) -> QIcon:
    """An icon in the colours of enabled and disabled text."""
    icon = QIcon()
    for ratio in _RATIOS:
        icon.addPixmap(pixmap_of(name, normal, ratio=ratio), QIcon.Mode.Normal)
        icon.addPixmap(pixmap_of(name, disabled, ratio=ratio), QIcon.Mode.Disabled)
    return icon


def brand_icon(ground: str, ink: str) -> QIcon:
    """The window's icon: the candidates' ring on the accent colour."""
    side = 64
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(QColor(ground))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawRoundedRect(QRectF(0, 0, side, side), 14, 14)
    painter.drawPixmap(12, 12, pixmap_of("candidates", ink, pixels=40))
    painter.end()
    return QIcon(pixmap)
