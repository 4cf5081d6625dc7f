"""The menu of slides opened lately, filled each time it is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QWidget

from app.settings import Settings

_NAME_PX = 320


class RecentMenu(QMenu):
    """Slides opened lately, the latest first; whether they still exist is seen when one is opened."""

    def __init__(self, settings: Settings, choose: Callable[[Path], None], parent: QWidget) -> None:
        super().__init__("Open recent", parent)
        self._settings = settings
        self._choose = choose
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)
        self.fill()

    def fill(self) -> None:
        """Shows the list as it is now."""
        self.clear()
        paths = self._settings.recent()
        for path in paths:
            name = self.fontMetrics().elidedText(path.name, Qt.TextElideMode.ElideMiddle, _NAME_PX)
            # An ampersand in a file's name is no mnemonic.
            action = self.addAction(name.replace("&", "&&"))
            action.setToolTip(str(path))
            action.triggered.connect(lambda _=False, path=path: self._choose(path))
        if paths:
            self.addSeparator()
            self.addAction("Empty this list").triggered.connect(self._settings.forget_recent)
        else:
            self.addAction("No slide was opened yet").setEnabled(False)
