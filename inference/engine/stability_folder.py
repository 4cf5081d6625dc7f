"""Rotation stability from request to result folder without a window: what the command line and experiments call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from inference.engine.cancel import CancelToken
from inference.engine.devices import DeviceChoice
from inference.engine.messages import ScanStage
from inference.engine.predictor_cache import PredictorCache
from inference.engine.results_folder import make_folder
from inference.engine.stability import stability
from inference.engine.stability_messages import (
    StabilityDone,
    StabilityEvent,
    StabilityRequest,
    StabilityStarted,
)
from inference.engine.stability_record import empty_maps, take
from inference.errors import UnreadableTileError
from inference.export.atomic import write_bytes
from inference.export.stability_figure import write_stability_figure
from inference.export.stability_files import stability_summary, write_stability_data
from inference.results.stability_maps import StabilityMaps
from inference.slides.open_slide import open_slide
from inference.slides.picture import read_picture
from inference.slides.slide import RgbImage

FIGURE_FILES = ("stability.png", "stability.pdf")
DATA_FILES = ("stability.npz", "stability.csv")
SUMMARY_FILE = "stability.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class StabilityJob:
    """What to compute.

    Attributes:
        slide: path of the slide.
        models: names of shipped models or paths of model folders.
        region_l0: x, y, width, height in level-0 px.
        angles: how many.
        mpp: micrometres per level-0 pixel, or None to use the file's.
        threshold: that flips are counted across.
        exact: turn each cell about its own middle.
        device: "auto", "cpu" or "cuda".
    """

    slide: Path
    models: tuple[str, ...]
    region_l0: tuple[float, float, float, float]
    angles: int = 32
    mpp: float | None = None
    threshold: float = 0.5
    exact: bool = False
    device: DeviceChoice = "auto"


OnEvent = Callable[[ScanStage | StabilityEvent], None]


def compute(job: StabilityJob, cancel: CancelToken, *, on_event: OnEvent) -> StabilityMaps | None:
    """The maps of a region; None if it was cancelled. Raises EquiscopeError as `stability` does."""
    request = StabilityRequest(
        "stability", str(job.slide), job.models, job.region_l0, job.angles, job.mpp, job.exact
    )
    maps: StabilityMaps | None = None
    for event in stability(request, PredictorCache(job.device), cancel):
        on_event(event)
        if isinstance(event, StabilityStarted):
            maps = empty_maps(event)
        elif maps is not None:
            take(maps, event)
            if isinstance(event, StabilityDone):
                return maps
    return None


def picture_of(slide_path: Path, maps: StabilityMaps) -> RgbImage:
    """The pixels of a region for its figure; plain grey where they cannot be decoded."""
    slide = open_slide(slide_path, mpp=maps.mpp)
    try:
        return read_picture(slide, maps.mpp, maps.region_l0)
    except UnreadableTileError:
        return np.full((32 * maps.rows, 32 * maps.columns, 3), 200, np.uint8)
    finally:
        slide.close()


def stability_to_folder(
    job: StabilityJob,
    out: Path,
    cancel: CancelToken,
    *,
    on_event: OnEvent,
    outlines_l0: Sequence[NDArray[np.floating]] = (),
) -> dict[str, Any] | None:
    """Computes and writes figure (PNG, PDF), data (NPZ, CSV) and summary (JSON); the summary, None if cancelled.

    Raises EquiscopeError as `stability` and the writers do.
    """
    make_folder(out)
    maps = compute(job, cancel, on_event=on_event)
    if maps is None:
        return None
    summary = stability_summary(maps, threshold=job.threshold, region_l0=job.region_l0)
    picture = picture_of(job.slide, maps)
    for name in DATA_FILES:
        write_stability_data(out / name, maps, threshold=job.threshold)
    for name in FIGURE_FILES:
        write_stability_figure(
            out / name, maps, picture=picture, outlines_l0=outlines_l0, threshold=job.threshold
        )
    write_bytes(out / SUMMARY_FILE, orjson.dumps(summary, option=orjson.OPT_INDENT_2) + b"\n")
    return summary
