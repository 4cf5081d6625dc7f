"""Remembers how fast scans are, and says how long the next one will take."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.control.scan_control import ScanControl
from app.settings import Settings
from app.state.models import ModelChoice
from app.state.run_state import RunPhase
from app.state.scan_estimate import FEWEST_CELLS, cells_to_scan
from app.state.slide_entry import SlideEntry
from inference.engine.slide_stability_messages import SlideStabilityDone, SlideStabilityStarted
from inference.results.stability import TURN_COST

TURNED = " turned"
"""After a model's name: the speed of its cells under other angles, which overlap more than those of a scan."""


class ScanSpeed(QObject):
    """Learns from every scan that ran from its beginning to its end."""

    def __init__(self, scan: ScanControl, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        scan.scanEnded.connect(self._learn)

    def seconds_for(self, entry: SlideEntry, choice: ModelChoice) -> float | None:
        """How long a scan of a slide will take; None where nothing is known to judge it by."""
        speed = self._settings.scan_speed(choice.name)
        if speed is None or entry.thumbnail is None:
            return None
        cells = cells_to_scan(entry.info, entry.thumbnail, model_mpp=choice.mpp)
        return cells / speed if cells else None

    def turn_seconds_for(self, entry: SlideEntry, choice: ModelChoice) -> float | None:
        """How long one angle of a slide's rotation stability takes, judged by the last one, else by the last scan."""
        speed = self._settings.scan_speed(choice.name + TURNED)
        scan = self.seconds_for(entry, choice)
        if speed is None or entry.thumbnail is None:
            return None if scan is None else TURN_COST * scan
        cells = cells_to_scan(entry.info, entry.thumbnail, model_mpp=choice.mpp)
        return cells / speed if cells else None

    def learn_turns(self, started: SlideStabilityStarted, done: SlideStabilityDone) -> None:
        """Remembers the speed of a slide's stability that ran from its beginning to its end."""
        if done.resumed_blocks == 0 and started.tissue_cells >= FEWEST_CELLS and done.seconds > 0:
            cells = started.tissue_cells * started.turns
            self._settings.set_scan_speed(started.model + TURNED, cells / done.seconds)

    def _learn(self, entry: SlideEntry) -> None:
        started, done = entry.run.started, entry.run.done
        if entry.run.phase is not RunPhase.DONE or started is None or done is None:
            return
        # Tiles taken from an earlier scan took no time in this one.
        if done.resumed_tiles == 0 and started.tissue_cells >= FEWEST_CELLS and done.seconds > 0:
            self._settings.set_scan_speed(started.model, started.tissue_cells / done.seconds)
