"""A combo box with the program's own chevron, saying where it cuts long names, and ignoring the wheel unless in use."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QWheelEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter

from app.icons import pixmap_of

_CHEVRON_PX = 14
_RIGHT_PX = 8
"""Right of the chevron."""
_GAP_PX = 10
"""Left of the chevron: the style sheet's padding."""
_ICON_GAP_PX = 4
"""Right of an icon, as Qt has it."""
_LEFT_PX = 9
"""Left of the text, as the style sheet has it."""


class Combo(QComboBox):
    """Scrolling the side panel never changes a choice by accident."""

    def __init__(self, *, elided: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> None:
        """Args:
        elided: where a name too long for the box is cut.
        """
        super().__init__()
        self._elided = elided
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @property
    def shown_text(self) -> str:
        """The current text, cut where the box is too narrow for it."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        room = self.width() - _LEFT_PX - _CHEVRON_PX - _RIGHT_PX - _GAP_PX
        if not option.currentIcon.isNull():
            room -= option.iconSize.width() + _ICON_GAP_PX
        # A text with a fraction of a pixel would be cut at its own width.
        if option.fontMetrics.horizontalAdvance(option.currentText) <= room:
            return str(option.currentText)
        return option.fontMetrics.elidedText(option.currentText, self._elided, room)

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        option.currentText = self.shown_text
        styled = QStylePainter(self)
        styled.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        styled.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        styled.end()
        role = QPalette.ColorRole.ButtonText
        colour = self.palette().color(role).name()
        pixmap = pixmap_of("chevron-down", colour, ratio=self.devicePixelRatioF(), pixels=_CHEVRON_PX)
        painter = QPainter(self)
        painter.drawPixmap(self.width() - _CHEVRON_PX - _RIGHT_PX, (self.height() - _CHEVRON_PX) // 2, pixmap)
        painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
