"""Each slide keeps its view: stored when another slide comes on show, and shown again when it comes back."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.canvas.slide_view import SlideView
from app.control.slide_control import SlideControl
from app.state.session import Session
from app.state.slide_entry import SlideEntry


class ViewMemory(QObject):
    """Make it after the presenter, which shows a slide whole before its view is restored."""

    def __init__(self, session: Session, slides: SlideControl, view: SlideView) -> None:
        super().__init__()
        self._session = session
        self._view = view
        slides.leaving.connect(self.keep)
        session.slideChanged.connect(self._restore)

    def keep(self, entry: SlideEntry) -> None:
        """Stores what is on show of a slide; one that is shown whole is shown whole again in a window of any size."""
        viewport = self._view.viewport
        entry.viewport = None if viewport == viewport.fit(entry.info.size_l0) else viewport

    def _restore(self) -> None:
        entry = self._session.current
        if entry is not None and entry.viewport is not None:
            self._view.show_viewport(entry.viewport)
