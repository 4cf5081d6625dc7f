"""The live model and pausing in the window: their actions and their words, connected to their controls."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.control.live_control import LiveControl
from app.control.scan_control import ScanControl
from app.main_window import MainWindow
from app.state.models import ModelsState
from app.state.session import Session
from app.work.engine_client import EngineClient


class LiveDesk(QObject):
    """Connects what concerns the live model, and a scan that waits.

    Signals:
        failed: the `EquiscopeError` that ended the live model.

    Attributes:
        control: asks the engine.
    """

    failed = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        *,
        session: Session,
        models: ModelsState,
        scan: ScanControl,
        engine: EngineClient,
    ) -> None:
        super().__init__()
        self._window, self._scan = window, scan
        self.control = LiveControl(session, models, scan, engine, window.view)
        window.actions_["live"].triggered.connect(lambda _checked=False: self.control.toggle())
        window.actions_["pause_scan"].triggered.connect(lambda _checked=False: scan.pause_or_continue())
        window.area.progress.pauseWanted.connect(scan.pause_or_continue)
        self.control.failed.connect(self.failed)
        for signal in (self.control.state.changed, session.slideChanged):
            signal.connect(lambda *_: self._show_live())
        scan.scanEnded.connect(lambda *_: self._show_pause())
        session.runChanged.connect(self._show_pause)
        session.entriesChanged.connect(self._show_pause)
        self._show_live()
        self._show_pause()

    def _show_live(self) -> None:
        run = self.control.state.value
        self._window.actions_["live"].setChecked(run.wanted)
        self._window.area.show_live(run)

    def _show_pause(self) -> None:
        entry, action = self._scan.scanning, self._window.actions_["pause_scan"]
        action.setEnabled(entry is not None and not entry.run.cancelling)
        action.setText("Go on scanning" if entry is not None and entry.run.paused else "Pause scan")
