"""Drawing the sample slide in a process of its own, which ends with the window."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, Signal

from app.work.own_process import own_environment
from inference.errors import EquiscopeError
from inference.places import cache_home

SIZE_L0 = (16384, 11264)
"""A quarter of the demo slide: half a minute on two cores, 35 MB, and still a whole node."""
STOP_MS = 5000
"""A block is painted in well under a second, and the process looks after each."""


def sample_path() -> Path:
    """Where the sample slide lies once it is drawn."""
    return cache_home() / "sample" / "sample-slide.tif"


class SampleDrawing(QObject):
    """One drawing at a time.

    Signals:
        advanced: the part done, 0..1, and the seconds left, None where that is not known yet.
        drawn: the path of the slide.
        failed: the `EquiscopeError` to show.
        stopped: it was called off.
    """

    advanced = Signal(float, object)
    drawn = Signal(object)
    failed = Signal(object)
    stopped = Signal()

    def __init__(self, size_l0: tuple[int, int] = SIZE_L0) -> None:
        super().__init__()
        self._size_l0 = size_l0
        self._process: QProcess | None = None
        self._path = sample_path()
        self._is_called_off = False
        self._started = 0.0

    @property
    def is_running(self) -> bool:
        """Whether a slide is being drawn."""
        return self._process is not None

    def start(self) -> None:
        """Draws the slide; nothing happens while it is being drawn."""
        if self._process is not None:
            return
        self._path, self._is_called_off, self._started = sample_path(), False, time.monotonic()
        process = self._process = QProcess(self)
        process.setProcessEnvironment(own_environment())
        process.setProgram(sys.executable)
        # -P: the folder the program was started in is no place to import from.
        width, height = self._size_l0
        process.setArguments(["-P", "-m", "inference.synthetic", str(self._path), str(width), str(height)])
        process.readyReadStandardOutput.connect(self._on_output)
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_error)
        process.start()
        self.advanced.emit(0.0, None)

    def call_off(self) -> None:
        """Stops drawing; nothing stays of it."""
        if self._process is not None:
            self._is_called_off = True
            self._process.closeWriteChannel()

    def stop(self) -> None:
        """Stops drawing and waits for it."""
        process = self._process
        if process is None:
            return
        self.blockSignals(True)
        self.call_off()
        if not process.waitForFinished(STOP_MS):
            process.kill()
            process.waitForFinished(STOP_MS)

    def _on_output(self) -> None:
        assert self._process is not None
        lines = bytes(self._process.readAllStandardOutput().data()).split()
        if lines and not self._is_called_off:
            part = float(lines[-1])
            took = time.monotonic() - self._started
            # The first blocks tell little: processes are being started.
            self.advanced.emit(part, took / part * (1 - part) if part > 0.05 else None)

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._process = None
            self.failed.emit(
                EquiscopeError("The sample slide could not be drawn", advice="Reinstall the program")
            )

    def _on_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        process, self._process = self._process, None
        assert process is not None
        said = bytes(process.readAllStandardError().data()).decode(errors="replace").strip()
        process.deleteLater()
        if self._is_called_off:
            self.stopped.emit()
        elif code == 0 and status is QProcess.ExitStatus.NormalExit:
            self.drawn.emit(self._path)
        else:
            reason = said.splitlines()[-1] if said else "its process ended"
            self.failed.emit(
                EquiscopeError(
                    f"The sample slide could not be drawn ({reason})",
                    where=str(self._path.parent),
                    advice="Make room there, or open a slide of your own",
                )
            )
