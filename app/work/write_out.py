"""Writing the finished scan of a slide into a folder, as the command line does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from inference.engine.messages import ScanDone, ScanStarted
from inference.engine.results_folder import FinishedScan, write_results
from inference.errors import ExportError
from inference.results.candidates import DEFAULT_RADIUS_CELLS
from inference.results.case_file import CaseFile, default_case_path
from inference.results.heatmap import Heatmap


def write_scan(
    out: Path, *, slide_name: str, started: ScanStarted, done: ScanDone, heatmap: Heatmap, threshold: float
) -> None:
    """Writes heatmap, candidates, regions and summary into a folder, made if it does not exist.

    Raises ExportError for a place that cannot be written, CaseFileError for a case file that cannot be read.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(
            "The folder for the results cannot be made", where=str(out), advice="Give another --out"
        ) from error
    write_results(
        out,
        FinishedScan(slide_name, started, done, heatmap),
        threshold=threshold,
        radius_cells=DEFAULT_RADIUS_CELLS,
        settings=_settings(started),
    )


def _settings(started: ScanStarted) -> dict[str, Any]:
    """The settings of the run, which the engine has kept in the case file."""
    path = default_case_path(started.fingerprint)
    if started.case_run is None or not path.exists():
        return {}
    with CaseFile.open(path, fingerprint=started.fingerprint) as case:
        return dict(case.run(started.case_run).settings)
