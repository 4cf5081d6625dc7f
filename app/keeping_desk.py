"""What could not be written is said and tried again; the window closes once all is kept, or the user says so."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox

from app.annotation_desk import AnnotationDesk
from app.control.bookmark_control import BookmarkControl
from app.control.coverage_control import CoverageControl
from app.control.keeping import Keeping, Unwritten
from app.control.slide_control import SlideControl
from app.control.waiting_words import UnkeptWords
from app.main_window import MainWindow
from app.panels.words import count, counted
from app.presenter import Presenter
from app.review_desk import ReviewDesk
from app.single_shot import single_shot
from app.state.notices import Notice, Weight
from app.state.session import Session
from app.state.slide_entry import SlideEntry
from app.work.annotation_rescue import save_annotations, save_marks
from inference.errors import EquiscopeError
from inference.results.case_records import ReviewedCandidate

TRY_AGAIN = "Try again"
PATIENCE_MS = 3000
"""So long a window that is closed waits without a word for what is still being written."""
MOST_TOLD, MOST_LETTERS = 5, 80
"""So many of the names and notes that wait, and so much of each, are in the question; the rest is in its details."""


class KeepingDesk(QObject):
    """Make it after everything that keeps something.

    Attributes:
        question: what is asked of the user who closes the window too early; None if nothing is.
    """

    def __init__(
        self,
        window: MainWindow,
        *,
        session: Session,
        slides: SlideControl,
        presenter: Presenter,
        keeping: Keeping,
        annotations: AnnotationDesk,
        reviews: ReviewDesk,
        others: Sequence[BookmarkControl | CoverageControl],
    ) -> None:
        """`others` write what is kept in other ways, and are waited for as well."""
        super().__init__()
        self._window, self._session, self._presenter, self._keeping = window, session, presenter, keeping
        self._desks, self._others = (annotations, reviews), [each.writer for each in others]
        self._annotations, self._reviews = annotations, reviews
        self._notices: list[Notice] = []
        self._is_closing = self._gives_up = False
        self.question: QMessageBox | None = None
        self._patience = single_shot(self, PATIENCE_MS, self._ask)
        keeping.changed.connect(self._on_changed)
        # Queued: closing ends the threads, whose results must have been taken in by then.
        for signal in (keeping.written, *(each.runningChanged for each in self._others)):
            signal.connect(self._on_written, Qt.ConnectionType.QueuedConnection)
        for each in others:
            each.failed.connect(lambda _error: self._on_lost())
        keeping.dropped.connect(self._on_dropped)
        slides.opened.connect(lambda _entry: self._show_stuck())
        keeping.changed.connect(self._read_again)
        window.area.banner.acted.connect(self._on_acted)
        window.may_close = self._may_close

    def stop(self) -> None:
        """Writes what is left, also where no window asked; call it while the slides are still claimed."""
        # Or what is written now would close a window that is gone.
        self._is_closing = False
        self._patience.stop()
        self._end_question()
        for desk in self._desks:
            desk.give_words()
        if self._gives_up:
            self._keeping.give_up()
        elif not self._keeping.finish() or self._unkept:
            print(f"equiscope: {self._lost()} could not be written", file=sys.stderr)

    # Saying

    def _on_changed(self) -> None:
        self._show_stuck()
        for notice in self._notices:
            self._presenter.withdraw_problem(notice)
        self._notices = [_notice(each) for each in self._keeping.failed]
        for notice in self._notices:
            self._presenter.show_problem(notice)
        if self._is_closing and self._notices:
            self._ask()

    def _on_dropped(self, name: str, steps: int) -> None:
        self._presenter.show_problem(
            Notice(
                Weight.ERROR,
                f"{counted(steps, 'change')} of {name} could not be kept, as another program changed the case file; "
                "shown is what the file holds.",
            )
        )

    def _show_stuck(self) -> None:
        """Also of slides that were opened since."""
        for entry in self._session.entries:
            entry.set_stuck(self._keeping.has_failed(entry.info.fingerprint))

    def _read_again(self) -> None:
        """What could not be read while the writing failed."""
        entry = self._session.current
        if entry is not None and not entry.is_stuck:
            for desk in self._desks:
                desk.control.load(entry)

    def _on_acted(self, notice: Notice) -> None:
        if notice in self._notices:
            self._keeping.retry()

    # Closing

    def _may_close(self) -> bool:
        """Whether nothing is lost if the window closes now; else it closes itself once that is so."""
        for desk in self._desks:
            desk.give_words()
        if self._gives_up or self._is_kept:
            return True
        if not self._is_closing:
            self._is_closing = True
            self._window.status.show_note("Writing the last changes\u2026")
            self._patience.start()
            # What failed before may work by now.
            self._keeping.retry()
            self._ask_for_words()
        return False

    @property
    def _is_writing(self) -> bool:
        return self._keeping.unwritten > 0 or any(each.running for each in self._others)

    @property
    def _unkept(self) -> tuple[UnkeptWords, ...]:
        """Names and notes that cannot be handed over to be written, for whatever reason."""
        return self._annotations.words.unkept() + self._reviews.control.unkept()

    @property
    def _is_kept(self) -> bool:
        return not self._is_writing and not self._unkept

    def _on_written(self) -> None:
        if self._is_closing and self._is_kept:
            self._stay()
            self._window.close()
        elif self._is_closing:
            self._ask_for_words()

    def _ask_for_words(self) -> None:
        """At once where names and notes wait for nothing that is under way."""
        if self._unkept and not self._is_writing and not self._keeping.is_busy:
            self._ask()

    def _on_lost(self) -> None:
        """What was bookmarked or looked at last: the window stays, so that the error is seen."""
        if self._is_closing:
            self._stay()

    def _ask(self) -> None:
        if self.question is not None or self._is_kept:
            return
        self._patience.stop()
        question = self.question = QMessageBox(self._window)
        question.setIcon(QMessageBox.Icon.Warning)
        question.setWindowTitle("Not everything is kept yet")
        # A note may look like markup.
        question.setTextFormat(Qt.TextFormat.PlainText)
        question.setText(f"{self._lost()} could not be written so far.")
        question.setInformativeText("\n\n".join(self._reasons()))
        # With all that could be copied by hand.
        question.setDetailedText("\n\n".join(f"{each.about}: {each.words}" for each in self._unkept))
        question.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        again = question.addButton(TRY_AGAIN, QMessageBox.ButtonRole.AcceptRole)
        stay = question.addButton("Keep the window open", QMessageBox.ButtonRole.RejectRole)
        save = question.addButton("Save as files\u2026", QMessageBox.ButtonRole.ActionRole)
        save.setVisible(bool(self._rescued_annotations() or self._rescued_marks()))
        lose = question.addButton("Close and lose them", QMessageBox.ButtonRole.DestructiveRole)
        question.setDefaultButton(again)
        question.setEscapeButton(stay)
        question.buttonClicked.connect(
            lambda button: self._on_answered(stays=button is stay, loses=button is lose, saves=button is save)
        )
        question.open()

    def _on_answered(self, *, stays: bool, loses: bool, saves: bool) -> None:
        self._stay()
        if saves:
            self._save()
        self._gives_up = loses
        if not stays:
            # Asks again where something is still unwritten.
            self._window.close()

    def _reasons(self) -> list[str]:
        """Why not everything is kept, and the words that wait."""
        failed, unkept = self._keeping.failed, self._unkept
        reasons = []
        if self._is_writing:
            why = failed[0].error if failed else None
            reasons.append(
                _reason(why) if why is not None else "The drive of the case files does not answer."
            )
        reasons += [_told(each) for each in unkept[:MOST_TOLD]]
        if len(unkept) > MOST_TOLD:
            reasons.append(f"\u2026 and {count(len(unkept) - MOST_TOLD)} more")
        return reasons

    def _endangered(self) -> list[SlideEntry]:
        """The entries of slides of which something may be lost."""
        waiting = {each.fingerprint for each in self._unkept}
        return [
            each
            for each in self._session.entries
            if each.info.fingerprint in waiting or self._keeping.is_unwritten(each.info.fingerprint)
        ]

    def _rescued_annotations(self) -> list[SlideEntry]:
        """One entry of each slide, whose copies have the same annotations."""
        entries = {each.info.fingerprint: each for each in reversed(self._endangered())}
        return [
            each
            for each in reversed(entries.values())
            if each.annotations.document is not None and each.annotations.document.annotations
        ]

    def _rescued_marks(self) -> list[tuple[SlideEntry, tuple[ReviewedCandidate, ...]]]:
        """Every entry with marks: copies of a slide may show scans of their own."""
        marked = [(each, self._reviews.control.marked(each)) for each in self._endangered()]
        return [(entry, marks) for entry, marks in marked if marks]

    def _save(self) -> None:
        """Annotations, which can be imported another day, and marks with their notes; also the words that wait."""
        for entry in self._rescued_annotations():
            info, document = entry.info, entry.annotations.document
            assert document is not None
            laid = self._annotations.words.laid_over(info.fingerprint, document.in_order())
            save = partial(save_annotations, info=info, annotations=laid, classes=document.classes)
            self._save_file(entry, "annotations", "GeoJSON (*.geojson)", save)
        for entry, marked in self._rescued_marks():
            self._save_file(
                entry, "marks", "Table (*.csv)", partial(save_marks, info=entry.info, marked=marked)
            )

    def _save_file(self, entry: SlideEntry, what: str, kind: str, save: Callable[[Path], None]) -> None:
        ending = kind.split("*")[1].rstrip(")")
        proposed = str(entry.path.with_name(f"{entry.path.stem} {what}{ending}"))
        title = f"Save the {what} of {entry.path.name}"
        name, _ = QFileDialog.getSaveFileName(self._window, title, proposed, kind)
        if name:
            try:
                save(Path(name))
            except EquiscopeError as error:
                self._presenter.show_problem(Notice(Weight.ERROR, error.sentence()))
            else:
                self._window.status.show_note(f"Saved as {Path(name).name}")

    def _end_question(self) -> None:
        question, self.question = self.question, None
        if question is not None:
            question.hide()
            question.deleteLater()

    def _stay(self) -> None:
        self._is_closing = False
        self._patience.stop()
        self._end_question()
        self._window.status.show_note("")

    def _lost(self) -> str:
        unwritten, words = self._keeping.unwritten, len(self._unkept)
        lost = [counted(unwritten, "change")] if unwritten else []
        if words:
            lost.append(counted(words, "name or note", plural="names or notes"))
        return " and ".join(lost) or "What was bookmarked or looked at last"


def _told(unkept: UnkeptWords) -> str:
    words = " ".join(unkept.words.split())
    if len(words) > MOST_LETTERS:
        words = f"{words[:MOST_LETTERS].rstrip()}\u2026"
    return f"{unkept.about}: \u201c{words}\u201d. {unkept.why}."


def _notice(unwritten: Unwritten) -> Notice:
    assert unwritten.error is not None
    return Notice(
        Weight.ERROR,
        f"{counted(len(unwritten.steps), 'change')} of {unwritten.name} could not be written, and nothing more can be "
        f"changed there before that. {_reason(unwritten.error)}",
        act=TRY_AGAIN,
    )


def _reason(error: EquiscopeError) -> str:
    """Without the place, a long path in the data folder."""
    return EquiscopeError(error.what, advice=error.advice).sentence()
