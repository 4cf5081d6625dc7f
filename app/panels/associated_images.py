"""The label and macro images of a slide: a button, and the images once it was pressed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

PICTURE_PX = 308
SHOW, HIDE = "Show label and macro", "Hide label and macro"


class AssociatedImages(QWidget):
    """Hidden until asked for, and hidden again when another slide comes.

    Signals:
        wanted: the user asks for the images.
    """

    wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.button = QPushButton(SHOW)
        self.button.setToolTip("They may show a name or a number; they are never exported")
        self.button.clicked.connect(self._on_clicked)
        self._pictures = QVBoxLayout()
        self._pictures.setSpacing(4)
        self._is_shown = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.button)
        column.addLayout(self._pictures)

    @property
    def pictures(self) -> tuple[QLabel, ...]:
        """What is shown, names and images in turn."""
        return tuple(self.findChildren(QLabel))

    def reset(self, *, available: bool) -> None:
        """Hides the images; the button is there where a slide has some."""
        self._is_shown = False
        while (item := self._pictures.takeAt(0)) is not None:
            label = item.widget()
            if label is not None:
                label.setParent(None)
                label.deleteLater()
        self.button.setText(SHOW)
        self.setVisible(available)

    def show_images(self, images: Sequence[tuple[str, QImage]]) -> None:
        """Shows images with their names."""
        self.reset(available=True)
        self._is_shown = True
        self.button.setText(HIDE)
        ratio = self.devicePixelRatioF()
        for name, image in images:
            caption = QLabel(name.capitalize())
            caption.setObjectName("caption")
            side = round(PICTURE_PX * ratio)
            pixmap = QPixmap.fromImage(
                image.scaled(
                    side, side, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
                )
            )
            pixmap.setDevicePixelRatio(ratio)
            picture = QLabel()
            picture.setPixmap(pixmap)
            picture.setAccessibleName(f"The slide's {name} image")
            self._pictures.addWidget(caption)
            self._pictures.addWidget(picture)

    def _on_clicked(self) -> None:
        if self._is_shown:
            self.reset(available=True)
        else:
            self.wanted.emit()
