"""The small pictures in the list of candidates: read in the background for the rows in sight."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from app.main_window import MainWindow
from app.single_shot import single_shot
from app.state.session import Session
from app.state.value_state import ValueState
from app.work.candidate_pictures import read_candidate_pictures
from app.work.task import Tasks
from inference.errors import EquiscopeError
from inference.slides.frames import PointL0

WAIT_MS = 60
"""Rows that fly past while scrolling are not read."""
MOST_AT_ONCE = 24
"""A screenful; newer wishes go before what is left."""


class CandidatePictureDesk(QObject):
    """Connects the list's delegate to a thread that reads pictures."""

    def __init__(self, window: MainWindow, *, session: Session, applied: ValueState[bool]) -> None:
        """`applied` says whether colours are shown as profiles mean them."""
        super().__init__()
        self._session, self._applied = session, applied
        self._view, self._delegate = window.side.candidates.view, window.side.candidates.pictures
        # A thread of its own: pictures hold up nothing else, and storage that hangs holds up pictures only.
        self._tasks = Tasks(threads=1)
        self._wanted: dict[PointL0, None] = {}
        self._is_reading = False
        self._timer = single_shot(self, WAIT_MS, self._read)
        self._delegate.missing.connect(self._on_missing)
        session.slideChanged.connect(self._forget)
        applied.changed.connect(lambda _: self._forget())

    def stop(self) -> None:
        """Reads nothing any more."""
        self._timer.stop()
        self._tasks.stop()

    def _on_missing(self, point_l0: PointL0) -> None:
        self._wanted[point_l0] = None
        self._timer.start()

    def _forget(self) -> None:
        self._delegate.clear()
        self._wanted.clear()
        self._view.viewport().update()

    def _read(self) -> None:
        entry = self._session.current
        points = list(self._wanted)[-MOST_AT_ONCE:]
        if entry is None or entry.info.mpp is None or not points or self._is_reading:
            return
        self._wanted.clear()
        self._is_reading = True
        path, mpp, with_profile = entry.path, entry.info.mpp, self._applied.value

        def take(pictures: list[QImage]) -> None:
            self._is_reading = False
            self._show(path, with_profile, dict(zip(points, pictures, strict=True)))

        def give_up(_error: EquiscopeError) -> None:
            # The view itself tells of a slide that cannot be read any more.
            take([QImage() for _ in points])

        self._tasks.run_task(
            lambda: read_candidate_pictures(path, mpp, points, with_profile=with_profile),
            done=take,
            failed=give_up,
        )

    def _show(self, path: Path, with_profile: bool, pictures: dict[PointL0, QImage]) -> None:
        entry = self._session.current
        if entry is not None and entry.path == path and self._applied.value == with_profile:
            for point_l0, picture in pictures.items():
                self._delegate.put(point_l0, picture)
        # Rows in sight that are still without a picture ask for it while they are painted.
        self._view.viewport().update()
