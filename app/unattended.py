"""A run by command line: opens, scans if asked, writes results and picture, and says how it went."""

from __future__ import annotations

import time
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from app.command_line import Wishes
from app.program import Program
from app.state.run_state import RunPhase
from app.state.slide_entry import SlideEntry
from app.work.model_list import list_models
from inference.engine.results_folder import write_results
from inference.errors import EquiscopeError, ExportError
from inference.results.candidates import DEFAULT_RADIUS_CELLS
from inference.slides.frames import Mpp
from inference.slides.resolution import require_mpp

POLL_MS = 50
"""How often a screenshot looks whether the window is ready: not noticed by anyone waiting for it."""
SETTLE_SECONDS = 60.0
"""How long a picture waits for the last tile: slow network storage makes it, a hung one does not."""


class CommandRun(QObject):
    """Carries out the wishes of the command line on a window.

    With a screenshot wished for, `ended` follows with the error that stopped it, or None; without, errors are shown
    in the window and it stays open.
    """

    ended = Signal(object)

    def __init__(self, program: Program, wishes: Wishes) -> None:
        super().__init__()
        self._program = program
        self._wishes = wishes
        self._models_known = False
        self._scan_wanted = wishes.scan
        self._results_due = wishes.out is not None
        self._over = False
        self._unsettled_since: float | None = None
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MS)
        self._poll.timeout.connect(self._on_poll)

    def start(self) -> None:
        """Starts; returns at once."""
        program, wishes = self._program, self._wishes
        if wishes.out is not None:
            # The same files on every machine, and the same candidates in the window.
            program.session.radius_cells = DEFAULT_RADIUS_CELLS
            program.window.side.layers.show_radius(DEFAULT_RADIUS_CELLS)
        program.tasks.run_task(
            lambda: list_models(wishes.model), done=self._on_models_listed, failed=self._on_error
        )
        program.candidates.found.connect(self._on_candidates_found)
        program.scan.scanEnded.connect(self._on_scan_ended)
        if wishes.screenshot is not None:
            if not wishes.screenshot.parent.is_dir():
                # Said before a scan is spent on it; by timer, since the loop that ends does not run yet.
                QTimer.singleShot(0, lambda: self._end(self._unwritable()))
                return
            program.window.view.set_animated(False)
            program.slides.mppWanted.disconnect()
            program.slides.mppWanted.connect(self._on_mpp_wanted)
            program.slides.openFailed.connect(self._on_error)
            program.list.failed.connect(self._on_error)
            self._poll.start()
        program.slides.opened.connect(lambda _entry: self._scan_if_ready())
        if wishes.mpp is not None:
            program.slides.open(wishes.slides[0], mpp=Mpp.square(wishes.mpp))
        elif wishes.slides:
            program.list.control.open(wishes.slides)
        elif not wishes.fresh and wishes.screenshot is None:
            program.list.memory.restore()

    def _on_models_listed(self, choices: object) -> None:
        wished = self._wishes.model or self._program.settings.model()
        self._program.models.offer(choices, prefer=wished)  # type: ignore[arg-type]
        self._models_known = True
        self._scan_if_ready()

    def _scan_if_ready(self) -> None:
        entry = self._program.session.current
        # A slide without resolution is asked about, and comes here again once that is given.
        if self._scan_wanted and self._models_known and entry is not None and entry.info.mpp is not None:
            self._scan_wanted = False
            # The slide on show first, then what else the command line named.
            self._program.list.queue.scan_current()
            self._program.list.queue.add_all()
            if self._program.scan.scanning is None and self._wishes.screenshot is not None:
                self._on_error(EquiscopeError("The scan could not start", advice="Give --model"))

    def _on_mpp_wanted(self, entry: SlideEntry) -> None:
        try:
            require_mpp(entry.info)
        except EquiscopeError as error:
            self._on_error(error)

    def _on_scan_ended(self, entry: SlideEntry) -> None:
        if (
            entry.run.phase is RunPhase.FAILED
            and entry.run.error is not None
            and self._wishes.screenshot is not None
        ):
            self._end(entry.run.error)

    def _on_candidates_found(self, entry: SlideEntry) -> None:
        run, layer, out = entry.run, entry.layer, self._wishes.out
        if not self._results_due or out is None or run.started is None or run.done is None or layer is None:
            return
        self._program.tasks.run_task(
            partial(
                write_results,
                out,
                run.started,
                run.done,
                layer.heatmap,
                threshold=self._program.layers.value.chosen.threshold,
                radius_cells=DEFAULT_RADIUS_CELLS,
            ),
            done=lambda _: self._on_results_written(),
            failed=self._on_error,
        )

    def _on_results_written(self) -> None:
        self._results_due = False
        self._program.window.status.show_note(f"Results written to {self._wishes.out}")

    def _on_error(self, error: EquiscopeError) -> None:
        if self._wishes.screenshot is not None:
            self._end(error)
        else:
            self._program.show_error(error)

    def _on_poll(self) -> None:
        program = self._program
        waiting = (
            program.tasks.running > 0
            or self._scan_wanted
            or self._results_due
            or program.scan.scanning is not None
            or program.list.is_busy
            or len(program.list.queue.waiting) > 0
        )
        unsettled = len(self._wishes.slides) > 0 and not program.window.view.is_settled()
        if waiting or not unsettled:
            self._unsettled_since = None
        elif self._unsettled_since is None:
            self._unsettled_since = time.monotonic()
        elif time.monotonic() - self._unsettled_since > SETTLE_SECONDS:
            advice = "Check that its drive answers, and try again"
            self._end(EquiscopeError("The slide could not be drawn in time", advice=advice))
        if not (waiting or unsettled):
            self._save()

    def _save(self) -> None:
        target = self._wishes.screenshot
        # A format that Qt cannot write, a folder that does not exist: Qt answers False in silence.
        if target is not None and not self._program.window.grab().save(str(target)):
            self._end(self._unwritable())
        else:
            self._end(None)

    def _unwritable(self) -> ExportError:
        where = str(self._wishes.screenshot)
        return ExportError(
            "The picture could not be written", where=where, advice="Check the folder and the ending .png"
        )

    def _end(self, error: EquiscopeError | None) -> None:
        if not self._over:
            self._over = True
            self._poll.stop()
            self.ended.emit(error)
