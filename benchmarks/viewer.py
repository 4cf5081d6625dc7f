"""The slide view: frame times with everything shown, also while a scan runs, first picture, window start, memory.

`python -m benchmarks.viewer [--seconds 20] [--rounds 100] [--candidates 10000] [--no-scan]` draws into a 1920 x 1080
view without a screen, prints a table and one line of JSON. Frame times are those of the whole event: the move, the
picture and the marks, in rounds that interleave the moves; `copy_ms` is what copying one picture takes in the same
run, the yardstick of the machine. The giant slide of 100,000 x 200,000 px is made anew (a few MB), wandered for
`--seconds` (the full measure is 300) and scanned by the real engine while frames are timed once more.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import shapely
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication
from rich.console import Console
from rich.table import Table

from app.canvas.candidate_points import CandidatePoints
from app.canvas.heatmap_image import HeatmapImage
from app.canvas.layer_look import LayerLook
from app.canvas.slide_view import SlideView
from app.frame_time import keep_frames_steady
from app.state.viewport import PointView
from app.work.engine_client import EngineClient
from benchmarks.timing import timed
from benchmarks.window import wait_until
from inference.engine.default_model import DEFAULT_MODEL
from inference.engine.messages import ScanProgress, ScanRequest
from inference.results.annotation import Annotation, Shape
from inference.slides.frames import PointL0
from inference.slides.open_slide import open_slide
from inference.synthetic.giant_slide import write_giant_slide

SIZE = (1920, 1080)
ANNOTATIONS = 500
STROKE = 20
"""Frames of one stroke: a third of a second."""
CELL_L0 = 128.0
START = "import time,sys; t=time.perf_counter(); from PySide6.QtWidgets import QApplication; \
from app.program import Program; a=QApplication([]); p=Program(a); p.window.show(); a.processEvents(); \
print(time.perf_counter()-t); p.stop()"


def main() -> None:
    """Runs all measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--candidates", type=int, default=10_000)
    parser.add_argument("--no-scan", action="store_true")
    wishes = parser.parse_args()
    keep_frames_steady()
    application = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "giant.tif"
        write_giant_slide(path)
        facts = {
            "window_s": _window_start(folder),
            **_measured(application, path, wishes),
        }
    table = Table(title=f"Slide view, {SIZE[0]} x {SIZE[1]}")
    table.add_column("measure")
    table.add_column("value", justify="right")
    for name, value in facts.items():
        table.add_row(name, f"{value:.4g}")
    Console(stderr=True).print(table)
    print(json.dumps(facts))


def _measured(application: QApplication, path: Path, wishes: argparse.Namespace) -> dict[str, float]:
    slide = open_slide(path)
    view = SlideView(animated=False)
    view.resize(*SIZE)
    view.show()
    started = time.perf_counter()
    view.set_slide(slide, slide.info.mpp)
    arrived: list[float] = []
    view.thumbnailArrived.connect(lambda _image: arrived.append(time.perf_counter() - started))
    wait_until(application, lambda: bool(arrived))
    view.repaint()
    facts = {"first_picture_s": time.perf_counter() - started}
    wait_until(application, view.is_settled)
    facts["sharp_s"] = time.perf_counter() - started
    facts["copy_ms"] = _copy_ms()
    facts["candidates_s"] = _lay_on(view, wishes.candidates)
    plain = LayerLook(show_heatmap=False, show_candidates=False, show_annotations=False)
    for name, look in (("slide", plain), ("all", LayerLook())):
        view.set_layers(look)
        for move, times_ms in _frames(application, view, wishes.rounds).items():
            facts |= _spread(f"{name}_{move}", times_ms)
    wandered_ms, facts["memory_peak_mb"] = _wandered(application, view, wishes.seconds)
    facts |= _spread("loading", wandered_ms)
    facts["memory_mb"] = resident_mb()
    if not wishes.no_scan:
        for move, times_ms in _frames_of_a_scan(application, view, path, wishes.rounds).items():
            facts |= _spread(f"scanning_{move}", times_ms)
    view.stop()
    slide.close()
    return facts


def _spread(name: str, times_ms: list[float]) -> dict[str, float]:
    return {
        f"{name}_median_ms": statistics.median(times_ms),
        f"{name}_p99_ms": float(np.percentile(times_ms, 99)),
    }


def _copy_ms() -> float:
    """The time of copying a picture of the view's size; the median of twenty."""
    source, target = (QImage(*SIZE, QImage.Format.Format_RGB32) for _ in range(2))
    source.fill(0)

    def copy() -> None:
        painter = QPainter(target)
        painter.drawImage(0, 0, source)
        painter.end()

    return statistics.median(timed(copy) * 1000 for _ in range(20))


