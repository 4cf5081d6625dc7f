"""The tray: takes files and folders in, looks at each slide in the background, goes from one to the next."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.control.slide_control import SlideControl
from app.state.session import Session
from app.state.tray_list import TrayList
from app.work.find_slides import find_slides
from app.work.slide_brief import SlideBrief, read_brief
from app.work.task import Tasks
from inference.errors import EquiscopeError, PyramidWantedError


class TrayControl(QObject):
    """Keeps the list of slides and what is known of each.

    Signals:
        briefed: the path of a slide that was looked at, with success or without.
        removed: the path of a slide that was taken off the list.
        failed: the `EquiscopeError` to show.
    """

    briefed = Signal(object)
    removed = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        tray: TrayList,
        session: Session,
        slides: SlideControl,
        tasks: Tasks,
        brief_tasks: Tasks,
        *,
        read: Callable[..., SlideBrief] = read_brief,
        with_profile: Callable[[], bool] = lambda: True,
    ) -> None:
        """`brief_tasks` has one thread: pictures of a hundred slides must not hold up the opening of one.

        `with_profile` says whether pictures are shown in the colours that the slides' profiles mean.
        """
        super().__init__()
        self._tray = tray
        self._session = session
        self._slides = slides
        self._tasks = tasks
        self._brief_tasks = brief_tasks
        self._read = read
        self._with_profile = with_profile
        self._waiting: deque[Path] = deque()
        self._reading = False
        self._leaving: Path | None = None
        slides.opened.connect(lambda _entry: self._on_opened())
        slides.openFailed.connect(lambda _error: self._let_go())

    def open(self, paths: Sequence[Path]) -> None:
        """Takes files and folders into the tray and shows the first of them."""
        if not paths:
            return
        self._tasks.run_task(
            lambda: find_slides(paths), done=partial(self._on_found, show=True), failed=self.failed.emit
        )

    def add(self, paths: Sequence[Path]) -> None:
        """Takes files into the tray without opening any."""
        self._waiting.extend(self._tray.add(paths))
        self._read_next()

    def resume(self, paths: Sequence[Path], current: Path | None) -> None:
        """Takes the slides of an earlier session into the tray and shows the one that was on show."""
        self.add(paths)
        if current is not None and current in paths:
            self._slides.open(current)

    def read_pictures_again(self) -> None:
        """Looks anew at the slides whose pictures are in other colours now that profiles are applied, or no longer."""
        for slide in self._tray.slides:
            profile = slide.info.colour_profile if slide.info is not None else None
            if profile is None or not profile.changes_colours:
                continue
            entry = self._session.entry_of(slide.path)
            if entry is not None and entry is not self._session.current:
                entry.forget_thumbnail()
            self._waiting.append(slide.path)
        self._read_next()

    def step(self, by: int) -> None:
        """Shows the next (1) or previous (-1) slide of the tray; stops at its ends."""
        wanted = self._slides.wanted
        current = wanted or (self._session.current.path if self._session.current is not None else None)
        path = self._tray.neighbour(current, by)
        if path is not None:
            self._slides.open(path)

    def remove(self, path: Path) -> None:
        """Takes a slide off the tray; the file and all that is known of it stay. The next one comes on show."""
        current = self._session.current
        following = self._tray.neighbour(path, 1) or self._tray.neighbour(path, -1)
        self._tray.remove(path)
        self.removed.emit(path)
        if current is not None and current.path == path and following is not None:
            # It stays on show until the other one is there: the start page must not flash between them.
            self._leaving = path
            self._slides.open(following)
        else:
            self._slides.close(path)

    def _on_found(self, paths: tuple[Path, ...], *, show: bool) -> None:
        self.add(paths)
        if show:
            self._slides.open(paths[0])

    def _on_opened(self) -> None:
        self._let_go()
        current = self._session.current
        if current is None:
            return
        self.add([current.path])
        slide = self._tray.get(current.path)
        if slide is not None and (slide.problem or slide.info != current.info):
            # It can be opened now, or was told its resolution.
            self._tray.put(replace(slide, info=current.info, problem=""))

    def _let_go(self) -> None:
        if self._leaving is not None:
            self._slides.close(self._leaving)
            self._leaving = None

    def _read_next(self) -> None:
        """One after the other, so that slides taken off the list meanwhile are not read."""
        while self._waiting and not self._reading:
            path = self._waiting.popleft()
            if self._tray.get(path) is None:
                continue
            self._reading = True
            self._brief_tasks.run_task(
                partial(self._read, path, with_profile=self._with_profile()),
                done=partial(self._on_brief, path),
                failed=partial(self._on_brief_failed, path),
            )

    def _on_brief(self, path: Path, brief: SlideBrief) -> None:
        slide = self._tray.get(path)
        if slide is not None:
            self._tray.put(
                replace(
                    slide,
                    info=brief.info,
                    picture=brief.picture,
                    is_scanned=brief.is_scanned,
                    reviewed=brief.reviewed,
                    candidates=brief.candidates,
                )
            )
        self._go_on(path)

    def _on_brief_failed(self, path: Path, error: EquiscopeError) -> None:
        slide = self._tray.get(path)
        # A large flat image has no picture before its pyramid is built, which opening it does.
        if slide is not None and not isinstance(error, PyramidWantedError):
            self._tray.put(replace(slide, problem=error.sentence()))
        self._go_on(path)

    def _go_on(self, path: Path) -> None:
        self._reading = False
        self.briefed.emit(path)
        self._read_next()
