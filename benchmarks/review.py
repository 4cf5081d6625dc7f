"""Annotations at scale: an edit beside 10 to 10,000 others, import, export; `python -m benchmarks.review`."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import shapely

from benchmarks.timing import timed
from inference.export.table import candidates_csv
from inference.importing.read_annotations import read_annotations
from inference.results.annotation import Annotation, Shape
from inference.results.annotation_document import AnnotationDocument
from inference.results.annotation_store import AnnotationStore
from inference.results.candidates import Candidate
from inference.results.case_file import CaseFile
from inference.slides.frames import PointL0, SizeL0

REPEATS = 7


def main() -> None:
    """Prints milliseconds (medians) and how they grow."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        base = None
        for count in (10, 1000, 10_000):
            seconds = _edit(folder / f"{count}.case", count)
            base = base or seconds
            print(
                f"move and undo one of {count:6,} polygons, committed: {seconds * 1e3:7.2f} ms, x{seconds / base:.2f}"
            )
        for points in (4_700, 47_000):
            path = folder / f"{points}.xml"
            _write_asap(path, points)
            seconds = _seconds(lambda p=path: read_annotations(p))
            print(f"import an ASAP file of {points:6,} points: {seconds * 1e3:7.1f} ms")
    for count in (10_000, 100_000):
        candidates = [Candidate(n, 0.5, PointL0(n, n), n, n) for n in range(count)]
        seconds = _seconds(lambda c=candidates: candidates_csv(c, size_l0=SizeL0(200_000, 200_000)))
        print(f"export {count:7,} candidates: {seconds * 1e3:7.1f} ms")


def _edit(path: Path, count: int) -> float:
    circle = shapely.Point(0, 0).buffer(50)
    with CaseFile.open(path, fingerprint="0" * 32) as case:
        store = AnnotationStore(case)
        document: AnnotationDocument = store.load()
        drafts = [Annotation(0, Shape.POLYGON, circle).moved(n, n) for n in range(count)]
        store.record(document.do(document.adding(drafts, label="Many")), document)

        def move_and_undo() -> None:
            edit = document.changing([1], lambda each: each.moved(1, 1), label="Move")
            store.record(document.do(edit), document)
            back = document.undo()
            assert back is not None
            store.record_undo(back, classes=document.classes)

        return _seconds(move_and_undo)


def _write_asap(path: Path, points: int) -> None:
    angles = np.linspace(0, 2 * np.pi, points, endpoint=False)
    lines = [
        f'<Coordinate Order="{n}" X="{x:.4f}" Y="{y:.4f}"/>'
        for n, (x, y) in enumerate(zip(5e4 + 4e4 * np.cos(angles), 5e4 + 4e4 * np.sin(angles), strict=True))
    ]
    path.write_text(
        '<ASAP_Annotations><Annotations><Annotation Name="a" Type="Polygon" PartOfGroup="None"><Coordinates>'
        + "".join(lines)
        + "</Coordinates></Annotation></Annotations></ASAP_Annotations>"
    )


def _seconds(work: Callable[[], object]) -> float:
    return median(timed(work) for _ in range(REPEATS))


if __name__ == "__main__":
    main()
