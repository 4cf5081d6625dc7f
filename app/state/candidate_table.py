"""The candidates at or above the threshold as a table, quick for thousands of rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from inference.results.candidates import Candidate
from inference.slides.frames import Mpp

Index = QModelIndex | QPersistentModelIndex
COLUMNS = ("#", "prob.", "x", "y", "size")
LENGTHS = (2, 3, 4)
"""Columns with a unit, which stands in the heading."""
TOOLTIPS = (
    "Rank, the most probable first",
    "Tumour probability of the candidate's cell",
    "Place across from the slide's left edge",
    "Place down from the slide's top edge",
    "Longer side of the connected area at or above the threshold",
)
NO_INDEX = QModelIndex()


class CandidateTable(QAbstractTableModel):
    """Rows are candidates by falling probability; lengths in mm, or in px while the resolution is unknown."""

    def __init__(self) -> None:
        super().__init__()
        self._candidates: tuple[Candidate, ...] = ()
        self._sizes_l0: NDArray[np.float64] = np.zeros((0, 2))
        self._mpp: Mpp | None = None

    def show(
        self, candidates: Sequence[Candidate], sizes_l0: NDArray[np.float64], *, mpp: Mpp | None
    ) -> None:
        """Replaces the rows; `sizes_l0` (candidates, 2) in level-0 px.

        Rows that stay keep their place: a threshold only lengthens or shortens the list, so selection and scroll
        position survive it.
        """
        old, new = len(self._candidates), len(candidates)
        same = min(old, new)
        if self._candidates[:same] != tuple(candidates[:same]):
            self.beginResetModel()
            self._take(candidates, sizes_l0, mpp)
            self.endResetModel()
            return
        if new > old:
            self.beginInsertRows(NO_INDEX, old, new - 1)
            self._take(candidates, sizes_l0, mpp)
            self.endInsertRows()
        elif new < old:
            self.beginRemoveRows(NO_INDEX, new, old - 1)
            self._take(candidates, sizes_l0, mpp)
            self.endRemoveRows()
        else:
            self._take(candidates, sizes_l0, mpp)
        if same:
            self.dataChanged.emit(self.index(0, 0), self.index(same - 1, len(COLUMNS) - 1))

    def _take(self, candidates: Sequence[Candidate], sizes_l0: NDArray[np.float64], mpp: Mpp | None) -> None:
        unit_changed = (self._mpp is None) != (mpp is None)
        self._candidates, self._sizes_l0, self._mpp = tuple(candidates), sizes_l0, mpp
        if unit_changed:
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, LENGTHS[0], LENGTHS[-1])

    def candidate(self, row: int) -> Candidate:
        """The candidate of a row."""
        return self._candidates[row]

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._candidates)

    def columnCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(index.row(), index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ToolTipRole:
            point = self._candidates[index.row()].point_l0
            return f"Level-0 pixel {point.x:.0f}, {point.y:.0f}. Click to go there; J and K walk the list."
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            unit = "px" if self._mpp is None else "mm"
            return f"{COLUMNS[section]}, {unit}" if section in LENGTHS else COLUMNS[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return TOOLTIPS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _text(self, row: int, column: int) -> str:
        candidate = self._candidates[row]
        if column == 0:
            return str(candidate.index + 1)
        if column == 1:
            return f"{candidate.probability:.2f}"
        if column == 2:
            return self._length(candidate.point_l0.x, axis=0)
        if column == 3:
            return self._length(candidate.point_l0.y, axis=1)
        width, height = self._sizes_l0[row]
        axis = 0 if width >= height else 1
        return self._length(float(max(width, height)), axis=axis)

    def _length(self, length_l0: float, *, axis: int) -> str:
        """A length along an axis in the heading's unit."""
        if self._mpp is None:
            return f"{length_l0:.0f}"
        return f"{length_l0 * (self._mpp.x, self._mpp.y)[axis] / 1000:.2f}"
