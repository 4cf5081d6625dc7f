"""Says on the banner when a slide's storage hangs or has vanished, and takes that back when it answers again."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject

from app.canvas.slide_view import SlideView
from app.canvas.storage_watch import StorageState
from app.control.slide_control import SlideControl
from app.presenter import Presenter
from app.single_shot import single_shot
from app.state.notices import Notice, Weight

SLOW_OPENING_MS = 2000
"""Opening takes a tenth of a second from a disk and seldom a second from a network drive."""
OF_STATE = {
    StorageState.SLOW: Notice(
        Weight.WARNING, "The slide's storage does not answer. The picture goes on as soon as it does."
    ),
    StorageState.GONE: Notice(
        Weight.ERROR,
        "The slide cannot be reached: its file or drive has vanished. It is looked for every two seconds and goes "
        "on when it is back; nothing computed is lost.",
    ),
}


class StorageNotices(QObject):
    """Watches the slide on show and the one being opened."""

    def __init__(self, presenter: Presenter, slides: SlideControl, view: SlideView) -> None:
        super().__init__()
        self._presenter = presenter
        self._shown: Notice | None = None
        self._opening: Notice | None = None
        self._timer = single_shot(self, SLOW_OPENING_MS, self._on_slow_opening)
        view.storageChanged.connect(self._on_storage_changed)
        slides.opening.connect(self._on_opening)
        slides.opened.connect(lambda _entry: self._on_opening_over())
        slides.openFailed.connect(lambda _error: self._on_opening_over())

    def stop(self) -> None:
        """Says nothing any more: the window is going."""
        self._timer.stop()

    def _on_storage_changed(self, state: StorageState) -> None:
        if self._shown is not None:
            self._presenter.withdraw_problem(self._shown)
        self._shown = OF_STATE.get(state)
        if self._shown is not None:
            self._presenter.show_problem(self._shown)

    def _on_opening(self, path: Path) -> None:
        self._on_opening_over()
        self._opening = Notice(
            Weight.WARNING,
            f"{path.name} is not open yet: its storage answers slowly or not at all. Other slides can be opened.",
        )
        self._timer.start()

    def _on_slow_opening(self) -> None:
        if self._opening is not None:
            self._presenter.show_problem(self._opening)

    def _on_opening_over(self) -> None:
        self._timer.stop()
        if self._opening is not None:
            self._presenter.withdraw_problem(self._opening)
            self._opening = None
