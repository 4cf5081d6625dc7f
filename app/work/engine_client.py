"""The one engine process of the window: started when needed, spoken to in JSON lines, ended with the window."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import Enum

from PySide6.QtCore import QObject, QProcess, Signal

from app.single_shot import single_shot
from app.work.own_process import own_environment
from inference.engine.live_messages import ContinueRequest, LiveRequest, PauseRequest
from inference.engine.messages import (
    CancelRequest,
    EngineReady,
    FocusRequest,
    LastEvent,
    QuitRequest,
    Request,
    ScanRequest,
    WorkRequest,
    decode,
    encode,
)
from inference.errors import EngineError

ENGINE_COMMAND = (sys.executable, "-P", "-m", "inference.engine", "serve")
"""-P: the folder the window was started in is no place to import from; a numpy.py beside a slide would be run."""
CANCEL_MS = 3000
"""A batch takes well under a second; an engine that has not stopped by now hangs, and the promise is three seconds."""
QUIT_MS = 1500
"""Time to end in order when the window closes; whatever is computed lies in the case file already."""
KILL_MS = 2000
_STDERR_KEPT = 4000


class EnginePhase(Enum):
    """Whether there is an engine."""

    OFF = "off"
    STARTING = "starting"
    READY = "ready"
    DIED = "died"


class EngineClient(QObject):
    """Sends requests, gives events.

    Signals:
        eventArrived: a `WorkEvent`.
        engineFailed: an `EngineError`; the process is gone, its scan with it, and the next request starts a new one.
        engineKilled: the engine did not stop when asked and was ended; carries the run_id.
        phaseChanged: the new `EnginePhase`.
    """

    eventArrived = Signal(object)
    engineFailed = Signal(object)
    engineKilled = Signal(str)
    phaseChanged = Signal(object)

    def __init__(self, command: Sequence[str] = ENGINE_COMMAND, *, cancel_ms: int = CANCEL_MS) -> None:
        super().__init__()
        self._command = tuple(command)
        self._process: QProcess | None = None
        self._phase = EnginePhase.OFF
        self._waiting: list[Request] = []
        self._rest = b""
        self._stderr = b""
        self._cancelled_run = ""
        self._cancel_timer = single_shot(self, cancel_ms, self._on_cancel_overdue)

    @property
    def phase(self) -> EnginePhase:
        """Whether there is an engine."""
        return self._phase

    def scan(self, request: ScanRequest) -> None:
        """Asks for a scan; starts the engine first where there is none."""
        if self._process is None:
            self._start()
        self._send(request)

    def ask(self, request: WorkRequest | LiveRequest) -> None:
        """Asks for anything else than a scan; starts the engine first where there is none."""
        if self._process is None:
            self._start()
        self._send(request)

    def tell(self, request: FocusRequest | PauseRequest | ContinueRequest | CancelRequest) -> None:
        """Tells of where the user looks, or what is to wait or to go on; nothing if there is no engine."""
        if self._process is not None:
            self._send(request)

    def cancel(self, run_id: str) -> None:
        """Asks a scan or a stability request to stop; an engine that does not answer in time is killed."""
        if self._process is None:
            return
        self._cancelled_run = run_id
        self._cancel_timer.start()
        self._send(CancelRequest(run_id))

    def stop(self) -> None:
        """Ends the engine and waits for it, at most a few seconds."""
        process = self._let_go()
        if process is None:
            return
        if process.state() == QProcess.ProcessState.Running:
            process.write(encode(QuitRequest()))
            process.closeWriteChannel()
        if not process.waitForFinished(QUIT_MS):
            process.kill()
            process.waitForFinished(KILL_MS)
        process.deleteLater()
        self._set_phase(EnginePhase.OFF)

    def _start(self) -> None:
        process = QProcess(self)
        process.setProcessEnvironment(own_environment())
        process.readyReadStandardOutput.connect(self._on_output)
        process.readyReadStandardError.connect(self._on_stderr)
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_process_error)
        self._process, self._rest, self._stderr = process, b"", b""
        self._set_phase(EnginePhase.STARTING)
        process.start(self._command[0], list(self._command[1:]))

    def _send(self, request: Request) -> None:
        if self._phase is EnginePhase.READY and self._process is not None:
            self._process.write(encode(request))
        else:
            self._waiting.append(request)

    def _on_output(self) -> None:
        if self._process is None:
            return
        # A line may come in pieces, and one piece may hold many lines.
        *lines, self._rest = (self._rest + bytes(self._process.readAllStandardOutput().data())).split(b"\n")
        for line in lines:
            if self._process is not None and line.strip():
                self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            message = decode(line)
        except EngineError as error:
            self._give_up(error)
            return
        if isinstance(message, EngineReady):
            self._set_phase(EnginePhase.READY)
            waiting, self._waiting = self._waiting, []
            for request in waiting:
                self._send(request)
        elif not isinstance(message, Request):
            if isinstance(message, LastEvent) and message.run_id == self._cancelled_run:
                self._cancel_timer.stop()
            self.eventArrived.emit(message)

    def _on_stderr(self) -> None:
        if self._process is not None:
            text = self._stderr + bytes(self._process.readAllStandardError().data())
            self._stderr = text[-_STDERR_KEPT:]

    def _on_finished(self, _exit_code: int, _status: QProcess.ExitStatus) -> None:
        self._on_output()
        self._give_up(
            EngineError(
                "The engine ended unexpectedly",
                where=self._last_words(),
                advice="Scan again: a new engine starts and goes on where this one stopped",
            )
        )

    def _on_process_error(self, kind: QProcess.ProcessError) -> None:
        if kind == QProcess.ProcessError.FailedToStart:
            self._give_up(
                EngineError(
                    "The engine could not be started", where=self._command[0], advice="Reinstall the program"
                )
            )

    def _on_cancel_overdue(self) -> None:
        run_id = self._cancelled_run
        self._end_now()
        self._set_phase(EnginePhase.OFF)
        self.engineKilled.emit(run_id)

    def _give_up(self, error: EngineError) -> None:
        """The engine cannot be used any more: end what is left of it and say why."""
        if self._process is None:
            return
        self._end_now()
        self._set_phase(EnginePhase.DIED)
        self.engineFailed.emit(error)

    def _end_now(self) -> None:
        process = self._let_go()
        if process is None:
            return
        if process.state() != QProcess.ProcessState.NotRunning:
            process.kill()
            process.waitForFinished(KILL_MS)
        process.deleteLater()

    def _let_go(self) -> QProcess | None:
        """Takes the process out of use; none of its signals reaches us any more."""
        process, self._process = self._process, None
        self._cancel_timer.stop()
        self._waiting = []
        if process is not None:
            process.readyReadStandardOutput.disconnect(self._on_output)
            process.readyReadStandardError.disconnect(self._on_stderr)
            process.finished.disconnect(self._on_finished)
            process.errorOccurred.disconnect(self._on_process_error)
        return process

    def _last_words(self) -> str:
        """The last line the engine wrote for people; tells a crash from a kill."""
        lines = self._stderr.decode("utf-8", errors="replace").strip().splitlines()
        return lines[-1][:160] if lines else ""

    def _set_phase(self, phase: EnginePhase) -> None:
        if phase is not self._phase:
            self._phase = phase
            self.phaseChanged.emit(phase)
