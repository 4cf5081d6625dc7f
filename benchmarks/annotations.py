"""Annotations in the window at scale: painting, hitting, editing, loading; `python -m benchmarks.annotations`.

Milliseconds are medians; growth is against the smallest number. Import, export and the case file's own share are in
`benchmarks.review`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from statistics import median

import numpy as np
import shapely
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage

from app.canvas.annotation_shapes import AnnotationShapes
from app.canvas.device_frame import DeviceFrame
from app.canvas.paint_annotations import paint_annotations
from app.state.annotation_table import AnnotationTable, colour_of
from benchmarks.timing import timed
from inference.results.annotation import Annotation, Shape
from inference.results.annotation_document import AnnotationDocument
from inference.slides.frames import PointL0, RegionL0

REPEATS = 7
SIDE_L0 = 100_000
WIDTH, HEIGHT = 1600, 1000
STRIP = QRect(0, 0, 30, HEIGHT)
"""What a pan of 30 px uncovers."""


def main() -> None:
    """Prints a line for each number of annotations."""
    rng = np.random.default_rng(0)
    print("                      fitted  strip   at 10x   hit    select  edit+table  load")
    for kind, counts in (("polygons", (10, 1000, 10_000)), ("points", (1000, 100_000))):
        first: list[float] = []
        for count in counts:
            figures = _figures([_draft(rng, kind, number) for number in range(count)])
            first = first or figures
            growth = " ".join(
                f"x{now / max(then, 1e-4):.1f}" for now, then in zip(figures, first, strict=True)
            )
            print(f"{count:7,} {kind:9}" + "".join(f"{each:9.2f}" for each in figures) + f"   {growth}")
    circles = np.array(
        [shapely.Point(x, x).buffer(50) for x in rng.uniform(0, SIDE_L0, 100_000)], dtype=object
    )
    print(f"one STRtree of 100,000, as every edit would need: {_ms(lambda: shapely.STRtree(circles)):.1f} ms")


def _figures(drafts: list[Annotation]) -> list[float]:
    document = AnnotationDocument()
    document.do(document.adding(drafts, label="Draw"))
    pairs = [(each, colour_of(each, document)) for each in document.in_order()]
    shapes, table = AnnotationShapes(), AnnotationTable()
    load = _ms(lambda: shapes.replace_all(pairs, hidden=frozenset()))
    table.show(document, mpp=None)
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    fitted = DeviceFrame(0, 0, SIDE_L0 / HEIGHT, WIDTH, HEIGHT, 1.0)
    near = DeviceFrame(12_000, 12_000, 4.0, WIDTH, HEIGHT, 1.0)
    # Outlines are made when first painted.
    paint_annotations(image, fitted, shapes, exposed=image.rect())

    def edit() -> None:
        done = document.do(document.changing([1], lambda each: each.moved(1, 1), label="Move"))
        changed = done.changes[0].after
        assert changed is not None
        shapes.put(changed, (200, 0, 0))
        table.take(done)
        back = document.undo()
        assert back is not None
        table.take(back)

    middle = PointL0(SIDE_L0 / 2, SIDE_L0 / 2)
    return [
        _ms(lambda: paint_annotations(image, fitted, shapes, exposed=image.rect())),
        _ms(lambda: paint_annotations(image, fitted, shapes, exposed=STRIP)),
        _ms(lambda: paint_annotations(image, near, shapes, exposed=image.rect())),
        _ms(lambda: shapes.id_at(middle, 24.0)),
        _ms(lambda: shapes.ids_inside(RegionL0(0, 0, SIDE_L0, SIDE_L0 / 4))),
        _ms(edit),
        load,
    ]


def _draft(rng: np.random.Generator, kind: str, number: int) -> Annotation:
    x, y = rng.uniform(0, SIDE_L0, 2)
    name = ("Tumor", "Stroma", "Other", "")[number % 4]
    if kind == "points":
        return Annotation(0, Shape.POINT, shapely.Point(x, y), name)
    angles, radii = np.sort(rng.uniform(0, 2 * np.pi, 24)), rng.uniform(0.7, 1, 24) * rng.uniform(50, 800)
    outline = shapely.Polygon(np.stack([x + radii * np.cos(angles), y + radii * np.sin(angles)], axis=-1))
    return replace(Annotation(0, Shape.POLYGON, outline), class_name=name)


def _ms(work: Callable[[], object]) -> float:
    return median(timed(work) for _ in range(REPEATS)) * 1000


if __name__ == "__main__":
    main()
