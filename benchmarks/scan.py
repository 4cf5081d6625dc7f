"""A whole scan of a made gigapixel slide, beside its own parts, and how its cost grows with area and tissue.

`python -m benchmarks.scan [--model NAME] [--width 100000 --height 200000] [--tissue 0.2] [--growth]` writes the slide
(a few MB, see `write_giant_slide`) and scans it as the engine does, case file and all, each scan in a process of its
own whose greatest memory is told. Beside it, in the same process and on the same tiles: reading them all with the
scan's threads and nothing else, and computing `--sample` of them with nothing else, scaled to all. `--growth` scans
slides of 1, 2, 4 and 8 times the area, and of 1, 2, 4 and 8 times the tissue on one area. Prints tables and one line of
JSON.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.timing import timed
from inference.engine.ahead import READERS
from inference.engine.cancel import CancelToken
from inference.engine.catalog import find_model
from inference.engine.messages import ScanRequest
from inference.engine.predictor_cache import PredictorCache
from inference.engine.scan import scan
from inference.engine.tile_reading import TileInput, half_tiles, read_tile
from inference.priority import ENGINE_TURN, hand_over_quickly
from inference.results.case_file import CaseFile
from inference.slides.framing import frame_slide
from inference.slides.grid import Tile
from inference.slides.open_slide import open_slide
from inference.slides.tissue import find_tissue
from inference.synthetic.giant_slide import write_giant_slide

SAMPLE = 240
"""Tiles computed by themselves by default: a few seconds to a minute, whatever the slide's size."""
GEMM_SIDE = 2048
GROWTH = (1, 2, 4, 8)
SMALL = (20_000, 10_000)
"""Level-0 px of the smallest slide of the growth series."""


def main() -> None:
    """Runs the scans asked for."""
    hand_over_quickly(ENGINE_TURN)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="p4m-densenet-m")
    parser.add_argument("--width", type=int, default=100_000)
    parser.add_argument("--height", type=int, default=200_000)
    parser.add_argument("--tissue", type=float, default=0.2)
    parser.add_argument("--sample", type=int, default=SAMPLE, help="tiles computed by themselves")
    parser.add_argument("--growth", action="store_true", help="the series instead of the one slide")
    wishes = parser.parse_args()
    cases = [(wishes.width, wishes.height, wishes.tissue)]
    if wishes.growth:
        width, height = SMALL
        cases = [(width, height * times, wishes.tissue) for times in GROWTH]
        cases += [(width, height * GROWTH[-1], 0.05 * times) for times in GROWTH]
    facts = [_in_own_process(wishes.model, wishes.sample, *case) for case in cases]
    _report(wishes.model, facts)


