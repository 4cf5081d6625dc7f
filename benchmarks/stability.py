"""Rotation stability of 1,500 x 1,500 px at 10x: time to the first map and to the last, and the frames meanwhile.

`python -m benchmarks.stability [--model NAME] [--side 1500]` computes the region in the window's own
engine process while a slide view is panned, and pans the same view once more with the engine at rest. It prints a table
and one line of JSON; `first_part` is the share of the time after which the map of four angles is there.
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

from PySide6.QtWidgets import QApplication
from rich.console import Console
from rich.table import Table

from app.program import Program
from app.state.models import ModelChoice
from app.state.stability_run import StabilityPhase
from benchmarks.window import wait_until
from inference.engine.catalog import find_model
from inference.results.case_file import DATA_HOME_VARIABLE
from inference.results.stability import FIRST_TURNS
from inference.slides.frames import PointL0, RegionL0
from inference.synthetic.giant_slide import BLOCK, write_giant_slide

FRAMES_AT_REST = 200
STEP_PX = 7


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="p4m-densenet-m")
    parser.add_argument("--side", type=int, default=1500)
    wishes = parser.parse_args()
    application = QApplication([])
    with tempfile.TemporaryDirectory() as home:
        os.environ[DATA_HOME_VARIABLE] = home
        slide = Path(home) / "slide.tif"
        write_giant_slide(slide, width=8 * BLOCK, height=8 * BLOCK, tissue_fraction=1.0)
        facts = _measured(application, slide, wishes.model, wishes.side)
    table = Table(title=f"Rotation stability, {wishes.side} x {wishes.side} px at 10x, {wishes.model}")
    table.add_column("measure")
    table.add_column("value", justify="right")
    for name, value in facts.items():
        table.add_row(name, f"{value:.3g}")
    Console(stderr=True).print(table)
    print(json.dumps(facts))


def _measured(application: QApplication, slide: Path, model: str, side: int) -> dict[str, float]:
    program = Program(application)
    view, control = program.window.view, program.stability.control
    program.window.resize(1920, 1080)
    program.window.show()
    card = find_model(model).card
    program.models.offer((ModelChoice(model, card.title, card.mpp),))
    program.slides.open(slide)
    wait_until(application, lambda: program.session.current is not None)
    view.set_animated(False)
    view.fly_to(PointL0(3.0 * BLOCK, 4.0 * BLOCK), 4.0)
    wait_until(application, view.is_settled)
    started, first, frames = time.perf_counter(), 0.0, []
    control.start(RegionL0(4 * BLOCK - 2 * side, 4 * BLOCK - 2 * side, 4 * side, 4 * side))
    while control.state.value.is_active:
        frames.append(_frame(application, program))
        if not first and control.state.value.turns_done >= FIRST_TURNS:
            first = time.perf_counter() - started
    everything = time.perf_counter() - started
    if control.state.value.phase is not StabilityPhase.DONE:
        raise RuntimeError(str(control.state.value.error))
    rest = [_frame(application, program) for _ in range(FRAMES_AT_REST)]
    program.window.close()
    program.stop()
    return {
        "first_s": first,
        "all_s": everything,
        "first_part": first / everything,
        "frame_ms": 1000 * statistics.median(frames),
        "frame_at_rest_ms": 1000 * statistics.median(rest),
        "frame_ratio": statistics.median(frames) / statistics.median(rest),
    }


def _frame(application: QApplication, program: Program) -> float:
    """Seconds of one step of a pan with its picture and whatever else the window has to do."""
    view = program.window.view
    began = time.perf_counter()
    view._motion.pan(STEP_PX if view.viewport.centre_l0.x < 4 * BLOCK else -STEP_PX * 60, 0)
    view.repaint()
    application.processEvents()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
