"""What the middle of the window says while no slide is open: what to do, a sample, and the slides opened lately."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from app.icons import icon_of, pixmap_of
from app.panels.sample_offer import SampleOffer
from app.theme import Palette

_DROP_PX = 44
_RECENT_WIDTH = 360


class EmptyState(QWidget):
    """Shown in place of a slide.

    Signals:
        openWanted: the user asks for the file dialog.
        recentChosen: the path of a slide opened before.
    """

    openWanted = Signal()
    recentChosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sign = QLabel()
        self._title = QLabel("Drop slides or a folder here, or press Ctrl+O")
        self._title.setObjectName("emptyTitle")
        hint = QLabel("SVS, NDPI, SCN, MRXS, BIF, DICOM, TIFF and plain images")
        hint.setObjectName("caption")
        self._open = QPushButton("Open slides…")
        self._open.setObjectName("primary")
        self._open.setToolTip("Open one slide or several (Ctrl+O)")
        self._open.clicked.connect(self.openWanted)
        self.sample = SampleOffer()
        self._recent_title = QLabel("Opened lately")
        self._recent_title.setObjectName("caption")
        self._recent = QVBoxLayout()
        self._recent.setSpacing(0)
        centre = Qt.AlignmentFlag.AlignHCenter
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addStretch(3)
        column.addWidget(self._sign, 0, centre)
        column.addWidget(self._title, 0, centre)
        column.addWidget(hint, 0, centre)
        column.addSpacing(8)
        column.addWidget(self._open, 0, centre)
        column.addSpacing(12)
        column.addWidget(self.sample, 0, centre)
        column.addSpacing(24)
        column.addWidget(self._recent_title, 0, centre)
        column.addLayout(self._recent)
        column.addStretch(4)
        self._palette: Palette | None = None
        self._paths: list[Path] = []

    def show_recent(self, paths: Sequence[Path]) -> None:
        """The slides opened lately, the latest first."""
        self._paths = list(paths)
        while (item := self._recent.takeAt(0)) is not None:
            button = item.widget()
            if button is not None:
                button.deleteLater()
        for path in paths:
            self._recent.addWidget(self._recent_button(path), 0, Qt.AlignmentFlag.AlignHCenter)
        self._recent_title.setVisible(bool(paths))

    def set_palette(self, palette: Palette) -> None:
        """Colours of the drawings."""
        self._palette = palette
        ratio = self.devicePixelRatioF()
        self._sign.setPixmap(pixmap_of("drop", palette.text_secondary, ratio=ratio, pixels=_DROP_PX))
        self.show_recent(self._paths)

    def _recent_button(self, path: Path) -> QPushButton:
        name = self.fontMetrics().elidedText(path.name, Qt.TextElideMode.ElideMiddle, _RECENT_WIDTH - 56)
        button = QPushButton(name)
        button.setObjectName("link")
        button.setToolTip(str(path))
        button.setFixedWidth(_RECENT_WIDTH)
        if self._palette is not None:
            ink = self._palette.text_secondary
            button.setIcon(icon_of("slide", normal=ink, disabled=ink))
            button.setIconSize(QSize(16, 16))
        button.clicked.connect(lambda: self.recentChosen.emit(path))
        return button
