"""Exports a slide's case: what is known of it frozen at one moment, and the slide opened anew for pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from inference.errors import SlideError
from inference.export.export_job import Exported, ExportJob, export
from inference.export.export_source import ExportSource, source_of_case
from inference.results.case_file import CaseFile, default_case_path
from inference.slides.open_slide import open_slide
from inference.slides.slide import SlideInfo


def read_source(info: SlideInfo, *, threshold: float, radius_cells: int, run_id: int | None) -> ExportSource:
    """All that can be exported of a slide, without its pixels. Raises CaseFileError.

    Args:
        run_id: the scan on show; None for the last finished one.
    """
    # The cards need pydantic, which takes longer to import than all else the window shows at first.
    from inference.engine.model_line import model_line

    with CaseFile.open(default_case_path(info.fingerprint), fingerprint=info.fingerprint) as case:
        source = source_of_case(
            case, slide=None, threshold=threshold, radius_cells=radius_cells, run_id=run_id
        )
    mpp, mpp_source = (info.mpp, info.mpp_source) if info.mpp is not None else (source.mpp, source.mpp_source)
    run = source.run
    return replace(
        source,
        size_l0=info.size_l0,
        mpp=mpp,
        mpp_source=mpp_source,
        synthetic=info.synthetic,
        model_line="" if run is None else model_line(run.model, run.model_sha256),
    )


def write_export(
    source: ExportSource,
    slide_path: Path,
    job: ExportJob,
    *,
    progress: Callable[[int, int, str], None],
    is_cancelled: Callable[[], bool],
) -> Exported:
    """Writes the files of a job. Raises ExportError, SlideError."""
    slide = open_slide(slide_path, mpp=source.mpp)
    try:
        if slide.info.fingerprint != source.fingerprint:
            raise SlideError("The slide is another one by now", where=str(slide_path), advice="Open it again")
        return export(replace(source, slide=slide), job, progress=progress, is_cancelled=is_cancelled)
    finally:
        slide.close()
