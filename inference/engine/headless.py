"""A scan from request to result folder without a window: what the command line and many-slide runs call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inference.engine.cancel import CancelToken
from inference.engine.catalog import find_model
from inference.engine.devices import DeviceChoice
from inference.engine.messages import (
    ScanDone,
    ScanEvent,
    ScanProgress,
    ScanRequest,
    ScanStage,
    ScanStarted,
    Scores,
)
from inference.engine.results_folder import CASE_FILE, FinishedScan, write_results
from inference.engine.scan import scan, scan_settings
from inference.engine.serve import PredictorCache
from inference.errors import EngineError, ExportError
from inference.export.summary import ScanSummary
from inference.results.case_file import CaseFile
from inference.results.heatmap import Heatmap
from inference.slides.frames import Mpp


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanJob:
    """What to scan and where to put it.

    Attributes:
        slide: path of the slide.
        out: folder for the results; made if it does not exist.
        model: name of a shipped model or path of a model folder.
        mpp: micrometres per level-0 pixel, or None to use the file's.
        threshold: probability from which a cell is a candidate or part of a region.
        radius_cells: half side of the suppression window.
        device: "auto", "cpu" or "cuda".
        fresh: start anew even if a scan was interrupted.
    """

    slide: Path
    out: Path
    model: str
    mpp: float | None
    threshold: float
    radius_cells: int
    device: DeviceChoice = "auto"
    fresh: bool = False


def scan_to_folder(
    job: ScanJob, cancel: CancelToken, *, on_event: Callable[[ScanStage | ScanProgress], None]
) -> ScanSummary | None:
    """Scans and writes heatmap, candidates, regions, summary and case file; None if it was cancelled.

    A cancelled or killed scan goes on where it stopped when the same job is given again.

    Raises:
        EquiscopeError: as `scan` and the writers raise them.
    """
    try:
        job.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(
            "The folder for the results cannot be made", where=str(job.out), advice="Give another --out"
        ) from error
    case_path = job.out / CASE_FILE
    request = ScanRequest(job.slide.name, str(job.slide), job.model, job.mpp, str(case_path), job.fresh)
    collected = _Collected()
    for event in scan(request, PredictorCache(job.device), cancel):
        if isinstance(event, ScanStage | ScanProgress):
            on_event(event)
        collected.take(event)
    if collected.done is None:
        return None
    finished = collected.finished(job)
    model = find_model(job.model)
    summary, candidates = write_results(
        job.out,
        finished,
        threshold=job.threshold,
        radius_cells=job.radius_cells,
        settings=scan_settings(model, Mpp(finished.started.mpp_x, finished.started.mpp_y)),
    )
    if finished.started.case_run is not None:
        with CaseFile.open(case_path, fingerprint=finished.started.fingerprint) as case:
            case.put_candidates(finished.started.case_run, candidates)
    return summary


class _Collected:
    """Gathers a scan's events into its heatmap."""

    def __init__(self) -> None:
        self.started: ScanStarted | None = None
        self.done: ScanDone | None = None
        self.heatmap: Heatmap | None = None

    def take(self, event: ScanEvent) -> None:
        if isinstance(event, ScanStarted):
            self.started = event
            nothing = np.full((event.rows, event.columns), np.nan, np.float32)
            self.heatmap = Heatmap(nothing, event.stride_x_l0, event.stride_y_l0)
        elif isinstance(event, Scores) and self.heatmap is not None:
            self.heatmap.put_block(event.row, event.column, event.values)
        elif isinstance(event, ScanDone):
            self.done = event

    def finished(self, job: ScanJob) -> FinishedScan:
        if self.started is None or self.done is None or self.heatmap is None:
            raise EngineError("The scan ended without a result", where=job.slide.name, advice="Scan again")
        return FinishedScan(job.slide.name, self.started, self.done, self.heatmap)
