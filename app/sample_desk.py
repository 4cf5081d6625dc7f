"""The sample slide, put together: drawn on the first click, then opened like any other."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.control.tray_control import TrayControl
from app.main_window import MainWindow
from app.state.session import Session
from app.work.sample_drawing import SampleDrawing, sample_path


class SampleDesk(QObject):
    """Connects the offer on the start page to the drawing. Call `stop` before letting it go.

    Signals:
        failed: the `EquiscopeError` to show.
    """

    failed = Signal(object)

    def __init__(self, window: MainWindow, *, session: Session, tray: TrayControl) -> None:
        super().__init__()
        self._session = session
        self._tray = tray
        self.drawing = SampleDrawing()
        self._offer = window.area.empty.sample
        self._offer.wanted.connect(self._show_sample)
        self._offer.stopWanted.connect(self.drawing.call_off)
        self.drawing.advanced.connect(self._offer.show_progress)
        self.drawing.stopped.connect(self._offer.show_offer)
        self.drawing.drawn.connect(self._on_drawn)
        self.drawing.failed.connect(self._on_failed)

    def stop(self) -> None:
        """Ends the drawing."""
        self.drawing.stop()

    def _show_sample(self) -> None:
        path = sample_path()
        if path.exists():
            self._tray.open([path])
        else:
            self.drawing.start()

    def _on_drawn(self, path: Path) -> None:
        self._offer.show_offer()
        if self._session.current is None:
            self._tray.open([path])
        else:
            # The user has opened a slide meanwhile, which is not taken away.
            self._tray.add([path])

    def _on_failed(self, error: object) -> None:
        self._offer.show_offer()
        self.failed.emit(error)
