"""The slide tray: the slides of this session, each with its picture, its name and one status chip."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.panels.words import percent
from app.state.run_state import Run, RunPhase
from app.state.slide_entry import SlideEntry

TRAY_PX = 188
PICTURE = QSize(154, 64)
"""Inside of an entry; low, so that a dozen slides fit a laptop's screen."""


def chip_of(run: Run) -> tuple[str, str]:
    """(text, weight) of the chip that says how a slide stands."""
    match run.phase:
        case RunPhase.STARTING:
            return "starting", "warn"
        case RunPhase.RUNNING:
            return f"scanning {percent(run.part_done)}", "warn"
        case RunPhase.DONE:
            return "scanned", "good"
        case RunPhase.CANCELLED:
            return "cancelled", ""
        case RunPhase.FAILED:
            return "failed", "bad"
    return "not scanned", ""


class TrayEntry(QFrame):
    """One slide of the tray.

    Signals:
        chosen: its path.
    """

    chosen = Signal(object)

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.setObjectName("trayEntry")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.path = path
        self._image: QImage | None = None
        self._picture = QLabel()
        self._picture.setFixedHeight(PICTURE.height())
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._name = QLabel()
        self._name.setToolTip(str(path))
        self._name.setText(
            self.fontMetrics().elidedText(path.stem, Qt.TextElideMode.ElideMiddle, PICTURE.width() - 4)
        )
        self._chip = QLabel()
        self._chip.setObjectName("chip")
        self.setAccessibleName(path.stem)
        chips = QHBoxLayout()
        chips.addWidget(self._chip)
        chips.addStretch(1)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(8, 8, 8, 8)
        inside.setSpacing(6)
        inside.addWidget(self._picture)
        inside.addWidget(self._name)
        inside.addLayout(chips)

    def show_entry(self, entry: SlideEntry, *, current: bool) -> None:
        """Shows how the slide stands."""
        text, weight = chip_of(entry.run)
        self._chip.setText(text)
        self.setAccessibleDescription(text)
        if entry.thumbnail is not None and entry.thumbnail is not self._image:
            self._image = entry.thumbnail
            self._picture.setPixmap(_cropped(entry.thumbnail, PICTURE, ratio=self.devicePixelRatioF()))
        _set_and_polish(self._chip, "weight", weight)
        _set_and_polish(self, "current", "true" if current else "false")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.chosen.emit(self.path)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Space):
            self.chosen.emit(self.path)
        else:
            super().keyPressEvent(event)


class Tray(QWidget):
    """Shows the session's slides.

    Signals:
        slideChosen: the path of the slide to show.
    """

    slideChosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("tray")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(TRAY_PX)
        self._entries: dict[Path, TrayEntry] = {}
        self._title = QLabel()
        self._title.setObjectName("trayTitle")
        self._title.setContentsMargins(12, 12, 12, 8)
        inside = QWidget()
        inside.setObjectName("trayList")
        self._list = QVBoxLayout(inside)
        self._list.setContentsMargins(8, 0, 8, 8)
        self._list.setSpacing(8)
        self._list.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 1, 0)
        outer.setSpacing(0)
        outer.addWidget(self._title)
        outer.addWidget(scroll, 1)

    def show_entries(self, entries: Sequence[SlideEntry], *, current: SlideEntry | None) -> None:
        """Shows the slides in the order given."""
        self._title.setText(f"SLIDES · {len(entries)}" if entries else "SLIDES")
        for path in set(self._entries) - {entry.path for entry in entries}:
            self._entries.pop(path).deleteLater()
        for number, entry in enumerate(entries):
            if entry.path not in self._entries:
                added = TrayEntry(entry.path)
                added.chosen.connect(self.slideChosen)
                self._entries[entry.path] = added
                self._list.insertWidget(number, added)
            self._entries[entry.path].show_entry(entry, current=entry is current)


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
