"""The slide list, put together: tray, queue of scans and the view of each slide, connected to the window."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, Signal
from PySide6.QtWidgets import QFileDialog

from app.case_copy import CaseIntake
from app.control.keeping import Keeping
from app.control.scan_control import ScanControl
from app.control.scan_queue import ScanQueue
from app.control.session_memory import SessionMemory
from app.control.slide_claims import SlideClaims
from app.control.slide_control import SlideControl
from app.control.tray_control import TrayControl
from app.control.view_memory import ViewMemory
from app.main_window import MainWindow
from app.panels.tray_row import row_of
from app.settings import Settings
from app.state.session import Session
from app.state.tray_list import TrayList
from app.work.own_process import own_environment
from app.work.task import Tasks
from inference.errors import EquiscopeError
from inference.results.case_place import CASE_SUFFIX

NEW_WINDOW_ARGUMENTS = ("-P", "-m", "app", "--fresh")
"""-P: as for the engine, the folder the program was started in is no place to import from."""
FILE_FILTER = (
    "Slides (*.svs *.tif *.tiff *.ndpi *.scn *.mrxs *.bif *.dcm *.svslide *.vms *.vmu *.czi "
    "*.png *.jpg *.jpeg *.bmp);;Case files (*.case);;All files (*)"
)


class SlideList(QObject):
    """Make it after the presenter. Call `stop` before letting it go.

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
        scan: ScanControl,
        tasks: Tasks,
        settings: Settings,
        keeping: Keeping,
    ) -> None:
        super().__init__()
        self._window = window
        self._session = session
        self._slides = slides
        self._settings = settings
        self._brief_tasks = Tasks(threads=1)
        self.tray = TrayList()
        self.control = TrayControl(
            self.tray, session, slides, tasks, self._brief_tasks, with_profile=settings.profile_applied
        )
        self.queue = ScanQueue(session, self.tray, self.control, scan)
        self._views = ViewMemory(session, slides, window.view)
        self._claims = SlideClaims(session, slides, keeping)
        self.memory = SessionMemory(settings, session, self.tray, self.control, self._views)
        self.control.failed.connect(self.failed)
        self.queue.failed.connect(self.failed)
        self.tray.changed.connect(self._show)
        session.entriesChanged.connect(self._show)
        self.cases = CaseIntake(session, tasks, folders=self._known_folders, open_slides=self.control.open)
        self.cases.failed.connect(self.failed)
        self._connect_window()
        self._show()

    def stop(self) -> None:
        """Stores the session and ends the reading of pictures."""
        self.memory.stop()
        self._claims.release_all()
        self._brief_tasks.stop()

    @property
    def is_busy(self) -> bool:
        """Whether pictures are still being read."""
        return self._brief_tasks.running > 0

    def _connect_window(self) -> None:
        window, actions = self._window, self._window.actions_
        for action_id, slot in (
            ("open", self._ask_for_slides),
            ("open_folder", self._ask_for_folder),
            ("new_window", self._open_window),
            ("scan", self.queue.scan_current),
            ("scan_all", self.queue.add_all),
            ("next_slide", partial(self.control.step, 1)),
            ("previous_slide", partial(self.control.step, -1)),
            ("remove_slide", self._remove_current),
        ):
            # The checked state that Qt sends along is of no interest.
            actions[action_id].triggered.connect(lambda _checked=False, slot=slot: slot())
        window.slidesDropped.connect(self._open)
        window.area.empty.openWanted.connect(self._ask_for_slides)
        window.side.scan.scanWanted.connect(self.queue.scan_current)
        window.tray.slideChosen.connect(self._on_slide_chosen)
        window.tray.removeWanted.connect(self.control.remove)
        window.tray.scanWanted.connect(self._on_scan_wanted)
        window.tray.scanAllWanted.connect(self._on_scan_all_wanted)

    def _show(self) -> None:
        current = self._session.current
        self._window.tray.show_rows(
            [
                row_of(
                    slide,
                    self._session.entry_of(slide.path),
                    is_current=current is not None and slide.path == current.path,
                )
                for slide in self.tray.slides
            ]
        )
        waiting, unscanned = len(self.queue.waiting), len(self.queue.unscanned())
        self._window.tray.show_queue(waiting=waiting, unscanned=unscanned)
        actions, several = self._window.actions_, len(self.tray.slides) > 1
        actions["scan_all"].setEnabled(unscanned > 0)
        actions["next_slide"].setEnabled(several)
        actions["previous_slide"].setEnabled(several)
        actions["remove_slide"].setEnabled(current is not None)

    def _ask_for_slides(self) -> None:
        # The system's own dialog blocks nothing but this call, and every desktop's users know theirs.
        names, _ = QFileDialog.getOpenFileNames(self._window, "Open slides", self._last_folder(), FILE_FILTER)
        self._open([Path(name) for name in names])

    def _open(self, paths: Sequence[Path]) -> None:
        """Slides and folders go on the list; a case opens its slide."""
        cases = [path for path in paths if path.suffix.lower() == CASE_SUFFIX]
        for case in cases:
            self.cases.take(case)
        if slides := [path for path in paths if path not in cases]:
            self.control.open(slides)

    def _known_folders(self) -> tuple[Path, ...]:
        """Those of the slides on the list and of the last ones opened."""
        paths = (*(slide.path for slide in self.tray.slides), *self._settings.recent())
        return tuple(dict.fromkeys(path.parent for path in paths))

    def _ask_for_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self._window, "Open a folder of slides", self._last_folder())
        if name:
            self.control.open([Path(name)])

    def _open_window(self) -> None:
        # A process of its own: what happens to one window does not happen to the other.
        process = QProcess()
        process.setProcessEnvironment(own_environment())
        process.setProgram(sys.executable)
        process.setArguments(list(NEW_WINDOW_ARGUMENTS))
        # True alone or with the process id, by the version of PySide.
        if process.startDetached() in (False, (False, 0)):
            self.failed.emit(
                EquiscopeError("Another window could not be started", advice="Reinstall the program")
            )

    def _last_folder(self) -> str:
        recent = self._settings.recent()
        return str(recent[0].parent) if recent else ""

    def _remove_current(self) -> None:
        if self._session.current is not None:
            self.control.remove(self._session.current.path)

    def _on_slide_chosen(self, path: Path) -> None:
        current = self._session.current
        if current is None or current.path != path:
            self._slides.open(path)

    def _on_scan_wanted(self, path: Path) -> None:
        if path in self.queue.waiting:
            self.queue.remove(path)
        else:
            self.queue.add([path])

    def _on_scan_all_wanted(self) -> None:
        if self.queue.waiting:
            self.queue.clear()
        else:
            self.queue.add_all()
