"""The live model: from a move of the view to its preview and to its last cell, beside one pass over the view's pixels.

`python -m benchmarks.live [--model NAME] [--views 6]` moves a window of 1920 x 1080 over the tissue of a made slide of
100,000 x 200,000 px, at 10x, to places not seen before, in the real window with the real engine; it prints a table of
medians and one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtWidgets import QApplication
from rich.console import Console
from rich.table import Table

from app.control.live_control import LiveControl
from app.program import Program
from app.state.models import ModelChoice
from benchmarks.timing import timed
from benchmarks.window import wait_until
from inference.engine.catalog import find_model
from inference.engine.openvino_predictor import OpenVinoPredictor
from inference.results.case_file import DATA_HOME_VARIABLE
from inference.slides.frames import PointL0
from inference.synthetic.giant_slide import BLOCK, GiantTruth, write_giant_slide

VIEW = (1920, 1080)
PLANE = (1152, 1984)
"""The same pixels with a margin, in whole cells: what one pass over the view takes."""


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="p4m-densenet-m")
    parser.add_argument("--views", type=int, default=6)
    wishes = parser.parse_args()
    application = QApplication([])
    with tempfile.TemporaryDirectory() as home:
        os.environ[DATA_HOME_VARIABLE] = home
        slide = Path(home) / "giant.tif"
        tissue = write_giant_slide(slide)
        facts = _measured(application, slide, tissue, wishes.model, wishes.views)
    facts["one_pass_s"] = _one_pass(wishes.model)
    facts["preview_over_pass"] = facts["preview_s"] / facts["one_pass_s"]
    facts["all_over_pass"] = facts["all_s"] / facts["one_pass_s"]
    table = Table(title=f"Live model, {VIEW[0]} x {VIEW[1]} at 10x, {wishes.model}")
    table.add_column("measure")
    table.add_column("value", justify="right")
    for name, value in facts.items():
        table.add_row(name, f"{value:.3g}")
    Console(stderr=True).print(table)
    print(json.dumps(facts))


def _places(tissue: GiantTruth, count: int) -> list[PointL0]:
    """Middles of views that hold nothing but tissue and do not meet each other."""
    side = 5
    rows, columns = (length // side for length in tissue.tissue.shape)
    cut = tissue.tissue[: rows * side, : columns * side].reshape(rows, side, columns, side)
    full = np.argwhere(cut.all(axis=(1, 3)))[:count]
    return [
        PointL0((column + 0.5) * side * BLOCK, (row + 0.5) * side * BLOCK) for row, column in full.tolist()
    ]


def _measured(
    application: QApplication, slide: Path, tissue: GiantTruth, model: str, views: int
) -> dict[str, float]:
    program = Program(application)
    window, view = program.window, program.window.view
    window.resize(2300, 1300)
    window.show()
    card = find_model(model).card
    program.models.offer((ModelChoice(model, card.title, card.mpp),))
    program.slides.open(slide.absolute())
    wait_until(application, lambda: program.session.current is not None)
    entry = program.session.current
    assert entry is not None
    view.set_animated(False)
    program.window.side.hide()
    program.window.tray.hide()
    window.resize(VIEW[0] + window.width() - view.width(), VIEW[1] + window.height() - view.height())
    application.processEvents()
    ten = program.session.magnification_downsample(10) or 4.0
    run = program.live.control
    places = _places(tissue, views + 1)
    view.fly_to(places[0], ten)
    run.toggle()
    # The first view is the warm-up: engine, slide, tissue and model are loaded.
    wait_until(application, lambda: run.state.value.seconds is not None and not run.state.value.is_busy)
    previews, alls, cells = [], [], []
    for place in places[1:]:
        preview, everything, count = _moved(application, program, run, place, ten)
        if count:
            previews.append(preview)
            alls.append(everything)
            cells.append(count)
    window.close()
    program.stop()
    return {
        "views": len(cells),
        "cells": statistics.median(cells),
        "preview_s": statistics.median(previews),
        "preview_longest_s": max(previews),
        "all_s": statistics.median(alls),
    }


def _moved(
    application: QApplication, program: Program, run: LiveControl, place: PointL0, downsample: float
) -> tuple[float, float, int]:
    """Seconds to the first and to the last value of a view, from the move on, and the cells that are new."""
    entry = program.session.current
    assert entry is not None
    assert entry.layer is not None
    before, first = entry.layer.computed_cells(), 0.0

    def note(_region: object) -> None:
        nonlocal first
        first = first or time.perf_counter() - started

    entry.cellsChanged.connect(note)
    started = time.perf_counter()
    program.window.view.fly_to(place, downsample)
    wait_until(application, lambda: run.state.value.is_busy)
    wait_until(application, lambda: not run.state.value.is_busy)
    everything = time.perf_counter() - started
    entry.cellsChanged.disconnect(note)
    return first, everything, entry.layer.computed_cells() - before


def _one_pass(model: str) -> float:
    predictor = OpenVinoPredictor(find_model(model))
    images = [np.random.default_rng(0).integers(0, 255, (*PLANE, 3), dtype=np.uint8)]
    predictor.probabilities(images)
    return statistics.median(timed(lambda: predictor.probabilities(images)) for _ in range(3))


if __name__ == "__main__":
    main()
