"""Reviewing at scale: an edit beside many others, import, export, search: `python -m benchmarks.review [ASAP.xml]`.

Milliseconds are medians; growth is against the smallest number. A search and sorting the list anew, which any click on
a heading does, are measured side by side.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import cast

import numpy as np
import shapely
from PySide6.QtCore import Qt

from app.state.candidate_table import SIZE, CandidateTable
from benchmarks.timing import timed
from inference.export.export_source import ExportSource
from inference.export.table import candidates_csv
from inference.export.tables import candidates_table
from inference.importing.into_case import import_into_case
from inference.importing.read_annotations import read_annotations
from inference.results.annotation import Annotation, Shape
from inference.results.annotation_document import AnnotationDocument
from inference.results.annotation_store import AnnotationStore
from inference.results.candidates import Candidate
from inference.results.case_file import CaseFile
from inference.results.case_records import Review, ReviewedCandidate
from inference.results.heatmap import Heatmap
from inference.slides.frames import Mpp, PointL0, SizeL0
from inference.slides.slide import SlideInfo

REPEATS = 7


def main() -> None:
    """Prints milliseconds (medians) and how they grow."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        base = None
        for count in (10, 1000, 10_000, 100_000):
            seconds = _edit(folder / f"{count}.case", count)
            base = base or seconds
            print(
                f"move and undo one of {count:6,} polygons, committed: {seconds * 1e3:7.2f} ms, x{seconds / base:.2f}"
            )
        base = None
        for points in (470, 4_700, 47_000):
            path = folder / f"{points}.xml"
            _write_asap(path, points)
            seconds = _seconds(lambda p=path: read_annotations(p))
            base = base or seconds
            print(
                f"import an ASAP file of {points:6,} points: {seconds * 1e3:7.1f} ms, x{seconds / base:.2f}"
            )
        for real in map(Path, sys.argv[1:]):
            seconds = _seconds(lambda p=real: _import(folder / "real.case", p))
            points = sum(
                shapely.get_num_coordinates(each.geometry) for each in read_annotations(real).annotations
            )
            print(f"import {real.name} of {points:,} points into a case: {seconds * 1e3:7.1f} ms")
    bases: list[float] = []
    for count in (1_000, 10_000, 100_000):
        candidates = [Candidate(n, 0.5, PointL0(n, n), n // 1000, n % 1000) for n in range(count)]
        heatmap = Heatmap(np.full((100, 1000), 0.5, np.float32), 128.0, 128.0)
        figures = [
            _seconds(lambda c=candidates: candidates_csv(c, size_l0=SizeL0(200_000, 200_000))),
            _seconds(lambda c=candidates, h=heatmap: _table(c, h)),
            *_search(candidates),
        ]
        bases = bases or figures
        names = ("as detections", "with marks and notes", "a key of a search", "the list sorted anew")
        told = ", ".join(
            f"{name} {seconds * 1e3:.1f} ms x{seconds / base:.1f}"
            for name, seconds, base in zip(names, figures, bases, strict=True)
        )
        print(f"{count:7,} candidates: {told}")


def _import(case_path: Path, file: Path) -> None:
    info = SimpleNamespace(fingerprint="0" * 32, mpp=None, size_l0=SizeL0(200_000, 200_000))
    import_into_case(case_path, cast(SlideInfo, info), file)


def _table(candidates: list[Candidate], heatmap: Heatmap) -> bytes:
    return candidates_table(
        ExportSource(
            fingerprint="0" * 32,
            size_l0=SizeL0(200_000, 200_000),
            mpp=Mpp.square(0.243),
            mpp_source="file",
            run=None,
            heatmap=heatmap,
            candidates=tuple(ReviewedCandidate(each, Review.ACCEPTED, "a note") for each in candidates),
            annotations=(),
            classes={},
            threshold=0.5,
        )
    )


def _search(candidates: list[Candidate]) -> tuple[float, float]:
    """Seconds of a key of a search, every candidate with a note, and of sorting the list."""
    table, count = CandidateTable(), len(candidates)
    notes = {n: f"note {n} on a vessel" for n in range(count)}
    sizes = np.random.default_rng(0).random((count, 2))
    table.show(candidates, sizes, np.zeros(count, np.uint8), mpp=Mpp.square(0.243), notes=notes)
    texts, orders = itertools.cycle(("v", "ve", "ves", "9 ves")), itertools.cycle(Qt.SortOrder)
    return _seconds(lambda: table.seek(next(texts))), _seconds(lambda: table.sort(SIZE, next(orders)))


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
