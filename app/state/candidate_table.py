"""The candidates at or above the threshold as a table, filtered and sorted, quick for a hundred thousand rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from app.state.candidate_order import Shown, replaced_part, shown_order
from app.state.candidate_search import Classes, found
from app.state.review_marks import REVIEWS
from inference.results.candidates import Candidate
from inference.slides.frames import Mpp

Index = QModelIndex | QPersistentModelIndex
COLUMNS = ("#", "prob.", "size", "mark", "mean", "std", "low", "ann.")
PROBABILITY, SIZE, MARK, MEAN, STD, LOW, DISTANCE = 1, 2, 3, 4, 5, 6, 7
STABILITY_COLUMNS = (MEAN, STD, LOW)
TOOLTIPS = (
    "Rank, the most probable first. Click to sort",
    "Tumour probability of the candidate's cell. Click to sort",
    "Longer side of the connected area at or above the threshold. Click to sort",
    "What you decided: Enter accepts, Delete rejects, U leaves it undecided. Click to sort",
    "Mean of the cell's probability over the turns. Click to sort",
    "Standard deviation of the cell's probability over the turns. Click to sort",
    "Lower bound: mean less two standard deviations. Click to sort",
    "Distance to the nearest annotation, 0 inside one. Click to sort",
)
NO_INDEX = QModelIndex()


class CandidateTable(QAbstractTableModel):
    """Rows are candidates, at first by falling probability; sizes in mm, or in px while the resolution is unknown.

    Signals:
        askedChanged: other candidates are asked for, even if the same rows come of it.
    """

    askedChanged = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._candidates: tuple[Candidate, ...] = ()
        self._sizes_l0: NDArray[np.float64] = np.zeros((0, 2))
        self._mpp: Mpp | None = None
        self._codes: NDArray[np.uint8] = np.zeros(0, np.uint8)
        self._stability: NDArray[np.float64] = np.zeros((0, 3))
        self._threshold = 0.5
        self._distances_um: NDArray[np.float64] | None = None
        self._classes = Classes()
        self._notes: Mapping[int, str] = {}
        self._sought = ""
        self._order: NDArray[np.intp] = np.zeros(0, np.intp)
        self._row_of: NDArray[np.intp] = np.zeros(0, np.intp)
        self._shown = Shown.ALL
        self._column, self._descending = 0, False

    def show(
        self,
        candidates: Sequence[Candidate],
        sizes_l0: NDArray[np.float64],
        codes: NDArray[np.uint8],
        *,
        mpp: Mpp | None,
        notes: Mapping[int, str] | None = None,
        stability: NDArray[np.float64] | None = None,
        threshold: float = 0.5,
    ) -> None:
        """Replaces the candidates.

        Args:
            sizes_l0: (candidates, 2) in level-0 px.
            codes: (candidates or more,) their marks as places in `REVIEWS`.
            notes: note by index, for those that have one.
            stability: (candidates, 3) mean, standard deviation and lower bound over the turns, NaN = not known.
            threshold: a candidate whose lower bound is below it is unstable.
        """
        self._threshold = threshold
        known = np.full((len(candidates), 3), np.nan) if stability is None else stability
        same = min(len(self._candidates), len(candidates))
        others = self._candidates[:same] != tuple(candidates[:same])
        unit_changed = (self._mpp is None) != (mpp is None)
        if others:
            # Those of other candidates: wrong until they are computed anew.
            self._distances_um, self._classes = None, Classes()
            self.beginResetModel()
        else:
            # Rows that go must still be answered for until they have gone.
            self._arrange(len(candidates))
        self._stability = known
        self._candidates, self._sizes_l0, self._mpp = tuple(candidates), sizes_l0, mpp
        self._codes, self._notes = codes[: len(candidates)], notes or {}
        if others:
            self._set_order(self._wanted_order())
            self.endResetModel()
        else:
            self._arrange()
        if unit_changed:
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, SIZE, SIZE)

    def set_marks(self, codes: NDArray[np.uint8], notes: Mapping[int, str]) -> None:
        """Other marks of the same candidates; those of fewer candidates are about to be followed by these."""
        if len(codes) < len(self._candidates):
            return
        self._codes, self._notes = codes[: len(self._candidates)], notes
        self._arrange()

    def set_annotated(self, distances_um: NDArray[np.float64] | None, classes: Classes) -> None:
        """How candidates lie to the annotations.

        Args:
            distances_um: from each candidate, listed or not, to the nearest annotation; None while there is none.
            classes: of the annotations they lie in.
        """
        if distances_um is not None or self._distances_um is not None:
            self._distances_um, self._classes = distances_um, classes
            self._arrange()

    @property
    def sought(self) -> str:
        """What is searched for; empty for nothing."""
        return self._sought

    def seek(self, text: str) -> None:
        """Lists those of the candidates shown that fit a search; see `candidate_search`."""
        if text.strip() != self._sought:
            self._sought = text.strip()
            self._arrange()
            self.askedChanged.emit()

    @property
    def has_distances(self) -> bool:
        """Whether distances to annotations are known."""
        return self._distances_um is not None

    @property
    def has_stability(self) -> bool:
        """Whether the rotation stability of any candidate is known."""
        return bool((~np.isnan(self._stability)).any())

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """All at or above the threshold, listed or not."""
        return self._candidates

    @property
    def shown(self) -> Shown:
        """Which candidates are listed."""
        return self._shown

    def set_shown(self, shown: Shown) -> None:
        """Lists all candidates or those of one mark."""
        if shown is not self._shown:
            self._shown = shown
            self._arrange()
            self.askedChanged.emit()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._column, self._descending = max(0, column), order == Qt.SortOrder.DescendingOrder
        self._arrange()

    def index_at(self, row: int) -> int:
        """The candidate of a row, by its index. Raises IndexError."""
        return int(self._order[row])

    def row_of(self, index: int) -> int | None:
        """The row of a candidate, None where it is not listed."""
        row = int(self._row_of[index]) if 0 <= index < len(self._row_of) else -1
        return None if row < 0 else row

    def _arrange(self, below: int | None = None) -> None:
        """Brings the rows to the order wanted; `below` keeps only candidates with a lower index.

        One run of rows that comes or goes leaves all others where they are, so that a threshold or a decision neither
        moves the list nor loses the selection.
        """
        order = self._wanted_order() if below is None else self._order[self._order < below]
        first, removed, inserted = replaced_part(self._order, order)
        if removed and inserted:
            self.beginResetModel()
            self._set_order(order)
            self.endResetModel()
        elif removed:
            self.beginRemoveRows(NO_INDEX, first, first + removed - 1)
            self._set_order(order)
            self.endRemoveRows()
        elif inserted:
            self.beginInsertRows(NO_INDEX, first, first + inserted - 1)
            self._set_order(order)
            self.endInsertRows()
        if len(order):
            self.dataChanged.emit(self.index(0, 0), self.index(len(order) - 1, len(COLUMNS) - 1))

    def _wanted_order(self) -> NDArray[np.intp]:
        count = len(self._candidates)
        if self._column == SIZE:
            key = self._sizes_l0.max(axis=1) if count else np.zeros(0)
        elif self._column == DISTANCE and self._distance_count() >= count:
            assert self._distances_um is not None
            key = self._distances_um[:count]
        elif self._column == MARK:
            key = self._codes.astype(np.float64)
        elif self._column in STABILITY_COLUMNS:
            key = self._stability[:, self._column - MEAN]
        else:
            # The candidates come by falling probability.
            key = np.arange(count, dtype=np.float64) * (-1 if self._column == PROBABILITY else 1)
        unstable = self._stability[:, 2] < self._threshold
        order = shown_order(
            self._codes, key, shown=self._shown, descending=self._descending, unstable=unstable
        )
        if not self._sought:
            return order
        fits = found(self._sought, codes=self._codes, notes=self._notes, classes=self._classes)
        return order[fits[order]]

    def _distance_count(self) -> int:
        return 0 if self._distances_um is None else len(self._distances_um)

    def _set_order(self, order: NDArray[np.intp]) -> None:
        self._order = order
        self._row_of = np.full(len(self._candidates), -1, np.intp)
        self._row_of[order] = np.arange(len(order))

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(self.index_at(index.row()), index.column())
        if role == Qt.ItemDataRole.UserRole:
            # What the delegate of the first column shows a picture of.
            return self._candidates[self.index_at(index.row())].point_l0
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            candidate = self._candidates[self.index_at(index.row())]
            point, note = candidate.point_l0, self._notes.get(candidate.index, "")
            place = f"Level-0 pixel {point.x:.0f}, {point.y:.0f}. Click to go there; J and K walk the list."
            return f"{note}\n{place}" if note else place
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            unit = "px" if self._mpp is None else "mm"
            if section == DISTANCE:
                return f"{COLUMNS[section]}, mm"
            return f"{COLUMNS[section]}, {unit}" if section == SIZE else COLUMNS[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return TOOLTIPS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return None

    def _text(self, index: int, column: int) -> str:
        candidate = self._candidates[index]
        if column == 0:
            return str(candidate.index + 1)
        if column == PROBABILITY:
            return f"{candidate.probability:.2f}"
        if column == DISTANCE:
            if self._distances_um is None or index >= self._distance_count():
                return ""
            return f"{self._distances_um[index] / 1000:.2f}"
        if column == MARK:
            return str(REVIEWS[self._codes[index]].value)
        if column in STABILITY_COLUMNS:
            value = self._stability[index, column - MEAN]
            return "" if np.isnan(value) else f"{value:.2f}"
        width, height = self._sizes_l0[index]
        axis, length_l0 = (0, width) if width >= height else (1, height)
        if self._mpp is None:
            return f"{length_l0:.0f}"
        return f"{length_l0 * (self._mpp.x, self._mpp.y)[axis] / 1000:.2f}"


def _alignment(column: int) -> int:
    side = Qt.AlignmentFlag.AlignLeft if column == MARK else Qt.AlignmentFlag.AlignRight
    return int(side | Qt.AlignmentFlag.AlignVCenter)
