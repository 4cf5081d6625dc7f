"""Opening a slide together with what its case file remembers: the resolution given, the last finished scan."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.state.heatmap_layer import HeatmapLayer
from app.state.layers import LOWEST_THRESHOLD
from app.state.run_state import EARLIER, Run, RunPhase
from app.state.slide_stability import SlideStability
from inference.engine.messages import ScanDone, ScanStarted
from inference.errors import CaseFileError
from inference.results import stability_store
from inference.results.candidates import DEFAULT_RADIUS_CELLS, Candidate, find_candidates
from inference.results.case_file import CaseFile, default_case_path
from inference.results.case_place import find_case, save_copy
from inference.results.case_records import Run as StoredRun
from inference.results.case_records import RunState
from inference.results.heatmap import Heatmap
from inference.slides.flat_pyramid import Keep
from inference.slides.frames import Mpp
from inference.slides.open_slide import open_building, open_slide
from inference.slides.slide import Slide, SlideInfo


@dataclass(frozen=True, slots=True, eq=False)
class EarlierScan:
    """The last finished scan of a slide, ready to be shown."""

    run: Run
    layer: HeatmapLayer
    candidates: tuple[Candidate, ...]
    radius_cells: int


@dataclass(frozen=True, slots=True, eq=False)
class OpenedSlide:
    """An open slide; whoever gets it closes it.

    Attributes:
        earlier: its last finished scan, or None.
        stability: its rotation stability as far as it is known, or None.
        problem: what of its case file could not be read; the slide itself is fine.
    """

    slide: Slide
    earlier: EarlierScan | None = None
    stability: SlideStability | None = None
    problem: CaseFileError | None = None


def open_with_case(
    path: Path, mpp: Mpp | None, keep: Keep | None = None, *, radius_cells: int = DEFAULT_RADIUS_CELLS
) -> OpenedSlide:
    """Opens a slide; a resolution the user gave before is used again where the file states none.

    Where nothing is known of the slide here, a case file of it that lies beside it is copied and used.

    `keep` is told how far the pyramid of a large flat image is, and may give it up. Of cells within `radius_cells` of
    each other only the most probable is a candidate.

    Raises SlideError as `open_slide` does. A case file that cannot be read becomes the result's `problem`.
    """
    slide = open_building(path, mpp=mpp, keep=keep)
    case_path = default_case_path(slide.info.fingerprint)
    try:
        beside = None if case_path.exists() else find_case(slide.info.fingerprint, path.parent)
        if beside is not None:
            # As it came with the slide from another machine, or as the command line made it.
            case_path.parent.mkdir(parents=True, exist_ok=True)
            save_copy(beside, case_path)
        if not case_path.exists():
            return OpenedSlide(slide)
        with CaseFile.open(case_path, fingerprint=slide.info.fingerprint) as case:
            recorded = case.mpp()
            if slide.info.mpp is None and recorded is not None and recorded[1] == "given":
                slide.close()
                slide = open_slide(path, mpp=recorded[0])
            earlier = _earlier_scan(case, slide.info, radius_cells)
            stability, problem = _stability(case, slide.info, earlier)
            return OpenedSlide(slide, earlier, stability, problem)
    except CaseFileError as error:
        return OpenedSlide(slide, problem=error)


def record_given_mpp(fingerprint: str, mpp: Mpp) -> None:
    """Keeps the user's word for a slide's resolution. Raises CaseFileError."""
    with CaseFile.open(default_case_path(fingerprint), fingerprint=fingerprint) as case:
        case.record_mpp(mpp, source="given")


def finished_runs(case: CaseFile, info: SlideInfo) -> tuple[StoredRun, ...]:
    """The finished scans made at the resolution that the slide has now, the latest first."""
    if info.mpp is None:
        return ()
    # The case file's own resolution tells of the last scan or question, not of a scan before it.
    at_mpp = [info.mpp.x, info.mpp.y]
    return tuple(
        run
        for run in reversed(case.runs())
        if run.state is RunState.DONE and run.settings.get("mpp") == at_mpp
    )


def _earlier_scan(case: CaseFile, info: SlideInfo, radius_cells: int) -> EarlierScan | None:
    """The last finished scan."""
    stored = next(iter(finished_runs(case, info)), None)
    return None if stored is None else scan_of(case, info, stored, radius_cells)


def scan_of(case: CaseFile, info: SlideInfo, stored: StoredRun, radius_cells: int) -> EarlierScan:
    """One of the `finished_runs`, ready to be shown."""
    assert info.mpp is not None, "only slides with a resolution are scanned"
    heatmap = case.heatmap(stored.id)
    run = Run(
        RunPhase.DONE,
        run_id=f"{EARLIER}{stored.id}",
        started=_started(stored, heatmap, info, info.mpp),
        done=ScanDone(
            run_id=f"{EARLIER}{stored.id}",
            seconds=stored.seconds or 0.0,
            resumed_tiles=0,
            unreadable_tiles=stored.unreadable_tiles or 0,
            nan_cells=stored.nan_cells or 0,
        ),
    )
    candidates = find_candidates(heatmap, threshold=LOWEST_THRESHOLD, radius_cells=radius_cells)
    return EarlierScan(run, HeatmapLayer(heatmap), candidates, radius_cells)


def _stability(
    case: CaseFile, info: SlideInfo, earlier: EarlierScan | None
) -> tuple[SlideStability | None, CaseFileError | None]:
    """The rotation stability computed last at the slide's resolution, of the scan's model if there is one of it.

    Answers what is wrong with it as well.
    """
    if info.mpp is None:
        return None, None
    started = earlier.run.started if earlier is not None else None
    found = stability_store.latest_for(
        case,
        mpp=(info.mpp.x, info.mpp.y),
        model_sha256=started.model_sha256 if started is not None else None,
    )
    if found is None:
        return None, None
    known = SlideStability(
        model=found.model,
        model_sha256=found.model_sha256,
        turns=found.turns,
        rows=found.rows,
        columns=found.columns,
        stride_x_l0=found.stride_x_l0,
        stride_y_l0=found.stride_y_l0,
    )
    kept = stability_store.blocks_of(case, found.id)
    for block in kept.sound:
        known.put(block)
    known.is_complete = found.state is RunState.DONE and not kept.damaged
    if not kept.damaged:
        return known, None
    return known, CaseFileError(
        f"The case file holds damaged blocks of rotation stability, which are left out: {kept.damaged}",
        where=case.path.name,
        advice="Compute the rotation stability of the whole slide again: only they are computed",
    )


def _started(stored: StoredRun, heatmap: Heatmap, info: SlideInfo, mpp: Mpp) -> ScanStarted:
    """What the engine said when that scan began, as far as the case file keeps it; tissue is what was computed."""
    computed = int(np.isfinite(heatmap.values).sum())
    return ScanStarted(
        run_id=f"{EARLIER}{stored.id}",
        fingerprint=info.fingerprint,
        model=stored.model,
        model_title=stored.model,
        model_sha256=stored.model_sha256,
        device=stored.device,
        precision=stored.precision,
        mpp_x=mpp.x,
        mpp_y=mpp.y,
        mpp_source=info.mpp_source,
        rows=heatmap.rows,
        columns=heatmap.columns,
        stride_x_l0=heatmap.stride_x_l0,
        stride_y_l0=heatmap.stride_y_l0,
        tissue_cells=computed,
        tissue_fraction=computed / heatmap.values.size,
        notices=(),
        case_run=stored.id,
        width_l0=info.size_l0.width,
        height_l0=info.size_l0.height,
        synthetic=info.synthetic,
        settings=dict(stored.settings),
    )
