"""The banner: what the user should know, in quiet rows on the slide; each can be put away."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.icons import icon_of, pixmap_of
from app.state.notices import Notice, Weight

# On the dark glass both themes use the dark theme's colours.
_INK = {Weight.NOTE: "#9aa2aa", Weight.WARNING: "#ffcf70", Weight.ERROR: "#f0838b"}
_ICONS = {Weight.NOTE: "note", Weight.WARNING: "warning", Weight.ERROR: "error"}
MAX_ROWS = 4
"""More would cover the slide; the rest shows as rows are put away."""


class Banner(QWidget):
    """Shows notices, errors first.

    Signals:
        dismissed: the notice that was put away.
        acted: the notice whose button was pressed.
        resized: its height may have changed.
    """

    dismissed = Signal(object)
    acted = Signal(object)
    resized = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._notices: tuple[Notice, ...] = ()
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(6)
        self.hide()

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What is shown."""
        return self._notices

    def show_notices(self, notices: Sequence[Notice]) -> None:
        """Replaces the rows."""
        order = [Weight.ERROR, Weight.WARNING, Weight.NOTE]
        wanted = tuple(sorted(notices, key=lambda notice: order.index(notice.weight)))[:MAX_ROWS]
        if wanted == self._notices:
            return
        self._notices = wanted
        while (item := self._rows.takeAt(0)) is not None:
            row = item.widget()
            if row is not None:
                row.hide()
                row.deleteLater()
        for notice in wanted:
            row = self._row(notice)
            self._rows.addWidget(row)
            # Qt shows it later by itself: a layout asked for its height before that leaves it out.
            row.show()
        self.setVisible(bool(wanted))
        self.resized.emit()

    def _row(self, notice: Notice) -> QWidget:
        row = QWidget(self)
        row.setObjectName("glass")
        row.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        ink = _INK[notice.weight]
        sign = QLabel()
        sign.setPixmap(pixmap_of(_ICONS[notice.weight], ink, ratio=self.devicePixelRatioF(), pixels=16))
        text = QLabel(notice.text)
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        # After the policy, in which it notes that the height follows from the width.
        text.setWordWrap(True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        line = QHBoxLayout(row)
        line.setContentsMargins(10, 6, 6, 6)
        line.setSpacing(8)
        top = Qt.AlignmentFlag.AlignTop
        line.addWidget(sign, 0, top)
        line.addWidget(text, 1)
        line.addWidget(self._act(notice) if notice.act else self._away(notice), 0, top)
        return row

    def _act(self, notice: Notice) -> QPushButton:
        act = QPushButton(notice.act)
        act.clicked.connect(lambda: self.acted.emit(notice))
        return act

    def _away(self, notice: Notice) -> QToolButton:
        away = QToolButton()
        away.setIcon(icon_of("close", normal="#9aa2aa", disabled="#9aa2aa"))
        away.setToolTip("Put this message away")
        away.setAccessibleName("Put away")
        away.clicked.connect(lambda: self.dismissed.emit(notice))
        return away
