"""Reviewing: decides on candidates, takes decisions back, and keeps each in the case file as it happens."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from PySide6.QtCore import QObject, Signal

from app.control.candidate_control import CandidateControl
from app.control.keeping import Keeping
from app.control.readings import Readings
from app.control.waiting_words import OFF_THE_LIST, UnkeptWords, WaitingWords
from app.state.candidate_table import CandidateTable
from app.state.session import Session
from app.state.slide_entry import SlideEntry
from app.work.review_store import keep_marks, read_marks
from inference.errors import EquiscopeError
from inference.results.candidates import Candidate
from inference.results.case_records import Review, ReviewedCandidate
from inference.results.case_reviews import Mark


@dataclass(frozen=True)
class CandidatePlace:
    """A candidate of a slide, whichever copy of its file it was seen on.

    Attributes:
        fingerprint: of the slide.
        cell: row and column of its cell, which outlast another search for candidates.
        file_name: of the copy, to tell of it.
    """

    fingerprint: str
    cell: tuple[int, int]
    file_name: str = field(compare=False)


class ReviewControl(QObject):
    """Changes the marks of the slide on show.

    Signals:
        failed: the `EquiscopeError` of a case file that could not be read.
        decided, takenBack, madeAgain: the `SlideEntry` of which a candidate got another mark, or its last one was taken
            back or made again.
    """

    failed = Signal(object)
    decided = Signal(object)
    takenBack = Signal(object)
    madeAgain = Signal(object)

    def __init__(
        self, session: Session, candidates: CandidateControl, table: CandidateTable, keeping: Keeping
    ) -> None:
        super().__init__()
        self._session = session
        self._candidates = candidates
        self._table = table
        self._keeping = keeping
        self._readings: Readings[SlideEntry] = Readings()
        self._waiting: WaitingWords[CandidatePlace] = WaitingWords()
        # As when earlier changes were written after all.
        session.entriesChanged.connect(lambda: self._waiting.give(self._put_note))
        candidates.found.connect(lambda entry, is_scanned: self.load(entry, carry=is_scanned))

    def load(self, entry: SlideEntry, *, carry: bool = False) -> None:
        """Reads the marks of a slide's candidates, unless they are known; nothing is decided before they are there.

        Args:
            carry: whether a scan has just ended, whose candidates take the marks of earlier scans over.
        """
        run_id = _case_run(entry)
        is_known = entry.reviews.is_ready and not entry.is_elsewhere
        is_known = is_known and not self._readings.is_pending(entry)
        if run_id is None or entry.layer is None or is_known:
            return
        layer, carry = entry.layer, carry and not entry.is_elsewhere
        fingerprint, candidates = entry.info.fingerprint, entry.candidates
        # What another window decides meanwhile is read once the slide is this window's.
        this = self._readings.begin(entry, stays_outdated=entry.is_elsewhere)

        def end(found: dict[tuple[int, int], Mark] | EquiscopeError) -> None:
            if not self._readings.end(entry, this, failed=isinstance(found, EquiscopeError)):
                return
            if isinstance(found, EquiscopeError):
                self.failed.emit(found)
            elif entry.layer is layer and entry.candidates is candidates:
                entry.reviews.load(found)

        self._keeping.read(
            entry.info,
            lambda: read_marks(fingerprint, run_id, candidates, carry=carry),
            done=end,
            failed=end,
        )

    def why_not(self, entry: SlideEntry | None = None) -> str:
        """Why nothing can be decided on a slide now, or on the one on show; empty if it can."""
        entry = self._session.current if entry is None else entry
        if entry is None or not entry.candidates:
            return "There are no candidates yet: scan the slide"
        if entry.is_elsewhere:
            return "Another window has this slide: decide there, or close it there first"
        if entry.is_stuck:
            return "Earlier changes are not written yet: try again first"
        if not entry.reviews.is_ready or self._readings.is_pending(entry):
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
            self._keep(entry, *taken)
            self.takenBack.emit(entry)
            self._candidates.select(taken[0])

    def make_again(self) -> None:
        """Makes the decision that was taken back last again and shows its candidate."""
        entry = self._ready_entry()
        made = entry.reviews.make_again() if entry is not None else None
        if entry is not None and made is not None:
            self._keep(entry, *made)
            self.madeAgain.emit(entry)
            self._candidates.select(made[0])

    def place_of_selected(self) -> CandidatePlace | None:
        """The selected candidate of the slide on show."""
        entry = self._session.current
        if entry is None or entry.selected is None:
            return None
        return _place(entry, entry.candidates[entry.selected])

    def note_of(self, place: CandidatePlace) -> str:
        """The note on a candidate, also one that cannot be kept yet."""
        waiting = self._waiting.get(place)
        if waiting is not None:
            return waiting
        for entry in self._copies(place):
            index = entry.reviews.index_at(place.cell)
            if index is not None:
                return entry.reviews.mark_of(index)[1]
        return ""

    def marked(self, entry: SlideEntry) -> tuple[ReviewedCandidate, ...]:
        """The candidates of a slide that were decided on or have a note, as the window has them."""
        found = []
        for index, candidate in enumerate(entry.candidates):
            review, note = entry.reviews.mark_of(index)
            waiting = self._waiting.get(_place(entry, candidate))
            note = note if waiting is None else waiting.strip()
            if review is not Review.OPEN or note:
                found.append(ReviewedCandidate(candidate, review, note))
        return tuple(found)

    def unkept(self) -> tuple[UnkeptWords, ...]:
        """The notes that wait."""
        return tuple(
            UnkeptWords(
                place.fingerprint, f"Note of a candidate of {place.file_name}", note, self._why_waits(place)
            )
            for place, note in self._waiting.all
        )

    def set_note(self, place: CandidatePlace, note: str) -> None:
        """Another note for a candidate, kept as soon as that is possible."""
        if not self._put_note(place, note):
            self._waiting.hold(place, note)

    def _put_note(self, place: CandidatePlace, note: str) -> bool:
        for entry in self._copies(place):
            index = None if self.why_not(entry) else entry.reviews.index_at(place.cell)
            if index is not None:
                mark = entry.reviews.mark_of(index)[0], note.strip()
                if entry.reviews.put(index, mark):
                    self._keep(entry, index, mark)
                    self.decided.emit(entry)
                return True
        return False

    def _copies(self, place: CandidatePlace) -> list[SlideEntry]:
        """The entries of a candidate's slide, the one on show first: its marks were read last."""
        entries = self._session.entries_with(place.fingerprint)
        return sorted(entries, key=lambda each: each is not self._session.current)

    def _why_waits(self, place: CandidatePlace) -> str:
        entry = next(iter(self._copies(place)), None)
        if entry is None:
            return OFF_THE_LIST
        return self.why_not(entry) or "It is not among the candidates any more"

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
        self._keeping.keep(entry.info, partial(keep_marks, fingerprint, run_id, marks))
        # Another copy of the slide has the same run on show: its marks are read anew before anything is decided there.
        twins = self._session.entries_with(fingerprint)
        self._readings.outdate(each for each in twins if each is not entry)


def _place(entry: SlideEntry, candidate: Candidate) -> CandidatePlace:
    return CandidatePlace(entry.info.fingerprint, (candidate.row, candidate.column), entry.path.name)


def _case_run(entry: SlideEntry) -> int | None:
    """The run of the case file that the heatmap on show belongs to."""
    return entry.run.started.case_run if entry.run.started is not None else None
