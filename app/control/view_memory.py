"""Each slide keeps its view: stored when another slide comes on show, and shown again when it comes back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.canvas.slide_view import SlideView
from app.control.slide_control import SlideControl
from app.state.session import Session
from app.state.slide_entry import SlideEntry
from app.state.viewport import Viewport


class ViewMemory(QObject):
    """Make it after the presenter, which shows a slide whole before its view is restored.

    Signals:
        moved: what is on show has moved.
    """

    moved = Signal()

    def __init__(self, session: Session, slides: SlideControl, view: SlideView) -> None:
        super().__init__()
        self._session = session
        self._view = view
        self._views: dict[Path, Viewport] = {}
        slides.leaving.connect(self._keep)
        session.slideChanged.connect(self._restore)
        view.viewportChanged.connect(lambda _viewport: self.moved.emit())

    def remember(self, path: Path, viewport: Viewport) -> None:
        """What to show of a slide when it is opened."""
        self._views[path] = viewport

    def view_of(self, path: Path) -> Viewport | None:
        """What is shown of a slide, or was when it was last on show; None shows it whole."""
        current = self._session.current
        if current is not None and current.path == path:
            self._keep(current)
        return self._views.get(path)

    def _keep(self, entry: SlideEntry) -> None:
        viewport = self._view.viewport
        upright = replace(viewport, angle_deg=0.0, flipped=False)
        if viewport == upright.fit(entry.info.size_l0):
            # Shown whole again in a window of any size.
            self._views.pop(entry.path, None)
        else:
            self._views[entry.path] = viewport

    def _restore(self) -> None:
        entry = self._session.current
        if entry is not None and entry.path in self._views:
            self._view.show_viewport(self._views[entry.path])
