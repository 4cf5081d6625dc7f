"""Asking for the resolution of a slide that states none, or another one than it should."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Protocol

from PySide6.QtCore import QObject, SignalInstance

from app.control.slide_control import SlideControl
from app.main_window import MainWindow
from app.panels.mpp_dialog import MppDialog
from app.state.slide_entry import SlideEntry


class Asking(Protocol):
    """What may need the resolution."""

    @property
    def mppWanted(self) -> SignalInstance:
        """Of the `SlideEntry` whose resolution is needed."""


class MppDesk(QObject):
    """Opens the dialog for whoever asks."""

    def __init__(self, window: MainWindow, slides: SlideControl, *, asking: Iterable[Asking]) -> None:
        super().__init__()
        self._window, self._slides = window, slides
        for each in asking:
            each.mppWanted.connect(self._ask)

    def _ask(self, entry: SlideEntry) -> None:
        dialog = MppDialog(entry.info, self._window)
        # Another slide may be on show by the time that it is answered.
        dialog.mppGiven.connect(partial(self._slides.give_mpp, entry))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
