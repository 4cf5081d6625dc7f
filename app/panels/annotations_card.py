"""The card of the annotations: a table of them, and class, name, note and measurements of those selected."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTableView,
    QToolButton,
    QWidget,
)

from app.panels.card import Card
from app.panels.combo import Combo
from app.panels.list_view import set_up_list
from app.panels.search_field import SearchField
from app.panels.swatch import SwatchDelegate, swatch
from app.panels.switch_delegate import SwitchDelegate
from app.panels.words import count
from app.state.annotation_table import CLASS, LOCKED, NAME, SHOWN, SIZE, AnnotationTable
from app.theme import Palette
from inference.results.annotation import UNCLASSIFIED_COLOUR, AnnotationClass

ROW_PX = 26
MOST_TEXT = 1000
MOST_SELECTED_ROWS = 2000
"""More rows than this are not marked one by one: marking them would take longer than the selecting."""
EDIT_TIP = "Name, colour and key of the classes"
EMPTY = "Draw with the tools above the slide, or drop a file of annotations on it."


class AnnotationsCard(Card):
    """Shows an `AnnotationTable`; its selection is set from outside.

    Signals:
        idsChosen: the ids the user picked in the table.
        flightWanted: the id of a row that was double-clicked.
        shownToggled, lockedToggled: the id whose eye or lock was clicked.
        classChosen: for those selected, or for what is drawn next.
        nameGiven, noteGiven: what tells the selections of all slides apart, and the words written on that one.
        classesWanted: the classes shall be edited.
    """

    idsChosen = Signal(object)
    flightWanted = Signal(int)
    shownToggled = Signal(int)
    lockedToggled = Signal(int)
    classChosen = Signal(str)
    nameGiven = Signal(object, str)
    noteGiven = Signal(object, str)
    classesWanted = Signal()

    def __init__(self, *, is_open: bool = True) -> None:
        super().__init__("annotations", "Annotations", is_open=is_open)
        self.table = AnnotationTable()
        self._rows_marked = False
        self._words_of: Hashable = None
        self.message = QLabel(EMPTY)
        self.message.setObjectName("caption")
        self.message.setWordWrap(True)
        self.message.setContentsMargins(8, 0, 8, 4)
        self.classes = Combo()
        self.classes.setAccessibleName("Class")
        self.classes.setToolTip("Class of what is selected and of what is drawn next")
        self.classes.activated.connect(lambda place: self.classChosen.emit(str(self.classes.itemData(place))))
        self.edit = QToolButton()
        self.edit.setText("Edit\u2026")
        self.edit.setToolTip(EDIT_TIP)
        self.edit.clicked.connect(self.classesWanted)
        self.search = SearchField("Search class, name, note", most=MOST_TEXT)
        self.search.textChanged.connect(self.table.seek)
        self.view = QTableView()
        self._swatches = SwatchDelegate()
        self._eyes, self._locks = SwitchDelegate("eye", "eye-off"), SwitchDelegate("lock", "")
        self._set_up_view()
        self.name_field, self.note_field = _field("Name"), _field("Note")
        self.name_field.editingFinished.connect(lambda: self._give(self.name_field, self.nameGiven.emit))
        self.note_field.editingFinished.connect(lambda: self._give(self.note_field, self.noteGiven.emit))
        self.facts = QLabel()
        self.facts.setObjectName("caption")
        self.facts.setWordWrap(True)
        self.facts.setContentsMargins(8, 4, 8, 0)
        self._search_row = _row(self.search)
        self._words = _row(self.name_field, self.note_field)
        self.content.setSpacing(4)
        self.content.setContentsMargins(8, 0, 0, 8)
        for widget in (
            _row(self.classes, self.edit), self.message, self._search_row, self.view, self._words, self.facts,
        ):  # fmt: skip
            self.content.addWidget(widget)
        self.show_rows()

    def show_classes(self, classes: Sequence[AnnotationClass], chosen: str | None) -> None:
        """The classes on offer and the one chosen; None where those selected differ."""
        with QSignalBlocker(self.classes):
            self.classes.clear()
            self.classes.addItem(swatch(UNCLASSIFIED_COLOUR), "No class", "")
            for each in classes:
                key = f"   Ctrl+{each.key}" if each.key else ""
                self.classes.addItem(swatch(each.colour), each.name + key, each.name)
            self.classes.setCurrentIndex(-1 if chosen is None else max(0, self.classes.findData(chosen)))

    def show_rows(self) -> None:
        """Fits the card to how many annotations there are."""
        total, listed = self.table.total, self.table.rowCount()
        self.set_caption(
            "" if not total else count(total) if listed == total else f"{count(listed)} of {count(total)}"
        )
        for widget in (self.view, self._search_row):
            widget.setVisible(total > 0)
        self.message.setVisible(total == 0)
        rows = min(max(listed, 3), 7)
        self.view.setFixedHeight(25 + rows * ROW_PX)

    def show_selected(
        self,
        ids: Sequence[int],
        *,
        of: Hashable,
        name: str | None,
        note: str | None,
        facts: str,
        why_not: str,
        why_no_words: str,
    ) -> None:
        """Marks rows and shows what those selected have in common; None where they differ or none is selected.

        Words that are being written are given before those of another selection are shown.

        Args:
            of: tells the selections of all slides apart.
            why_not: why nothing can be changed; empty if it can.
            why_no_words: why those selected take no name and note.
        """
        if of != self._words_of:
            self.give_words()
        self._words_of = of
        self._words.setVisible(bool(ids))
        self.facts.setVisible(bool(facts))
        self.facts.setText(facts)
        for field, text in ((self.name_field, name), (self.note_field, note)):
            field.setEnabled(field.isModified() or not (why_not or why_no_words))
            field.setToolTip(
                why_not
                or why_no_words
                or ("" if text is not None else "Those selected differ; what you write is for all")
            )
            if not field.isModified() and field.text() != (text or ""):
                field.setText(text or "")
        for widget in (self.classes, self.edit):
            widget.setEnabled(not why_not)
        self.edit.setToolTip(why_not or EDIT_TIP)
        self._mark(ids)

    def show_facts(self, facts: str) -> None:
        """Measurements that were computed in the background."""
        self.facts.setText(facts)
        self.facts.setVisible(bool(facts))

    def give_words(self) -> None:
        """Hands over what is being written, before its annotation is left."""
        self._give(self.name_field, self.nameGiven.emit)
        self._give(self.note_field, self.noteGiven.emit)

    def set_palette(self, palette: Palette) -> None:
        super().set_palette(palette)
        self._eyes.set_palette(palette)
        self._locks.set_palette(palette)
        self.view.viewport().update()

    def _set_up_view(self) -> None:
        view = self.view
        view.setModel(self.table)
        set_up_list(view, name="Annotations", row_px=ROW_PX, least_column_px=24)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        columns = view.horizontalHeader()
        for column, width in ((CLASS, 104), (SIZE, 84), (SHOWN, 24), (LOCKED, 24)):
            columns.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            columns.resizeSection(column, width)
        columns.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        view.setItemDelegateForColumn(CLASS, self._swatches)
        view.setItemDelegateForColumn(SHOWN, self._eyes)
        view.setItemDelegateForColumn(LOCKED, self._locks)
        columns.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        view.setSortingEnabled(True)
        view.selectionModel().selectionChanged.connect(self._on_selection_changed)
        view.clicked.connect(self._on_clicked)
        view.doubleClicked.connect(lambda index: self.flightWanted.emit(self.table.id_at(index.row())))

    def _mark(self, ids: Sequence[int]) -> None:
        rows = [row for row in map(self.table.row_of, ids[:MOST_SELECTED_ROWS]) if row is not None]
        selection = QItemSelection()
        for row in rows:
            selection.select(self.table.index(row, 0), self.table.index(row, LOCKED))
        model, flags = self.view.selectionModel(), QItemSelectionModel.SelectionFlag
        self._rows_marked = True
        model.select(selection, flags.ClearAndSelect)
        self._rows_marked = False
        if len(rows) == 1:
            self.view.scrollTo(self.table.index(rows[0], 0))

    def _on_selection_changed(self) -> None:
        if not self._rows_marked:
            rows = self.view.selectionModel().selectedRows()
            self.idsChosen.emit([self.table.id_at(index.row()) for index in rows])

    def _on_clicked(self, index: QModelIndex) -> None:
        if index.column() == SHOWN:
            self.shownToggled.emit(self.table.id_at(index.row()))
        elif index.column() == LOCKED:
            self.lockedToggled.emit(self.table.id_at(index.row()))

    def _give(self, field: QLineEdit, tell: Callable[[Hashable, str], object]) -> None:
        if field.isModified():
            field.setModified(False)
            tell(self._words_of, field.text())


def _field(words: str) -> QLineEdit:
    field = QLineEdit()
    field.setPlaceholderText(words)
    field.setAccessibleName(words)
    field.setMaxLength(MOST_TEXT)
    return field


def _row(*widgets: QWidget) -> QWidget:
    row = QWidget()
    line = QHBoxLayout(row)
    line.setContentsMargins(8, 0, 8, 0)
    line.setSpacing(6)
    for number, widget in enumerate(widgets):
        line.addWidget(widget, 1 if number == 0 or isinstance(widget, QLineEdit) else 0)
    return row
