"""Asking for the resolution of a slide that states none, or another one than it should."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, SignalInstance

from app.control.slide_control import SlideControl
from app.control.tray_control import TrayControl
from app.main_window import MainWindow
from app.panels.mpp_dialog import MppDialog
from app.state.slide_entry import SlideEntry


class Asking(Protocol):
    """What may need the resolution."""

    @property
    def mppWanted(self) -> SignalInstance:
        """Of the `SlideEntry` whose resolution is needed."""


class MppDesk(QObject):
    """Opens the dialog for whoever asks, and closes it where its slide is taken off the list."""

    def __init__(
        self, window: MainWindow, slides: SlideControl, trays: TrayControl, *, asking: Iterable[Asking]
    ) -> None:
        super().__init__()
        self._window, self._slides = window, slides
        self._open: dict[MppDialog, Path] = {}
        trays.removed.connect(self._on_removed)
        for each in asking:
            each.mppWanted.connect(self._ask)

    def _ask(self, entry: SlideEntry) -> None:
        dialog = MppDialog(entry.info, self._window)
        self._open[dialog] = entry.path
        # Another slide may be on show by the time that it is answered.
        dialog.mppGiven.connect(partial(self._slides.give_mpp, entry))
        dialog.finished.connect(partial(self._on_finished, dialog))
        dialog.open()

    def _on_finished(self, dialog: MppDialog, _result: int) -> None:
        del self._open[dialog]
        dialog.deleteLater()

    def _on_removed(self, path: Path) -> None:
        for dialog in [each for each, asked_of in self._open.items() if asked_of == path]:
            dialog.reject()
