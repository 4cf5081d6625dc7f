"""The folder of results of one scan: heatmap, candidates, regions and summary, written by the command line."""

from __future__ import annotations

from pathlib import Path

from inference.engine.messages import ScanDone, ScanStarted
from inference.errors import ExportError
from inference.export.geojson import write_regions
from inference.export.heatmap_tiff import write_heatmap
from inference.export.provenance import Provenance
from inference.export.summary import GridSummary, ScanSummary, write_summary
from inference.export.table import write_candidates
from inference.results.candidates import Candidate, find_candidates
from inference.results.heatmap import Heatmap
from inference.results.regions import find_regions
from inference.slides.frames import Mpp, SizeL0
from inference.version import VERSION

HEATMAP_FILE, SUMMARY_FILE = "heatmap.tif", "summary.json"
CANDIDATES_FILE, REGIONS_FILE, CASE_FILE = "candidates.csv", "regions.geojson", "slide.case"


def write_results(
    out: Path, started: ScanStarted, done: ScanDone, heatmap: Heatmap, *, threshold: float, radius_cells: int
) -> tuple[ScanSummary, tuple[Candidate, ...]]:
    """Writes all result files of a finished scan into a folder, made if it does not exist.

    Raises:
        ExportError: the folder cannot be made, or a file cannot be written.
    """
    make_folder(out)
    mpp = Mpp(started.mpp_x, started.mpp_y)
    candidates = find_candidates(heatmap, threshold=threshold, radius_cells=radius_cells)
    regions = find_regions(heatmap, threshold=threshold, mpp=mpp)
    provenance = Provenance(
        slide_fingerprint=started.fingerprint,
        mpp=mpp,
        mpp_source=started.mpp_source,
        model=started.model,
        model_sha256=started.model_sha256,
        settings=started.settings,
        synthetic=started.synthetic,
    )
    summary = ScanSummary(
        fingerprint=started.fingerprint,
        mpp=mpp,
        mpp_source=started.mpp_source,
        model=started.model,
        model_sha256=started.model_sha256,
        device=started.device,
        precision=started.precision,
        cells=started.rows * started.columns,
        tissue_cells=started.tissue_cells,
        seconds=round(done.seconds, 3),
        tissue_fraction=started.tissue_fraction,
        candidates=len(candidates),
        candidate_threshold=threshold,
        nms_radius_cells=radius_cells,
        max_probability=heatmap.maximum,
        unreadable_tiles=done.unreadable_tiles,
        nan_cells=done.nan_cells,
        resumed_tiles=done.resumed_tiles,
        grid=GridSummary.of(heatmap),
        settings=started.settings,
        version=VERSION,
        notices=started.notices,
        synthetic=started.synthetic,
    )
    write_heatmap(out / HEATMAP_FILE, heatmap, provenance=provenance)
    write_candidates(out / CANDIDATES_FILE, candidates, size_l0=SizeL0(started.width_l0, started.height_l0))
    write_regions(out / REGIONS_FILE, regions, threshold=threshold, provenance=provenance)
    write_summary(out / SUMMARY_FILE, summary)
    return summary, candidates


def make_folder(out: Path) -> None:
    """Makes the folder for results; ExportError if that cannot be done."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(
            "The folder for the results cannot be made", where=str(out), advice="Give another --out"
        ) from error
