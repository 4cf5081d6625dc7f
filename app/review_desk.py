"""Reviewing, put together: keys, marks in list and on slide, progress, filter and note, connected to the window."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal

from app.control.candidate_control import CandidateControl
from app.control.keeping import Keeping
from app.control.review_control import ReviewControl
from app.control.slide_control import SlideControl
from app.main_window import MainWindow
from app.settings import Settings
from app.state.candidate_table import CandidateTable
from app.state.session import Session
from inference.results.case_records import Review

DECISIONS = {"accept": Review.ACCEPTED, "reject": Review.REJECTED, "undecided": Review.UNDECIDED}
"""Action id -> what it decides."""


class ReviewDesk(QObject):
    """Make it after the slide list, which says first whether another window has a slide.

    Signals:
        failed: the `EquiscopeError` to show.
    """

    failed = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        *,
        session: Session,
        slides: SlideControl,
        candidates: CandidateControl,
        table: CandidateTable,
        keeping: Keeping,
        settings: Settings,
    ) -> None:
        super().__init__()
        self._window = window
        self._session = session
        self._candidates, self._settings = candidates, settings
        self.control = ReviewControl(session, candidates, table, keeping)
        self.control.failed.connect(self.failed)
        slides.opened.connect(self.control.load)
        actions, card = window.actions_, window.side.candidates
        for action_id, review in DECISIONS.items():
            actions[action_id].triggered.connect(partial(self._decide, review))
        actions["reopen"].triggered.connect(lambda _checked=False: self.control.reopen())
        actions["take_back"].triggered.connect(lambda _checked=False: self.control.take_back())
        card.shownChosen.connect(candidates.set_shown)
        window.side.layers.radiusChosen.connect(self._set_radius)
        session.radius_cells = settings.radius_cells() or session.radius_cells
        window.side.layers.show_radius(session.radius_cells)
        card.searchGiven.connect(candidates.seek)
        card.search.left.connect(window.view.setFocus)
        actions["search_candidates"].triggered.connect(lambda _checked=False: self._search())
        card.noteGiven.connect(self.control.set_note)
        card.note.returnPressed.connect(window.view.setFocus)
        slides.leaving.connect(lambda _entry: card.give_note())
        # A search of another slide's candidates would hide some of this one's.
        slides.leaving.connect(lambda _entry: card.search.clear())
        for signal in (session.reviewsChanged, session.selectionChanged, session.infoChanged):
            signal.connect(self._show)
        # The rows were all made anew: the table has forgotten its selection.
        for signal in (table.modelReset, table.rowsInserted, table.rowsRemoved):
            signal.connect(self._show_selection)
        self._show()

    def give_words(self) -> None:
        """Hands over the note that is being written, before the window closes."""
        self._window.side.candidates.give_note()

    def _search(self) -> None:
        card = self._window.side.candidates
        if self._window.side.isHidden():
            self._window.actions_["panels"].trigger()
        self._window.side.show_card(card)
        card.search.setFocus()
        card.search.selectAll()

    def _set_radius(self, cells: int) -> None:
        self._settings.set_radius_cells(cells)
        self._candidates.set_radius(cells)

    def _decide(self, review: Review, _checked: bool = False) -> None:
        self.control.decide(review)

    def _show(self) -> None:
        entry, card = self._session.current, self._window.side.candidates
        why_not = self.control.why_not()
        selected = entry.selected if entry is not None else None
        for action_id in (*DECISIONS, "reopen"):
            self._window.actions_.allow(
                action_id, why_not or ("" if selected is not None else "Select a candidate first")
            )
        self._window.actions_.allow(
            "search_candidates",
            "" if entry is not None and entry.candidates else "There are no candidates yet: scan the slide",
        )
        can_take_back = entry is not None and entry.reviews.can_take_back
        self._window.actions_.allow(
            "take_back", why_not or ("" if can_take_back else "Nothing was decided yet")
        )
        if entry is None:
            return
        card.show_progress(*entry.reviews.progress, is_known=entry.reviews.is_ready)
        of = self.control.place_of_selected()
        card.show_note(None if of is None else self.control.note_of(of), of=of, why_not=why_not)
        self._window.view.set_candidate_codes(entry.reviews.codes)

    def _show_selection(self) -> None:
        entry, card = self._session.current, self._window.side.candidates
        card.show_selection(entry.selected if entry is not None else None)
