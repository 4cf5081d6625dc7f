"""While the slide on show is scanned, the engine is told where the user looks, so that it computes there first."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.canvas.slide_view import SlideView
from app.control.scan_control import ScanControl
from app.single_shot import single_shot
from app.state.session import Session
from app.work.engine_client import EngineClient
from inference.engine.messages import FocusRequest

FOCUS_MS = 150
"""At most so often: the engine turns to another place between two batches, which take about as long."""


class FocusControl(QObject):
    """Sends the view of a slide under scan, once when the scan starts and whenever it moves."""

    def __init__(self, session: Session, scan: ScanControl, engine: EngineClient, view: SlideView) -> None:
        super().__init__()
        self._session, self._scan, self._engine, self._view = session, scan, engine, view
        self._told: FocusRequest | None = None
        self._timer = single_shot(self, FOCUS_MS, self._tell)
        view.viewportChanged.connect(self._on_changed)
        session.runChanged.connect(self._on_changed)
        session.slideChanged.connect(self._on_changed)

    def _on_changed(self, *_: object) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _tell(self) -> None:
        entry = self._session.current
        if entry is None or entry is not self._scan.scanning:
            return
        region = self._view.viewport.region_l0
        request = FocusRequest(entry.run.run_id, region.x, region.y, region.width, region.height)
        if request != self._told:
            self._told = request
            self._engine.tell(request)
