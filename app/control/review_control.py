"""Reviewing: decides on candidates, takes decisions back, and keeps each in the case file as it happens."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal

from app.control.candidate_control import CandidateControl
from app.state.candidate_table import CandidateTable
from app.state.session import Session
from app.state.slide_entry import SlideEntry
from app.work.review_store import keep_marks, read_marks
from app.work.task import Tasks
from inference.results.case_records import Review
from inference.results.case_reviews import Mark


class ReviewControl(QObject):
    """Changes the marks of the slide on show.

    Signals:
        failed: the `EquiscopeError` of a case file that could not be read or written.
        decided: the `SlideEntry` of which a candidate got another mark.
    """

    failed = Signal(object)
    decided = Signal(object)

    def __init__(
        self, session: Session, candidates: CandidateControl, table: CandidateTable, writer: Tasks
    ) -> None:
        """`writer` has one thread, so that marks reach the case file in the order they were made."""
        super().__init__()
        self._session = session
        self._candidates = candidates
        self._table = table
        self._writer = writer
        self._read_only: set[SlideEntry] = set()
        candidates.found.connect(partial(self.load, carry=True))

    def load(self, entry: SlideEntry, *, carry: bool = False) -> None:
        """Reads the marks of a slide's candidates, unless they are known.

        Args:
            carry: whether a scan has just ended, whose candidates take the marks of earlier scans over.
        """
        run_id = _case_run(entry)
        known = entry.reviews.is_ready and entry not in self._read_only
        if run_id is None or entry.layer is None or known:
            return
        layer, carry = entry.layer, carry and not entry.is_elsewhere
        # What another window decides meanwhile is read once the slide is this window's.
        (self._read_only.add if entry.is_elsewhere else self._read_only.discard)(entry)
        fingerprint, candidates = entry.info.fingerprint, entry.candidates

        def take(marks: dict[tuple[int, int], Mark]) -> None:
            if entry.layer is layer and entry.candidates is candidates:
                entry.reviews.load(marks)

        self._writer.run_task(
            lambda: read_marks(fingerprint, run_id, candidates, carry=carry),
            done=take,
            failed=self.failed.emit,
        )

    def why_not(self) -> str:
        """Why nothing can be decided now; empty if it can."""
        entry = self._session.current
        if entry is None or not entry.candidates:
            return "There are no candidates yet: scan the slide"
        if entry.is_elsewhere:
            return "Another window has this slide: decide there, or close it there first"
        if not entry.reviews.is_ready:
            return "The case file of this scan cannot be read or is still being read"
        return ""

    def decide(self, review: Review) -> None:
        """Marks the selected candidate and selects the next one of the list."""
        entry = self._ready_entry()
        if entry is None or entry.selected is None:
            return
        row = self._table.row_of(entry.selected)
        following = None
        if row is not None and row + 1 < self._table.rowCount():
            following = self._table.index_at(row + 1)
        self._put(entry, entry.selected, review)
        if following is not None:
            self._candidates.select(following)
        elif row is not None and self._table.row_of(entry.selected) is None:
            # The last of a filtered list has left it.
            entry.select(None)
            self._candidates.select_row(self._table.rowCount() - 1)

    def reopen(self) -> None:
        """Takes the selected candidate's decision away."""
        entry = self._ready_entry()
        if entry is not None and entry.selected is not None:
            self._put(entry, entry.selected, Review.OPEN)

    def take_back(self) -> None:
        """Takes the latest decision on this slide back and shows its candidate."""
        entry = self._ready_entry()
        taken = entry.reviews.take_back() if entry is not None else None
        if entry is not None and taken is not None:
            index, mark = taken
            self._keep(entry, index, mark)
            self._candidates.select(index)

    def set_note(self, note: str) -> None:
        """Another note for the selected candidate."""
        entry = self._ready_entry()
        if entry is not None and entry.selected is not None:
            mark = entry.reviews.mark_of(entry.selected)[0], note.strip()
            if entry.reviews.put(entry.selected, mark):
                self._keep(entry, entry.selected, mark)
                self.decided.emit(entry)

    def _ready_entry(self) -> SlideEntry | None:
        return self._session.current if self.why_not() == "" else None

    def _put(self, entry: SlideEntry, index: int, review: Review) -> None:
        mark = review, entry.reviews.mark_of(index)[1]
        if entry.reviews.put(index, mark):
            self._keep(entry, index, mark)
            self.decided.emit(entry)

    def _keep(self, entry: SlideEntry, index: int, mark: Mark) -> None:
        run_id, candidate = _case_run(entry), entry.candidates[index]
        assert run_id is not None, "marks are ready only where there is a run to keep them in"
        fingerprint, marks = entry.info.fingerprint, {(candidate.row, candidate.column): mark}
        self._writer.run_task(
            lambda: keep_marks(fingerprint, run_id, marks), done=lambda _: None, failed=self.failed.emit
        )


def _case_run(entry: SlideEntry) -> int | None:
    """The run of the case file that the heatmap on show belongs to."""
    return entry.run.started.case_run if entry.run.started is not None else None
