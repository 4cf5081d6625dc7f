"""The equivariance of a view in the window: its action and its dialog, connected to its control."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.control.equivariance_control import EquivarianceControl
from app.control.scan_control import ScanControl
from app.main_window import MainWindow
from app.panels.equivariance_dialog import EquivarianceDialog
from app.state.models import ModelsState
from app.state.session import Session
from app.work.engine_client import EngineClient


class EquivarianceDesk(QObject):
    """Connects what concerns the check.

    Attributes:
        control: asks the engine.
        dialog: the dialog on show, or the last one.
    """

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
        self._window = window
        self.control = EquivarianceControl(session, models, scan, engine)
        self.dialog = EquivarianceDialog(window)
        self.dialog.finished.connect(lambda _result: self.control.cancel())
        window.actions_["equivariance"].triggered.connect(lambda _checked=False: self._start())
        self.control.state.changed.connect(self.dialog.show_run)
        for signal in (
            self.control.state.changed, models.changed, session.slideChanged, session.entriesChanged, scan.scanEnded,
            scan.released,
        ):  # fmt: skip
            signal.connect(lambda *_: self._show())
        self._show()

    def _start(self) -> None:
        if self.control.start(self._window.view.viewport.region_l0):
            self.dialog.show()

    def _show(self) -> None:
        self._window.actions_.allow("equivariance", self.control.why_not())
