"""A scan from request to result folder without a window: what the command line and many-slide runs call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from inference.engine.cancel import CancelToken
from inference.engine.devices import DeviceChoice
from inference.engine.messages import (
    ScanDone,
    ScanNotice,
    ScanProgress,
    ScanRequest,
    ScanStage,
    ScanStarted,
    Scores,
)
from inference.engine.predictor_cache import PredictorCache
from inference.engine.results_folder import CASE_FILE, make_folder, write_results
from inference.engine.scan import scan
from inference.export.summary import ScanSummary
from inference.results.case_file import CaseFile
from inference.results.case_reviews import carry_marks
from inference.results.heatmap import Heatmap


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
    make_folder(job.out)
    case_path = job.out / CASE_FILE
    request = ScanRequest(job.slide.name, str(job.slide), job.model, job.mpp, str(case_path), job.fresh)
    started: ScanStarted | None = None
    heatmap: Heatmap | None = None
    for event in scan(request, PredictorCache(job.device), cancel):
        if isinstance(event, ScanStage | ScanProgress):
            on_event(event)
        elif isinstance(event, ScanStarted):
            started = event
            nothing = np.full((event.rows, event.columns), np.nan, np.float32)
            heatmap = Heatmap(nothing, event.stride_x_l0, event.stride_y_l0)
        elif isinstance(event, ScanNotice) and started is not None:
            started = replace(started, notices=(*started.notices, event.text))
        elif isinstance(event, Scores) and heatmap is not None:
            heatmap.put_block(event.row, event.column, event.values)
        elif isinstance(event, ScanDone) and started is not None and heatmap is not None:
            summary, candidates = write_results(
                job.out, started, event, heatmap, threshold=job.threshold, radius_cells=job.radius_cells
            )
            if started.case_run is not None:
                with CaseFile.open(case_path, fingerprint=started.fingerprint) as case:
                    case.put_candidates(started.case_run, candidates)
                    carry_marks(case, started.case_run, candidates)
            return summary
    return None