def _in_own_process(model: str, sample: int, width: int, height: int, tissue: float) -> dict[str, Any]:
    """The figures of one slide, from a fresh interpreter, so that its memory is that of this scan."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "giant.tif"
        write_giant_slide(path, width=width, height=height, tissue_fraction=tissue)
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            measured: dict[str, Any] = pool.apply(_measure, (str(path), model, sample))
    return {"width": width, "height": height, "tissue_fraction": tissue, **measured}


def _measure(slide: str, model: str, sample: int) -> dict[str, Any]:
    """Scans, then repeats the parts alone; the memory is read before the parts are run."""
    case = Path(slide).with_suffix(".equiscope")
    models = PredictorCache("cpu")
    models(find_model(model))  # the engine keeps a warm model
    begun = time.perf_counter()
    request = ScanRequest("benchmark", slide=slide, model=model, case=str(case))
    events = [type(event).__name__ for event in scan(request, models, CancelToken())]
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if events[-1] != "ScanDone":
        raise RuntimeError(f"the scan ended with {events[-1]}")
    return {"scan_s": seconds, "peak_mb": peak, **_parts(slide, model, models, case, sample)}


def _parts(slide_path: str, model: str, models: PredictorCache, case_path: Path, most: int) -> dict[str, Any]:
    entry = find_model(model)
    predictor, _ = models(entry)
    slide = open_slide(Path(slide_path))
    try:
        begun = time.perf_counter()
        framing = frame_slide(slide, model_mpp=entry.card.mpp)
        grid = framing.grid
        mask = find_tissue(slide, grid, framing.settled).mask
        tissue_s = time.perf_counter() - begun

        def tissue_of(tile: Tile) -> NDArray[np.bool_]:
            rows = slice(tile.row, tile.row + tile.rows)
            return mask[rows, tile.column : tile.column + tile.columns]

        def read(tile: Tile) -> TileInput:
            return read_tile(framing.plane, grid, tile, half_tiles(tissue_of(tile), grid.tile_cells))

        tiles = [tile for tile in grid.tiles() if tissue_of(tile).any()]
        begun = time.perf_counter()
        with ThreadPoolExecutor(READERS) as pool:
            pixels = sum(pool.map(lambda tile: read(tile).image.size, tiles))
        reading_s = time.perf_counter() - begun
        sample = [read(tile).image for tile in tiles[:: max(1, len(tiles) // most)]]
    finally:
        slide.close()
    begun = time.perf_counter()
    for shape in {image.shape for image in sample}:
        predictor.probabilities([image for image in sample if image.shape == shape])
    computing_s = (time.perf_counter() - begun) * pixels / sum(image.size for image in sample)
    sgemm_gflops = _sgemm_gflops()
    with CaseFile.open(case_path, fingerprint=slide.info.fingerprint) as case:
        stored = list(case.tiles(case.runs()[-1].id))
        begun = time.perf_counter()
        again = case.start_run(
            model=model, model_sha256=entry.card.sha256, settings={}, grid=grid, device="", precision=""
        )
        for tile in stored:
            case.put_tile(again, tile.tile, tile.values)
        writing_s = time.perf_counter() - begun
    return {
        "tiles": len(tiles),
        "tissue_cells": int(mask.sum()),
        "computed_px": pixels // 3,
        "finding_tissue_s": tissue_s,
        "reading_s": reading_s,
        "computing_s": computing_s,
        "writing_s": writing_s,
        "sgemm_gflops": sgemm_gflops,
    }


def _sgemm_gflops() -> float:
    """The machine's matrix multiply, by numpy, as the median of a few: what it could do at that moment."""
    square = np.random.default_rng(0).random((GEMM_SIDE, GEMM_SIDE), np.float32)
    return 2 * GEMM_SIDE**3 / statistics.median(timed(lambda: square @ square) for _ in range(7)) / 1e9


def _report(model: str, facts: list[dict[str, Any]]) -> None:
    table = Table(title=f"{model}: whole scans, seconds")
    columns = (
        "slide", "tissue cells", "scan", "finding tissue", "reading", "computing", "writing",
        "scan / longer part", "cells/s", "sgemm GFLOP/s", "peak MB",
    )  # fmt: skip
    for column in columns:
        table.add_column(column, justify="right")
    for fact in facts:
        fact["scan_of_longer_part"] = fact["scan_s"] / max(fact["reading_s"], fact["computing_s"])
        fact["cells_per_second"] = fact["tissue_cells"] / fact["scan_s"]
        table.add_row(
            f"{fact['width']:,} x {fact['height']:,}, {fact['tissue_fraction']:.0%}",
            f"{fact['tissue_cells']:,}",
            *(f"{fact[key]:.1f}" for key in ("scan_s", "finding_tissue_s", "reading_s", "computing_s", "writing_s")),
            f"{fact['scan_of_longer_part']:.2f}",
            f"{fact['cells_per_second']:,.0f}",
            f"{fact['sgemm_gflops']:,.0f}",
            f"{fact['peak_mb']:,.0f}",
        )  # fmt: skip
    Console(stderr=True, width=150).print(table)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    print(json.dumps({"model": model, "cores": os.cpu_count(), "load": load, "scans": facts}))


if __name__ == "__main__":
    main()
