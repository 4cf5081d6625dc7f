"""What the user decided on a slide's candidates, aligned with them, and the way back through the decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from inference.results.candidates import Candidate
from inference.results.case_records import Review
from inference.results.case_reviews import Mark

REVIEWS = tuple(Review)
"""A review's place here is its code in arrays; open is 0."""
CODES = {review: code for code, review in enumerate(REVIEWS)}
NO_MARK: Mark = (Review.OPEN, "")


class ReviewMarks(QObject):
    """The marks of one list of candidates.

    Signals:
        changed: a mark, or how many are listed.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._candidates: Sequence[Candidate] = ()
        self._marks: dict[tuple[int, int], Mark] = {}
        self._decisions: list[tuple[int, Mark]] = []
        self._undone: list[tuple[int, Mark]] = []
        self._listed = 0
        self._codes: NDArray[np.uint8] = np.zeros(0, np.uint8)
        self._notes: dict[int, str] = {}
        self.is_ready = False
        """Whether the marks were read from the case file: before that nothing may be decided."""

    @property
    def codes(self) -> NDArray[np.uint8]:
        """(candidates,) places in `REVIEWS`; another array after each change."""
        return self._codes

    @property
    def notes(self) -> Mapping[int, str]:
        """Note by the candidate's index, for those that have one."""
        return self._notes

    @property
    def progress(self) -> tuple[int, int]:
        """(decided, all) of the candidates that are listed."""
        return int(np.count_nonzero(self._codes[: self._listed])), self._listed

    @property
    def can_take_back(self) -> bool:
        """Whether there is a decision to take back."""
        return bool(self._decisions)

    @property
    def can_make_again(self) -> bool:
        """Whether a decision was taken back and none was made since."""
        return bool(self._undone)

    def reset(self, candidates: Sequence[Candidate]) -> None:
        """Other candidates, whose marks are not known yet."""
        self._take(candidates, {}, is_ready=False)

    def load(self, marks: Mapping[tuple[int, int], Mark]) -> None:
        """The marks by (row, column) as the case file has them."""
        self._take(self._candidates, marks, is_ready=True)

    def mark_of(self, index: int) -> Mark:
        """Decision and note of a candidate."""
        return self._marks.get(self._cell(index), NO_MARK)

    def index_at(self, cell: tuple[int, int]) -> int | None:
        """The candidate at a (row, column); None where there is none."""
        return next((i for i, each in enumerate(self._candidates) if (each.row, each.column) == cell), None)

    def put(self, index: int, mark: Mark) -> bool:
        """Another mark for a candidate; False if it has that one already."""
        before = self.mark_of(index)
        if mark == before:
            return False
        self._decisions.append((index, before))
        self._undone.clear()
        self._set(index, mark)
        return True

    def take_back(self) -> tuple[int, Mark] | None:
        """Takes the latest decision back; answers the candidate and the mark it has again, None if there is none."""
        return self._swap(self._decisions, self._undone)

    def make_again(self) -> tuple[int, Mark] | None:
        """Makes the decision that was taken back last again; answers as `take_back` does."""
        return self._swap(self._undone, self._decisions)

    def _swap(self, source: list[tuple[int, Mark]], other: list[tuple[int, Mark]]) -> tuple[int, Mark] | None:
        """Gives a candidate the mark of the last of a list, and remembers in the other list what it had."""
        if not source:
            return None
        index, mark = source.pop()
        other.append((index, self.mark_of(index)))
        self._set(index, mark)
        return index, mark

    def set_listed(self, count: int) -> None:
        """How many candidates, from the first on, reach the threshold."""
        if count != self._listed:
            self._listed = count
            self.changed.emit()

    def _take(
        self, candidates: Sequence[Candidate], marks: Mapping[tuple[int, int], Mark], *, is_ready: bool
    ) -> None:
        self._candidates, self._marks = candidates, dict(marks)
        self._decisions, self._undone = [], []
        self._listed, self.is_ready = min(self._listed, len(candidates)), is_ready
        self._codes, self._notes = np.zeros(len(candidates), np.uint8), {}
        if marks:
            for index, candidate in enumerate(candidates):
                review, note = marks.get((candidate.row, candidate.column), NO_MARK)
                self._codes[index] = CODES[review]
                if note:
                    self._notes[index] = note
        self.changed.emit()

    def _set(self, index: int, mark: Mark) -> None:
        self._marks[self._cell(index)] = mark
        # Whoever paints still holds the old array.
        self._codes = self._codes.copy()
        self._codes[index] = CODES[mark[0]]
        self._notes.pop(index, None)
        if mark[1]:
            self._notes[index] = mark[1]
        self.changed.emit()

    def _cell(self, index: int) -> tuple[int, int]:
        candidate = self._candidates[index]
        return candidate.row, candidate.column
