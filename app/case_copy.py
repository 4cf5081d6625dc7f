"""Cases that come and go: a copy of the slide's case to give away, and one from another machine taken in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from app.control.keeping import Keeping
from app.main_window import MainWindow
from app.state.session import Session
from app.state.slide_entry import SlideEntry
from app.work.task import Tasks
from inference.errors import CaseFileError
from inference.results.case_file import default_case_path
from inference.results.case_place import CASE_SUFFIX, adopt_case, fingerprint_of_case, save_copy

CASE_FILTER = f"Case files (*{CASE_SUFFIX})"


class CaseCopy(QObject):
    """Connects the action "Save a copy of the case".

    Signals:
        failed: the `CaseFileError` to show.
    """

    failed = Signal(object)

    def __init__(self, window: MainWindow, *, session: Session, keeping: Keeping) -> None:
        """A copy is made after what `keeping` has before it."""
        super().__init__()
        self._window, self._session, self._keeping = window, session, keeping
        window.actions_["save_copy"].triggered.connect(lambda _checked=False: self._ask())
        session.slideChanged.connect(self._show)
        self._show()

    def save(self, entry: SlideEntry, target: Path) -> None:
        """Writes a copy of the case of a slide."""
        case = default_case_path(entry.info.fingerprint)
        self._keeping.read(
            entry.info,
            lambda: save_copy(case, target),
            done=lambda _: self._window.status.show_note(f"Copy written: {target}"),
            failed=self.failed.emit,
        )

    def _ask(self) -> None:
        entry = self._session.current
        if entry is None:
            return
        proposed = entry.path.with_suffix(CASE_SUFFIX)
        name, _ = QFileDialog.getSaveFileName(
            self._window, "Save a copy of the case", str(proposed), CASE_FILTER
        )
        if not name:
            return
        chosen = Path(name)
        # Added, not exchanged: what follows the last dot is often part of a slide's name.
        is_case = chosen.suffix.lower() == CASE_SUFFIX
        target = chosen if is_case else chosen.with_name(chosen.name + CASE_SUFFIX)
        if not is_case and target.exists():
            # The dialog has asked about the other name only.
            self.failed.emit(
                CaseFileError(
                    "There is a file of this name already",
                    where=str(target),
                    advice="Save the copy under another name",
                )
            )
        else:
            # The dialog let other events in: another slide may be on show by now.
            self.save(entry, target)

    def _show(self) -> None:
        self._window.actions_.allow(
            "save_copy", "" if self._session.current is not None else "Open a slide first"
        )


class CaseIntake(QObject):
    """Takes in case files of other machines: finds their slides and opens them.

    Signals:
        failed: the `EquiscopeError` to show.
    """

    failed = Signal(object)

    def __init__(
        self,
        session: Session,
        tasks: Tasks,
        *,
        folders: Callable[[], Sequence[Path]],
        open_slides: Callable[[Sequence[Path]], None],
    ) -> None:
        """`folders` are those that slides are looked for in, besides the case's own."""
        super().__init__()
        self._session, self._tasks = session, tasks
        self._folders, self._open_slides = folders, open_slides

    def take(self, case: Path) -> None:
        """Takes a case in, in the background, and opens its slide."""
        opened = {entry.info.fingerprint for entry in self._session.entries}
        folders = (case.parent, *self._folders())

        def work() -> Path:
            if fingerprint_of_case(case) in opened:
                raise CaseFileError(
                    "The slide of this case is open already",
                    where=str(case),
                    advice="Take it off the list with Ctrl+W, then open the case again",
                )
            return adopt_case(case, folders)

        self._tasks.run_task(work, done=lambda slide: self._open_slides([slide]), failed=self.failed.emit)