def _frames_of_a_scan(
    application: QApplication, view: SlideView, path: Path, rounds: int
) -> dict[str, list[float]]:
    """Frame times beside the engine at work on all cores."""
    engine = EngineClient()
    progress: list[ScanProgress] = []
    engine.eventArrived.connect(
        lambda event: progress.append(event) if isinstance(event, ScanProgress) else None
    )
    engine.scan(ScanRequest("benchmark", str(path), DEFAULT_MODEL))
    try:
        wait_until(application, lambda: bool(progress) and progress[-1].done_cells > 0)
        return _frames(application, view, rounds)
    finally:
        engine.stop()


def _lay_on(view: SlideView, count: int) -> float:
    """A heatmap with hot and cold cells everywhere, annotations and candidates around the middle.

    Returns the seconds that the candidates' arrays took.
    """
    rng = np.random.default_rng(0)
    rows, columns = int(200_000 / CELL_L0), int(100_000 / CELL_L0)
    values = rng.random((rows, columns), np.float32)
    view.set_heatmap(
        HeatmapImage.of_values(values, origin_l0=PointL0(0, 0), stride_x_l0=CELL_L0, stride_y_l0=CELL_L0)
    )
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    outlines = [
        shapely.Polygon(np.column_stack([x + radius * np.cos(angles), y + radius * np.sin(angles)]))
        for x, y, radius in zip(
            rng.uniform(44_000, 56_000, ANNOTATIONS),
            rng.uniform(97_000, 103_000, ANNOTATIONS),
            rng.uniform(30, 300, ANNOTATIONS),
            strict=True,
        )
    ]
    view.annotations.show(
        [
            (Annotation(number, Shape.POLYGON, outline), (200, 60, 60))
            for number, outline in enumerate(outlines)
        ],
        hidden=frozenset(),
    )
    places = np.column_stack([rng.uniform(42_000, 58_000, count), rng.uniform(95_000, 105_000, count)])
    probability = rng.uniform(0.5, 1, count).astype(np.float32)
    started = time.perf_counter()
    # The list of candidates has no room for ten thousand objects' making in a benchmark of painting.
    view._painter.layers.candidates = CandidatePoints(places, probability)
    return time.perf_counter() - started


def _frames(application: QApplication, view: SlideView, rounds: int) -> dict[str, list[float]]:
    """Frame times by move over tiles at hand, in strokes as a hand makes them: there, a rest, and back."""
    for warm in (6.0, 5.0, 3.5, 2.2, 6.0):
        view._motion.jump(view.viewport.centred_on(PointL0(50_000, 100_000), downsample=warm))
        wait_until(application, view.is_settled)
    middle = PointView(SIZE[0] / 2, SIZE[1] / 2)
    times: dict[str, list[float]] = {"pan": [], "zoom": [], "turn": []}
    for stroke in range(2 * max(1, rounds // STROKE // 2)):
        sign = 1 if stroke % 2 else -1
        moves: dict[str, Callable[[], None]] = {
            "pan": lambda sign=sign: view._motion.pan(31 * sign, 17 * sign),
            "zoom": lambda sign=sign: view._motion.zoom_about(middle, 1.05**-sign),
            "turn": lambda sign=sign: view._motion.turn_to(middle, view.viewport.angle_deg - 2.0 * sign),
        }
        for name, move in moves.items():
            for _ in range(STROKE):
                times[name].append(_frame_ms(view, move))
                application.processEvents()
            wait_until(application, view.is_settled)
    return times


def _wandered(application: QApplication, view: SlideView, seconds: float) -> tuple[list[float], float]:
    """Frame times while tiles load, panning here and there over the whole slide, and the most memory taken, MB."""
    rng = np.random.default_rng(3)
    times: list[float] = []
    peak_mb = 0.0
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        place, downsample = PointL0(rng.uniform(5e3, 95e3), rng.uniform(5e3, 195e3)), 2.0 ** rng.uniform(0, 6)
        view._motion.jump(view.viewport.centred_on(place, downsample=downsample))
        for _ in range(40):
            dx, dy = rng.normal(0, 25, 2)
            times.append(_frame_ms(view, lambda dx=dx, dy=dy: view._motion.pan(dx, dy)))
            application.processEvents()
            time.sleep(0.008)
        peak_mb = max(peak_mb, resident_mb())
    return times, peak_mb


def _frame_ms(view: SlideView, move: Callable[[], None]) -> float:
    started = time.perf_counter()
    move()
    view.repaint()
    return (time.perf_counter() - started) * 1000


def _window_start(folder: str) -> float:
    """Seconds from the start of a process to its window, imports included; the median of three."""
    environment = {**os.environ, "EQUISCOPE_DATA_HOME": folder}
    taken = []
    for _ in range(3):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", START], check=True, env=environment, capture_output=True)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def resident_mb() -> float:
    """Resident memory of this process; NaN where the system does not tell."""
    status = Path("/proc/self/statm")
    if not status.exists():
        return float("nan")
    return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
