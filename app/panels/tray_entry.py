"""One slide in the tray: picture, name, chip, and a cross that takes it off the list."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QEnterEvent, QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from app.icons import icon_of
from app.panels.tray_row import TrayRow

PICTURE = QSize(154, 64)
"""Inside of an entry; low, so that a dozen slides fit a laptop's screen."""
_CROSS_PX = 20


class TrayEntry(QFrame):
    """Shows a `TrayRow`.

    Signals:
        chosen: the user wants to see the slide.
        scanWanted: to scan it, or to take it out of the queue.
        removeWanted: to take it off the list.
        stepWanted: the arrow keys go to the entry above (-1) or below (1).
    """

    chosen = Signal()
    scanWanted = Signal()
    removeWanted = Signal()
    stepWanted = Signal(int)

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.setObjectName("trayEntry")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.path = path
        self._row: TrayRow | None = None
        self._shown_picture: QImage | None = None
        self._picture = QLabel()
        self._picture.setObjectName("trayPicture")
        self._picture.setFixedHeight(PICTURE.height())
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._name = QLabel()
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        self._chip = QLabel()
        self._chip.setObjectName("chip")
        self.setAccessibleName(path.stem)
        self.cross = QToolButton(self)
        self.cross.setObjectName("trayCross")
        self.cross.setFixedSize(_CROSS_PX, _CROSS_PX)
        # On dark glass over the picture, so the same in both themes.
        self.cross.setIcon(icon_of("close", normal="#e6e8ea", disabled="#e6e8ea"))
        self.cross.setIconSize(QSize(12, 12))
        self.cross.setToolTip("Take this slide off the list; its file and results stay (Del)")
        self.cross.setAccessibleName(f"Take {path.stem} off the list")
        self.cross.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.cross.setCursor(Qt.CursorShape.ArrowCursor)
        self.cross.clicked.connect(self.removeWanted)
        self.cross.hide()
        chips = QHBoxLayout()
        chips.addWidget(self._chip)
        chips.addStretch(1)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(8, 8, 8, 8)
        inside.setSpacing(6)
        inside.addWidget(self._picture)
        inside.addWidget(self._name)
        inside.addLayout(chips)
        self.cross.move(8 + PICTURE.width() - _CROSS_PX - 2, 10)
        self.cross.raise_()

    @property
    def chip(self) -> str:
        """What the chip says."""
        return self._chip.text()

    def show_row(self, row: TrayRow) -> None:
        """Shows how the slide stands."""
        if row == self._row:
            return
        self._row = row
        self._chip.setText(row.chip)
        self.setAccessibleDescription(row.problem or row.chip)
        self.setToolTip(f"{row.path}\n{row.problem}" if row.problem else str(row.path))
        if row.picture is not None and row.picture is not self._shown_picture:
            self._shown_picture = row.picture
            self._picture.setPixmap(_cropped(row.picture, PICTURE, ratio=self.devicePixelRatioF()))
        elif row.picture is None:
            self._picture.setText("no picture" if row.problem else "\u2026")
        _set_and_polish(self._chip, "weight", row.weight)
        _set_and_polish(self, "current", "true" if row.is_current else "false")
        self._elide()

    def menu(self) -> QMenu:
        """What can be done with the slide."""
        menu = QMenu(self)
        menu.addAction("Show").triggered.connect(self.chosen)
        queued = self._row is not None and self._row.is_queued
        menu.addAction("Take out of the queue" if queued else "Scan").triggered.connect(self.scanWanted)
        menu.addSeparator()
        menu.addAction("Take off the list").triggered.connect(self.removeWanted)
        return menu

    def _elide(self) -> None:
        room = PICTURE.width() - 2
        self._name.setText(
            self._name.fontMetrics().elidedText(self.path.stem, Qt.TextElideMode.ElideMiddle, room)
        )

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "_name"):
            self._elide()

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.cross.show()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.cross.hide()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        _set_and_polish(self, "focused", "true")

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        _set_and_polish(self, "focused", "false")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.chosen.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Space:
                self.chosen.emit()
            case Qt.Key.Key_Delete:
                self.removeWanted.emit()
            case Qt.Key.Key_Up:
                self.stepWanted.emit(-1)
            case Qt.Key.Key_Down:
                self.stepWanted.emit(1)
            case _:
                super().keyPressEvent(event)


def _cropped(image: QImage, size: QSize, *, ratio: float) -> QPixmap:
    """The middle of a picture, filling a box."""
    width, height = round(size.width() * ratio), round(size.height() * ratio)
    scaled = image.scaled(
        width,
        height,
        Qt.AspectRatioMode.KeepAspectRatioByExpanding,
        Qt.TransformationMode.SmoothTransformation,
    )
    x, y = (scaled.width() - width) // 2, (scaled.height() - height) // 2
    pixmap = QPixmap.fromImage(scaled.copy(x, y, width, height))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def _set_and_polish(widget: QWidget, name: str, value: str) -> None:
    """Sets a property that the style sheet selects by; the style is asked again only if it changed."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
