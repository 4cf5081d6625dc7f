"""The session from one start to the next: the slides in the tray, the one on show, and the view of each."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
from PySide6.QtCore import QObject

from app.control.tray_control import TrayControl
from app.control.view_memory import ViewMemory
from app.settings import Settings
from app.single_shot import single_shot
from app.state.session import Session
from app.state.tray_list import TrayList
from app.state.viewport import Viewport
from app.work.claim import Claim
from inference.results.case_file import data_home
from inference.slides.frames import PointL0

QUIET_MS = 1000
"""A session is stored once nothing has moved for so long: kill -9 loses the last move, and a drag writes nothing."""


class SessionMemory(QObject):
    """Stores the session as it changes. Of several windows the first remembers; the others come and go."""

    def __init__(
        self,
        settings: Settings,
        session: Session,
        tray: TrayList,
        trays: TrayControl,
        views: ViewMemory,
    ) -> None:
        super().__init__()
        self._settings = settings
        self._session = session
        self._tray = tray
        self._trays = trays
        self._views = views
        self._claim = Claim(data_home() / "session.lock")
        self._is_ours = self._claim.take()
        self._timer = single_shot(self, QUIET_MS, self._store)
        tray.changed.connect(self._timer.start)
        session.slideChanged.connect(self._timer.start)
        views.moved.connect(self._timer.start)

    def restore(self) -> bool:
        """Brings the last session back; False if there is none, or another window has it."""
        if not self._is_ours:
            return False
        slides, current = _parsed(self._settings.session())
        if not slides:
            return False
        for path, viewport in slides.items():
            if viewport is not None:
                self._views.remember(path, viewport)
        self._trays.resume(tuple(slides), current)
        return True

    def stop(self) -> None:
        """Stores the session and lets another window remember from now on."""
        if self._timer.isActive():
            self._timer.stop()
            self._store()
        self._claim.release()

    def _store(self) -> None:
        if not self._is_ours:
            return
        current = self._session.current
        document = {
            "slides": [
                {
                    "path": str(path),
                    "view": None if (view := self._views.view_of(path)) is None else asdict(view),
                }
                for path in self._tray.paths
            ],
            "current": None if current is None else str(current.path),
        }
        self._settings.set_session(orjson.dumps(document).decode())


def _parsed(text: str) -> tuple[dict[Path, Viewport | None], Path | None]:
    """(view of each slide, slide on show) of a stored session; what is no session is an empty one."""
    try:
        document = orjson.loads(text or "{}")
        slides = {Path(each["path"]): _viewport(each.get("view")) for each in document.get("slides", [])}
        current = document.get("current")
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError):
        return {}, None
    return slides, None if current is None else Path(str(current))


def _viewport(stored: Any) -> Viewport | None:
    """A stored view; one of an older or newer program that does not fit shows the slide whole."""
    try:
        return Viewport(
            centre_l0=PointL0(**stored["centre_l0"]), **{k: v for k, v in stored.items() if k != "centre_l0"}
        )
    except (KeyError, TypeError, ValueError):
        return None
