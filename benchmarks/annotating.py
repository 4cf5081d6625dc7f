"""Annotating in the real window beside many others: `python -m benchmarks.annotating`.

Each figure is the time from the user's event until its picture is painted and the list follows, medians of several;
growth is against the smallest number. The many are in the case file before; each edit is written behind its picture.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import shapely
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.program import Program
from benchmarks.timing import timed
from benchmarks.window import wait_until
from inference.results.annotation import Annotation, Shape
from inference.results.case_file import DATA_HOME_VARIABLE
from inference.synthetic.giant_slide import write_giant_slide

REPEATS = 7
CASES = (("polygons", 10), ("polygons", 1000), ("polygons", 10_000), ("points", 100_000))
LEFT = Qt.MouseButton.LeftButton


def main() -> None:
    """Prints a line for each number of annotations."""
    application = QApplication([])
    print("ms                     draw  select  vertex    undo")
    with tempfile.TemporaryDirectory() as name:
        slide = Path(name) / "giant.tif"
        write_giant_slide(slide)
        first: list[float] = []
        for kind, count in CASES:
            os.environ[DATA_HOME_VARIABLE] = str(Path(name) / f"{kind} {count}")
            figures = _figures(application, slide, kind, count)
            first = first or figures
            growth = " ".join(f"x{now / then:.1f}" for now, then in zip(figures, first, strict=True))
            print(
                f"{count:7,} {kind:9}" + "".join(f"{each:8.1f}" for each in figures) + f"   {growth}",
                flush=True,
            )


def _figures(application: QApplication, slide: Path, kind: str, count: int) -> list[float]:
    program = Program(application)
    try:
        program.window.resize(1600, 1000)
        program.window.show()
        program.slides.open(slide)
        control, session, view = program.annotations.control, program.session, program.window.view
        wait_until(application, lambda: session.current is not None and control.why_not() == "")
        wait_until(application, view.is_settled)
        view.set_animated(False)
        entry = session.current
        assert entry is not None and entry.annotations.document is not None
        document = entry.annotations.document
        size = entry.info.size_l0
        rng = np.random.default_rng(0)
        many = [_draft(rng, kind, size.width, size.height) for _ in range(count)]
        control.do(document.adding(many, label="Many"), entry=entry)
        wait_until(application, lambda: not program.keeping.is_busy)
        _settle(application)

        def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
            QTest.keyClick(view, key, modifier)

        def drag(start: QPoint, end: QPoint) -> None:
            QTest.mousePress(view, LEFT, pos=start)
            QTest.mouseMove(view, (start + end) / 2)
            QTest.mouseMove(view, end)
            QTest.mouseRelease(view, LEFT, pos=end)
            _settle(application)

        start, end = QPoint(300, 300), QPoint(420, 380)
        press(Qt.Key.Key_R)
        drag(start, end)
        draw = _ms(lambda: drag(start + QPoint(3, 3), end))
        press(Qt.Key.Key_A)

        def select() -> None:
            control.select([])
            _settle(application)
            QTest.mouseClick(view, LEFT, pos=start)
            _settle(application)

        chosen = _ms(select)
        control.select([max(document.annotations)])
        _settle(application)
        corners = [end, end + QPoint(8, 8)]

        def edit() -> None:
            corners.reverse()
            drag(corners[1], corners[0])

        vertex = _ms(edit)

        def undo() -> None:
            press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
            _settle(application)

        figures = [draw, chosen, vertex, _ms(undo)]
        wait_until(application, lambda: not program.keeping.is_busy)
        return figures
    finally:
        program.window.close()
        program.stop()


def _draft(rng: np.random.Generator, kind: str, width: int, height: int) -> Annotation:
    x, y = rng.uniform(0, width), rng.uniform(0, height)
    if kind == "points":
        return Annotation(0, Shape.POINT, shapely.Point(x, y), "Tumor")
    return Annotation(
        0, Shape.POLYGON, shapely.Point(x, y).buffer(rng.uniform(20, 200), quad_segs=6), "Stroma"
    )


def _settle(application: QApplication) -> None:
    """What is painted at once; measuring in the background rests for longer than this."""
    application.sendPostedEvents()
    application.processEvents()


def _ms(work: Callable[[], object]) -> float:
    return median(timed(work) for _ in range(REPEATS)) * 1000


if __name__ == "__main__":
    main()
