"""The card of the candidates: how many, a table of them, and what to do where there is none."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLabel, QTableView

from app.panels.card import Card
from app.panels.words import count
from app.state.candidate_table import CandidateTable

ROW_PX = 28
LEAST_ROWS = 5
"""Fewer rows would make a list of candidates a keyhole; the panel scrolls instead."""


class CandidatesCard(Card):
    """Shows a `CandidateTable`; its selection is set from outside.

    Signals:
        candidateChosen: the row the user picked.
    """

    candidateChosen = Signal(int)

    def __init__(self, table: CandidateTable, *, is_open: bool = True) -> None:
        super().__init__("candidates", "Candidates", is_open=is_open)
        self.message = QLabel()
        self.message.setObjectName("caption")
        self.message.setWordWrap(True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.view = QTableView()
        self.view.setModel(table)
        self._set_up_view()
        self.content.addWidget(self.message)
        self.content.addWidget(self.view, 1)
        self.content.setContentsMargins(8, 0, 0, 8)
        self.message.setContentsMargins(8, 0, 8, 4)
        self._table = table

    def _set_up_view(self) -> None:
        view = self.view
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setTabKeyNavigation(False)
        view.setAccessibleName("Candidates")
        rows = view.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(ROW_PX)
        columns = view.horizontalHeader()
        columns.setHighlightSections(False)
        columns.setSectionsClickable(False)
        columns.setMinimumSectionSize(36)
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        columns.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        columns.resizeSection(0, 44)
        columns.setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        columns.resizeSection(1, 52)
        view.setMinimumHeight(26 + LEAST_ROWS * ROW_PX)
        view.selectionModel().currentRowChanged.connect(self._on_current_row_changed)
        view.clicked.connect(lambda index: self.candidateChosen.emit(index.row()))

    def show_count(self, *, scanned: bool, highest: float | None, threshold: float, busy: bool) -> None:
        """Says how many there are, or why there is none.

        Args:
            scanned: whether there is a heatmap.
            highest: the highest cell, None where nothing is computed.
            busy: whether the scan still runs.
        """
        rows = self._table.rowCount()
        self.set_caption(f"{count(rows)} ≥ {threshold:.2f}" if rows else "")
        if rows:
            text = ""
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

    def show_selection(self, row: int | None) -> None:
        """Marks a row as selected and brings it into sight."""
        selection = self.view.selectionModel()
        with QSignalBlocker(selection):
            if row is None or row >= self._table.rowCount():
                selection.clear()
            else:
                index = self._table.index(row, 0)
                flags = QItemSelectionModel.SelectionFlag
                selection.setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
                self.view.scrollTo(index)
        self.view.viewport().update()

    def _on_current_row_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        # The arrow keys in the table; a click tells of itself, also on the row that is current already.
        by_hand = QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton
        if current.isValid() and self.view.hasFocus() and not by_hand:
            self.candidateChosen.emit(current.row())
