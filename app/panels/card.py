"""A card of the side panel: a heading that folds its body away."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.icons import pixmap_of
from app.theme import Palette

_CHEVRON_PX = 14


class Card(QWidget):
    """Title at the left, a caption at the right, the body below.

    Signals:
        folded: whether the card is open now.
    """

    folded = Signal(bool)

    def __init__(self, name: str, title: str, *, is_open: bool = True) -> None:
        super().__init__()
        self.name = name
        self.setObjectName("card")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._palette: Palette | None = None
        self._header = QToolButton()
        self._header.setObjectName("cardHeader")
        self._header.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._header.setFixedHeight(36)
        self._header.setAccessibleName(title)
        self._header.clicked.connect(self._on_header_clicked)
        self._chevron = QLabel()
        self._title = QLabel(title)
        self._title.setObjectName("cardTitle")
        self._caption = QLabel()
        self._caption.setObjectName("cardCaption")
        line = QHBoxLayout(self._header)
        line.setContentsMargins(16, 0, 8, 0)
        line.setSpacing(6)
        line.addWidget(self._title)
        line.addStretch(1)
        line.addWidget(self._caption)
        line.addWidget(self._chevron)
        for label in (self._title, self._caption, self._chevron):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.body = QWidget()
        self.content = QVBoxLayout(self.body)
        self.content.setContentsMargins(16, 0, 8, 12)
        self.content.setSpacing(8)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 1)
        outer.setSpacing(0)
        outer.addWidget(self._header)
        outer.addWidget(self.body)
        self._is_open = is_open
        self._show_fold()

    @property
    def is_open(self) -> bool:
        """Whether the body is shown."""
        return self._is_open

    def set_open(self, is_open: bool) -> None:
        """Unfolds or folds the card."""
        if is_open != self._is_open:
            self._is_open = is_open
            self._show_fold()
            self.folded.emit(is_open)

    def set_caption(self, text: str) -> None:
        """The short text at the right of the title."""
        self._caption.setText(text)

    def set_palette(self, palette: Palette) -> None:
        """Colours of what is drawn by hand."""
        self._palette = palette
        self._show_fold()

    def _on_header_clicked(self) -> None:
        self.set_open(not self._is_open)

    def _show_fold(self) -> None:
        self.body.setVisible(self._is_open)
        self._header.setToolTip("Fold this card" if self._is_open else "Unfold this card")
        if self._palette is not None:
            name = "chevron-down" if self._is_open else "chevron-right"
            ratio = self.devicePixelRatioF()
            self._chevron.setPixmap(
                pixmap_of(name, self._palette.text_secondary, ratio=ratio, pixels=_CHEVRON_PX)
            )
