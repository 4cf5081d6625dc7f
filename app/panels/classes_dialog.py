"""Edits the classes of a slide's annotations: name, colour, key; new ones, and removing."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QColorDialog,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.panels.combo import Combo
from app.panels.swatch import RIM
from inference.results.annotation import AnnotationClass, Colour, free_colour

KEYS = ("", *"123456789")
MOST_NAME = 100


class ClassesDialog(QDialog):
    """One line a class.

    Signals:
        classesGiven: a tuple of (the `AnnotationClass` before or None, the one after or None).
    """

    classesGiven = Signal(object)

    def __init__(self, classes: Sequence[AnnotationClass], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Classes")
        self._lines: list[_Line] = []
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(8)
        self._problem = QLabel()
        self._problem.setObjectName("caption")
        add = QPushButton("Add class")
        add.setAutoDefault(False)
        add.clicked.connect(lambda: self._add(None).name.setFocus())
        self.accept_button = QPushButton("Use these classes")
        self.accept_button.setObjectName("primary")
        self.accept_button.setDefault(True)
        self.accept_button.clicked.connect(self._finish)
        cancel = QPushButton("Cancel")
        cancel.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addWidget(add)
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.accept_button)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(20, 20, 20, 16)
        outer.setSpacing(12)
        text = QLabel("Annotations of a removed class stay, without a class. Ctrl and the key gives a class.")
        text.setWordWrap(True)
        outer.addWidget(text)
        outer.addLayout(self._grid)
        outer.addWidget(self._problem)
        outer.addLayout(buttons)
        self.setMinimumWidth(460)
        for each in classes:
            self._add(each)
        self._check()

    @property
    def lines(self) -> tuple[_Line, ...]:
        """Those on show."""
        return tuple(each for each in self._lines if not each.is_removed)

    def _add(self, known: AnnotationClass | None) -> _Line:
        line = _Line(known, free_colour(len(self._lines)))
        row = len(self._lines)
        for column, widget in enumerate((line.swatch, line.name, line.key, line.remove)):
            self._grid.addWidget(widget, row, column)
        line.name.textChanged.connect(self._check)
        line.key.currentIndexChanged.connect(self._check)
        line.remove.clicked.connect(self._check)
        self._lines.append(line)
        self._check()
        return line

    def _check(self, *_: object) -> None:
        names = [each.name.text().strip() for each in self.lines]
        keys = [each.key.currentText() for each in self.lines if each.key.currentData()]
        problem = (
            "Every class needs a name."
            if "" in names
            else "Two classes have the same name."
            if len(set(names)) < len(names)
            else "Two classes have the same key."
            if len(set(keys)) < len(keys)
            else ""
        )
        self._problem.setText(problem)
        self.accept_button.setEnabled(not problem)

    def _finish(self) -> None:
        changes = [(each.known, each.value()) for each in self._lines]
        self.classesGiven.emit(tuple((old, new) for old, new in changes if old != new))
        self.accept()


class _Line:
    """The widgets of one class."""

    def __init__(self, known: AnnotationClass | None, colour: Colour) -> None:
        self.known = known
        self.is_removed = False
        self._colour = known.colour if known is not None else colour
        self.swatch = QToolButton()
        self.swatch.setFixedSize(28, 28)
        self.swatch.setAccessibleName("Colour")
        self.swatch.setToolTip("Choose the colour")
        self.swatch.clicked.connect(self._choose_colour)
        self.name = QLineEdit(known.name if known is not None else "")
        self.name.setMaxLength(MOST_NAME)
        self.name.setAccessibleName("Name")
        self.key = Combo()
        self.key.setAccessibleName("Key")
        for key in KEYS:
            self.key.addItem(f"Ctrl+{key}" if key else "no key", key)
        self.key.setCurrentIndex(max(0, self.key.findData(known.key if known is not None else "")))
        self.remove = QToolButton()
        self.remove.setText("Remove")
        self.remove.clicked.connect(self._remove)
        self._show_colour()

    def value(self) -> AnnotationClass | None:
        """What the line says, None once it was removed."""
        if self.is_removed:
            return None
        return AnnotationClass(self.name.text().strip(), self._colour, str(self.key.currentData()))

    def _choose_colour(self) -> None:
        colour = QColorDialog.getColor(QColor(*self._colour), self.swatch.window(), "Colour of the class")
        if colour.isValid():
            self._colour = (colour.red(), colour.green(), colour.blue())
            self._show_colour()

    def _show_colour(self) -> None:
        self.swatch.setStyleSheet(
            f"background: {QColor(*self._colour).name()}; border: 1px solid {RIM}; border-radius: 6px;"
        )

    def _remove(self) -> None:
        self.is_removed = True
        for widget in (self.swatch, self.name, self.key, self.remove):
            widget.setVisible(False)
