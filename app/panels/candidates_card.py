"""The card of the candidates: how many, a table of them, and what to do where there is none."""

from __future__ import annotations

from collections.abc import Hashable

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTableView,
    QWidget,
)

from app.panels.card import Card
from app.panels.combo import Combo
from app.panels.list_view import set_up_list
from app.panels.mark_delegate import MarkDelegate
from app.panels.picture_delegate import PictureDelegate
from app.panels.search_field import SearchField
from app.panels.words import count
from app.state.candidate_order import Shown
from app.state.candidate_table import DISTANCE, MARK, SIZE, STABILITY_COLUMNS, CandidateTable
from app.theme import Palette

ROW_PX = 28
STABILITY_PX = 48
MOST_NOTE = 1000
LEAST_ROWS = 5
"""Fewer rows would make a list of candidates a keyhole; the panel scrolls instead."""


class CandidatesCard(Card):
    """Shows a `CandidateTable`; its selection is set from outside.

    Signals:
        rowChosen: the row the user picked.
        shownChosen: which candidates to list, a `Shown`.
        searchGiven: what to search for, at each key.
        noteGiven: what tells the candidates of all slides apart, and the note written on that one.
    """

    rowChosen = Signal(int)
    shownChosen = Signal(object)
    searchGiven = Signal(str)
    noteGiven = Signal(object, str)

    def __init__(self, table: CandidateTable, *, is_open: bool = True) -> None:
        super().__init__("candidates", "Candidates", is_open=is_open)
        self.message = QLabel()
        self.message.setObjectName("caption")
        self.message.setWordWrap(True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.view = QTableView()
        self.view.setModel(table)
        self._marks, self.pictures = MarkDelegate(), PictureDelegate()
        self._set_up_view()
        self.filter = Combo()
        self.filter.setAccessibleName("Which candidates are listed")
        self.filter.setToolTip("Which candidates are listed")
        for shown in Shown:
            self.filter.addItem(shown.value, shown)
        self.filter.activated.connect(lambda place: self.shownChosen.emit(tuple(Shown)[place]))
        self.listed = QLabel()
        self.listed.setObjectName("caption")
        self._filter_row = QWidget()
        line = QHBoxLayout(self._filter_row)
        line.setContentsMargins(8, 0, 8, 4)
        line.addWidget(self.filter)
        line.addStretch(1)
        line.addWidget(self.listed)
        self.search = SearchField("Search number, mark, note, class (Ctrl+F)", most=MOST_NOTE)
        self.search.textChanged.connect(self.searchGiven)
        self.search.returnPressed.connect(self._on_search_done)
        self._search_row = QWidget()
        found = QHBoxLayout(self._search_row)
        found.setContentsMargins(8, 0, 8, 4)
        found.addWidget(self.search)
        self.stability_note = QLabel()
        self.stability_note.setObjectName("caption")
        self.stability_note.setWordWrap(True)
        self.stability_note.setContentsMargins(8, 0, 8, 4)
        self.note = QLineEdit()
        self.note.setAccessibleName("Note on the selected candidate")
        self.note.setPlaceholderText("Note on the selected candidate")
        self.note.setMaxLength(MOST_NOTE)
        self.note.editingFinished.connect(self.give_note)
        self._note_of: Hashable = None
        self._note_row = QWidget()
        around = QHBoxLayout(self._note_row)
        around.setContentsMargins(8, 6, 8, 0)
        around.addWidget(self.note)
        self.content.setSpacing(0)
        for widget in (self._filter_row, self._search_row, self.message, self.stability_note):
            self.content.addWidget(widget)
        self.content.addWidget(self.view, 1)
        self.content.addWidget(self._note_row)
        self.content.setContentsMargins(8, 0, 0, 8)
        self.message.setContentsMargins(8, 0, 8, 4)
        self._table = table
        table.dataChanged.connect(lambda *_: self._show_distances())
        self.show_stability(False, why_not="")

    def _set_up_view(self) -> None:
        view = self.view
        set_up_list(view, name="Candidates", row_px=ROW_PX, least_column_px=36)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        columns = view.horizontalHeader()
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        columns.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        columns.resizeSection(0, 60)
        columns.setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        columns.resizeSection(1, 48)
        columns.setSectionResizeMode(2, QHeaderView.ResizeMode.Fixed)
        columns.resizeSection(2, 64)
        for column in STABILITY_COLUMNS:
            columns.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            columns.resizeSection(column, STABILITY_PX)
        columns.setSectionResizeMode(DISTANCE, QHeaderView.ResizeMode.Fixed)
        columns.resizeSection(DISTANCE, 64)
        view.setColumnHidden(DISTANCE, True)
        view.setItemDelegateForColumn(0, self.pictures)
        view.setItemDelegateForColumn(MARK, self._marks)
        view.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        view.setSortingEnabled(True)
        view.setMinimumHeight(26 + LEAST_ROWS * ROW_PX)
        view.selectionModel().currentRowChanged.connect(self._on_current_row_changed)
        view.clicked.connect(lambda index: self.rowChosen.emit(index.row()))

    def show_stability(self, is_known: bool, *, why_not: str) -> None:
        """Shows the columns on rotation stability where there is something in them; the size makes room for them.

        Args:
            why_not: why what is known of the slide says nothing of these candidates; empty where nothing is known.
        """
        self.stability_note.setText(why_not)
        self.stability_note.setVisible(bool(why_not))
        for column in STABILITY_COLUMNS:
            self.view.setColumnHidden(column, not is_known)
        self.view.setColumnHidden(SIZE, is_known)
        self._show_distances()

    def _show_distances(self) -> None:
        # Beside the columns on rotation stability there is no room for them.
        has_room = not self.view.isColumnHidden(SIZE)
        self.view.setColumnHidden(DISTANCE, not (self._table.has_distances and has_room))

    def show_count(self, *, scanned: bool, highest: float | None, threshold: float, busy: bool) -> None:
        """Says how many there are, or why there is none.

        Args:
            scanned: whether there is a heatmap.
            highest: the highest cell, None where nothing is computed.
            busy: whether the scan still runs.
        """
        rows, shown = self._table.rowCount(), self._table.shown
        total, sought = len(self._table.candidates), self._table.sought
        of_total = "" if rows == total else f" of {count(total)}"
        self.listed.setText(f"{count(rows)}{of_total} ≥ {threshold:.2f}" if total else "")
        if rows:
            text = ""
        elif self._table.candidates and sought:
            among = "" if shown is Shown.ALL else f" among those {shown.value.lower()}"
            text = f"No candidate{among} fits “{sought}”. Esc clears the search."
        elif self._table.candidates and shown is Shown.UNSTABLE and not self._table.has_stability:
            text = "Not known: compute the rotation stability of the whole slide in its card below."
        elif self._table.candidates and shown is not Shown.ALL:
            text = f"No candidate is {shown.value.lower()}."
        elif not scanned:
            text = "Listed here after a scan."
        elif busy:
            text = "Listed here when the scan is done."
        elif highest is None:
            text = "No cell has a value."
        else:
            text = f"No cell reaches the threshold of {threshold:.2f}; the highest is {highest:.2f}."
        self.message.setText(text)
        self.message.setVisible(bool(text))
        self.view.setVisible(bool(rows))
        self._note_row.setVisible(bool(rows))
        for row in (self._filter_row, self._search_row):
            row.setVisible(bool(self._table.candidates))
        if not self._table.candidates:
            self.set_caption("")

    def _on_search_done(self) -> None:
        """Enter goes on to the first that was found."""
        if self._table.rowCount():
            self.view.setFocus()
            self.rowChosen.emit(0)

    def show_progress(self, decided: int, listed: int, *, is_known: bool) -> None:
        """Says how many of the candidates at or above the threshold were decided on."""
        self.set_caption(f"{count(decided)} of {count(listed)} reviewed" if listed and is_known else "")

    def show_note(self, note: str | None, *, of: Hashable, why_not: str) -> None:
        """The selected candidate's note, None where none is selected; `why_not` says why none can be written.

        Words that are being written are given before those of another candidate are shown.

        Args:
            of: tells the candidates of all slides apart.
        """
        if of != self._note_of:
            self.give_note()
        self._note_of = of
        is_written = self.note.isModified()
        self.note.setEnabled(note is not None and (is_written or not why_not))
        self.note.setToolTip(why_not)
        if self.note.text() != (note or "") and not is_written:
            self.note.setText(note or "")

    def give_note(self) -> None:
        """Hands over what is being written, before its candidate is left."""
        if self.note.isModified():
            self.note.setModified(False)
            self.noteGiven.emit(self._note_of, self.note.text())

    def set_palette(self, palette: Palette) -> None:
        super().set_palette(palette)
        self._marks.set_palette(palette)
        self.view.viewport().update()

    def show_selection(self, index: int | None) -> None:
        """Marks a candidate's row as selected and brings it into sight; none where it is not listed."""
        row = None if index is None else self._table.row_of(index)
        selection = self.view.selectionModel()
        with QSignalBlocker(selection):
            if row is None:
                selection.clear()
            else:
                place = self._table.index(row, 0)
                flags = QItemSelectionModel.SelectionFlag
                selection.setCurrentIndex(place, flags.ClearAndSelect | flags.Rows)
                self.view.scrollTo(place)
        self.view.viewport().update()

    def _on_current_row_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        # The arrow keys in the table; a click tells of itself, also on the row that is current already.
        by_hand = QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton
        if current.isValid() and self.view.hasFocus() and not by_hand:
            self.rowChosen.emit(current.row())
