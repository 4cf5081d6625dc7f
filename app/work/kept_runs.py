"""The finished scans that a slide's case file keeps: which there are, and one of them ready to be shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.work.open_with_case import EarlierScan, finished_runs, scan_of
from inference.errors import CaseFileError
from inference.results.case_file import CaseFile, default_case_path
from inference.slides.slide import SlideInfo


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A finished scan.

    Attributes:
        case_run: its number in the case file.
        model: name of its model.
        started: UTC.
    """

    case_run: int
    model: str
    started: datetime


def list_runs(info: SlideInfo) -> tuple[KeptRun, ...]:
    """Those made at the slide's resolution, the latest first. Raises CaseFileError."""
    path = default_case_path(info.fingerprint)
    # Looking at a slide makes no case file.
    if not path.exists():
        return ()
    with CaseFile.open(path, fingerprint=info.fingerprint) as case:
        return tuple(KeptRun(run.id, run.model, run.started) for run in finished_runs(case, info))


def load_run(info: SlideInfo, case_run: int, radius_cells: int) -> EarlierScan:
    """One of them. Raises CaseFileError, also where it is gone."""
    path = default_case_path(info.fingerprint)
    with CaseFile.open(path, fingerprint=info.fingerprint) as case:
        for stored in finished_runs(case, info):
            if stored.id == case_run:
                return scan_of(case, info, stored, radius_cells)
    raise CaseFileError(
        "This scan is no longer in the case file", where=str(path), advice="Scan the slide again"
    )
