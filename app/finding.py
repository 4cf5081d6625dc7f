"""Places and hidden pictures on demand, put together: go to a place, label and macro images."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from app.canvas.read_tile import to_qimage
from app.main_window import MainWindow
from app.panels.place_dialog import PlaceDialog
from app.state.session import Session
from app.state.slide_entry import SlideEntry
from app.state.value_state import ValueState
from app.work.task import Tasks
from inference.slides.associated import read_associated
from inference.slides.slide import SlideInfo

GO_MAGNIFICATION = 10.0
"""Shown at least as close as this: a place seen on the whole slide is no place."""


class Finding(QObject):
    """Connects the actions of finding to the window.

    Signals:
        failed: the `EquiscopeError` to show.
    """

    failed = Signal(object)

    def __init__(
        self, window: MainWindow, *, session: Session, tasks: Tasks, applied: ValueState[bool]
    ) -> None:
        """`applied` says whether colour profiles are."""
        super().__init__()
        self._window = window
        self._session = session
        self._tasks = tasks
        self._applied = applied
        window.actions_["go_to"].triggered.connect(lambda _checked=False: self._ask_for_place())
        window.side.info.associated.wanted.connect(self._read_associated)
        session.slideChanged.connect(self._on_slide_changed)
        self._on_slide_changed()

    def _on_slide_changed(self) -> None:
        entry = self._session.current
        self._window.actions_["go_to"].setEnabled(entry is not None)
        self._window.side.info.associated.reset(
            available=entry is not None and len(entry.info.associated_images) > 0
        )

    def _ask_for_place(self) -> None:
        entry = self._session.current
        if entry is None:
            return
        dialog = PlaceDialog(entry.info, self._window)
        dialog.placeGiven.connect(self._go_to)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _go_to(self, point_l0: object) -> None:
        view = self._window.view
        near = self._session.magnification_downsample(GO_MAGNIFICATION)
        here = view.viewport.downsample
        view.fly_to(point_l0, here if near is None else min(near, here))  # type: ignore[arg-type]

    def _read_associated(self) -> None:
        entry = self._session.current
        if entry is not None:
            self._tasks.run_task(
                partial(_images, entry.info, with_profile=self._applied.value),
                done=partial(self._on_read, entry),
                failed=self.failed.emit,
            )

    def _on_read(self, entry: SlideEntry, images: list[tuple[str, QImage]]) -> None:
        if entry is self._session.current:
            self._window.side.info.associated.show_images(images)
            # The card is the last one: they would appear below the panel's edge.
            self._window.side.reveal(self._window.side.info.associated)


def _images(info: SlideInfo, *, with_profile: bool) -> list[tuple[str, QImage]]:
    return [
        (name, to_qimage(read_associated(info.path, name, with_profile=with_profile)))
        for name in info.associated_images
    ]
