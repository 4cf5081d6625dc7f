"""The rotation stability of a whole slide from request to result folder without a window; goes on where it stopped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from pathvalidate import sanitize_filename

from inference.engine.cancel import CancelToken
from inference.engine.catalog import find_model
from inference.engine.devices import DeviceChoice
from inference.engine.focus import Focus
from inference.engine.messages import ScanProgress, ScanStage
from inference.engine.predictor_cache import PredictorCache
from inference.engine.results_folder import CASE_FILE, make_folder
from inference.engine.slide_stability import slide_stability
from inference.engine.slide_stability_messages import (
    SlideStabilityBlock,
    SlideStabilityDone,
    SlideStabilityRequest,
    SlideStabilityStarted,
)
from inference.engine.stability_folder import SUMMARY_FILE
from inference.errors import ModelError
from inference.export.atomic import write_bytes
from inference.export.provenance import Provenance
from inference.export.stability_layer_files import stability_layer_csv, stability_ome_tiff
from inference.results.stability_layer import StabilityLayer
from inference.slides.frames import Mpp
from inference.slides.open_slide import open_slide
from inference.slides.slide import SlideInfo
from inference.version import VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class SlideStabilityJob:
    """What to compute.

    Attributes:
        slide: path of the slide.
        models: names of shipped models or paths of model folders, one after the other.
        angles: how many.
        mpp: micrometres per level-0 pixel, or None to use the file's.
        threshold: that flips are counted across.
        device: "auto", "cpu" or "cuda".
        fresh: start anew even where an unfinished computation is kept.
    """

    slide: Path
    models: tuple[str, ...]
    angles: int = 8
    mpp: float | None = None
    threshold: float = 0.5
    device: DeviceChoice = "auto"
    fresh: bool = False


OnEvent = Callable[[ScanStage | ScanProgress | SlideStabilityStarted], None]


def slide_stability_to_folder(
    job: SlideStabilityJob, out: Path, cancel: CancelToken, *, on_event: OnEvent
) -> dict[str, Any] | None:
    """Computes and writes each model's layer (OME-TIFF, CSV), the case file and the summary (JSON); None if cancelled.

    The same job into the same folder goes on where it was cancelled or killed.
    Raises ModelError where no model is given or one is missing, EquiscopeError as `slide_stability` and the writers do.
    """
    stems = _stems(job.models)
    make_folder(out)
    predictors, models = PredictorCache(job.device), []
    notices: list[str] = []
    grid: dict[str, Any] = {}
    for name, stem in zip(job.models, stems, strict=True):
        found = _computed(job, name, out / CASE_FILE, predictors, cancel, on_event)
        if found is None:
            return None
        layer, started, done = found
        notices += started.notices
        info = _info(job)
        mpp = info.mpp if info.mpp is not None else Mpp.square(0.0)
        provenance = Provenance(
            slide_fingerprint=info.fingerprint,
            mpp=mpp,
            mpp_source=info.mpp_source,
            model=layer.model,
            model_sha256=layer.model_sha256,
            settings={"angles": layer.turns},
            synthetic=info.synthetic,
        )
        write_bytes(out / f"{stem}.ome.tif", stability_ome_tiff(layer, provenance))
        write_bytes(out / f"{stem}.csv", stability_layer_csv(layer))
        models.append(_figures(layer, started, done, threshold=job.threshold))
        grid = {
            "origin_l0": [0.0, 0.0],
            "stride_l0": [layer.stride_x_l0, layer.stride_y_l0],
            "shape": list(layer.std.shape),
        }
    summary = {
        "models": models,
        "angles": job.angles,
        "grid": grid,
        "threshold": job.threshold,
        "slide_fingerprint": info.fingerprint,
        "mpp": [mpp.x, mpp.y],
        "mpp_source": info.mpp_source,
        "notices": list(dict.fromkeys(notices)),
        "version": VERSION,
        "research_use_only": True,
    }
    write_bytes(out / SUMMARY_FILE, orjson.dumps(summary, option=orjson.OPT_INDENT_2) + b"\n")
    return summary


def _stems(models: Sequence[str]) -> list[str]:
    """What each model's files are called, before any is computed; models of one name also by their hashes."""
    if not models:
        raise ModelError("No model was given", advice="Name one with --models")
    cards = [find_model(name).card for name in models]
    named = [
        (f"stability-{sanitize_filename(card.name, replacement_text='_')}", card.sha256) for card in cards
    ]
    # Not told apart by case: on some disks such names are one file.
    times = Counter(stem for stem, _ in {(stem.casefold(), sha256) for stem, sha256 in named})
    return [f"{stem}-{sha256[:8]}" if times[stem.casefold()] > 1 else stem for stem, sha256 in named]


def _computed(
    job: SlideStabilityJob,
    name: str,
    case: Path,
    predictors: PredictorCache,
    cancel: CancelToken,
    on_event: OnEvent,
) -> tuple[StabilityLayer, SlideStabilityStarted, SlideStabilityDone] | None:
    """One model's layer; None if it was cancelled."""
    request = SlideStabilityRequest(
        "slide-stability", str(job.slide), name, job.angles, job.mpp, str(case), job.fresh
    )
    layer: StabilityLayer | None = None
    begun: SlideStabilityStarted | None = None
    for event in slide_stability(request, predictors, cancel, Focus()):
        if isinstance(event, ScanStage | ScanProgress):
            on_event(event)
        elif isinstance(event, SlideStabilityStarted):
            on_event(event)
            begun = event
            layer = StabilityLayer.empty(
                model=event.model,
                model_sha256=event.model_sha256,
                turns=event.turns,
                rows=event.rows,
                columns=event.columns,
                stride_x_l0=event.stride_x_l0,
                stride_y_l0=event.stride_y_l0,
            )
        elif isinstance(event, SlideStabilityBlock) and layer is not None:
            layer.put(event.row, event.column, event.mean, event.std, event.lowest, event.highest)
        elif isinstance(event, SlideStabilityDone) and layer is not None and begun is not None:
            return layer, begun, event
    return None


def _figures(
    layer: StabilityLayer, started: SlideStabilityStarted, done: SlideStabilityDone, *, threshold: float
) -> dict[str, Any]:
    """One model's figures as plain JSON values, over the cells that have some."""
    known = np.isfinite(layer.std)
    std = layer.std[known].astype(np.float64)
    level = np.float32(threshold)
    flips = (layer.highest[known] >= level) & (layer.lowest[known] < level)
    some = bool(known.any())
    return {
        "model": layer.model,
        "title": started.model_title,
        "model_sha256": layer.model_sha256,
        "device": started.device,
        "precision": started.precision,
        "mean_std": float(std.mean()) if some else None,
        "p95_std": float(np.percentile(std, 95)) if some else None,
        "flip_share": float(flips.mean()) if some else None,
        "tissue_cells": started.tissue_cells,
        "cells_counted": int(known.sum()),
        "cells_without_value": started.tissue_cells - int(known.sum()),
        "seconds": round(done.seconds, 3),
        "resumed_blocks": done.resumed_blocks,
    }


def _info(job: SlideStabilityJob) -> SlideInfo:
    slide = open_slide(job.slide, mpp=Mpp.square(job.mpp) if job.mpp else None)
    slide.close()
    return slide.info
