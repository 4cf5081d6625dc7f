"""Opening slides: from a path to an open slide on show, with the resolution it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.state.session import Session
from app.state.slide_entry import SlideEntry
from app.work.open_with_case import OpenedSlide, open_with_case, record_given_mpp
from app.work.task import Tasks
from inference.errors import BuildCancelledError, EquiscopeError
from inference.slides.frames import Mpp
from inference.slides.slide import Slide

OpenFunction = Callable[[Path, Mpp | None], OpenedSlide]


class SlideControl(QObject):
    """Opens slides off the GUI thread and owns the open ones.

    Signals:
        opening: the path that is being opened.
        building: the path whose pyramid is being built, and the part that is done.
        leaving: the `SlideEntry` on show, before another one takes its place.
        opened: the `SlideEntry` now on show.
        openFailed: the `EquiscopeError` of a slide that could not be opened; the slide on show stays.
        mppWanted: the `SlideEntry` whose resolution is unknown.
    """

    opening = Signal(object)
    building = Signal(object, float)
    leaving = Signal(object)
    opened = Signal(object)
    openFailed = Signal(object)
    mppWanted = Signal(object)

    def __init__(self, session: Session, tasks: Tasks) -> None:
        super().__init__()
        self._session = session
        self._tasks = tasks
        self._wanted: Path | None = None
        self._is_building = False
        self._in_use: list[Slide] = []

    @property
    def wanted(self) -> Path | None:
        """The slide that is being opened."""
        return self._wanted

    def open(self, path: Path, *, mpp: Mpp | None = None) -> None:
        """Opens a file and puts it on show; a later call overtakes an earlier one that is not done yet."""
        path = path.expanduser().absolute()
        known = self._session.entry_of(path)
        if mpp is None and known is not None and known.info.mpp_source == "given":
            mpp = known.info.mpp
        self._wanted = path
        self._is_building = False
        radius_cells = self._session.radius_cells
        self.opening.emit(path)
        self._tasks.run_task(
            lambda: open_with_case(path, mpp, partial(self._keep_building, path), radius_cells=radius_cells),
            done=partial(self._on_opened, path),
            failed=partial(self._on_open_failed, path),
        )

    def cancel_building(self) -> bool:
        """Gives up the pyramid that is being built; False if none is."""
        was_building, self._is_building = self._is_building, False
        if was_building:
            self._wanted = None
        return was_building

    def give_mpp(self, entry: SlideEntry, mpp: Mpp) -> None:
        """The user's word for a slide's resolution: recorded, and used from now on; it may have been left meanwhile."""
        fingerprint = entry.info.fingerprint
        self._tasks.run_task(
            lambda: record_given_mpp(fingerprint, mpp), done=lambda _: None, failed=self.openFailed.emit
        )
        if entry is self._session.current:
            self.open(entry.path, mpp=mpp)
        else:
            entry.set_info(replace(entry.info, mpp=mpp, mpp_source="given"))

    def ask_mpp(self) -> None:
        """Asks for the resolution of the slide on show; not during its scan, whose cells depend on it."""
        entry = self._session.current
        if entry is not None and not entry.run.is_active:
            self.mppWanted.emit(entry)

    def close(self, path: Path) -> None:
        """Forgets a slide; its file is closed once nobody reads it any more."""
        if path == self._wanted:
            self._wanted = None
        self._session.remove(path)

    def on_slide_released(self, slide: Slide) -> None:
        """The view has let a slide go: nobody reads it any more."""
        if slide in self._in_use and slide is not self._session.slide:
            self._in_use.remove(slide)
            slide.close()

    def close_all(self) -> None:
        """Closes every slide; call it once all readers have ended."""
        for slide in self._in_use:
            slide.close()
        self._in_use = []

    def _keep_building(self, path: Path, part: float) -> bool:
        """Whether a pyramid is still wanted; called on other threads."""
        if path != self._wanted:
            return False
        self._is_building = True
        self.building.emit(path, part)
        return True

    def _on_opened(self, path: Path, opened: OpenedSlide) -> None:
        if path != self._wanted:
            opened.slide.close()
            return
        self._wanted = None
        self._is_building = False
        self._in_use.append(opened.slide)
        if self._session.current is not None:
            self.leaving.emit(self._session.current)
        entry: SlideEntry = self._session.show(opened.slide)
        if opened.earlier is not None and entry.layer is None and not entry.run.is_active:
            entry.set_layer(opened.earlier.layer)
            entry.radius_cells = opened.earlier.radius_cells
            entry.set_candidates(opened.earlier.candidates)
            entry.set_run(opened.earlier.run)
        if opened.stability is not None and entry.stability is None:
            entry.set_stability(opened.stability)
        self.opened.emit(entry)
        if opened.problem is not None:
            self.openFailed.emit(opened.problem)
        if entry.info.mpp is None:
            self.mppWanted.emit(entry)

    def _on_open_failed(self, path: Path, error: EquiscopeError) -> None:
        if path == self._wanted:
            self._wanted = None
            self._is_building = False
        if not isinstance(error, BuildCancelledError):
            self.openFailed.emit(error)
