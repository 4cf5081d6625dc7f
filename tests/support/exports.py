"""A made export source: two areas, a hole, points, a line, a small heatmap; and round trips through files."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from inference.export.export_source import ExportSource
from inference.importing.found import ImportResult
from inference.importing.read_annotations import read_annotations
from inference.results.annotation import Annotation, AnnotationClass, Kind, Shape, ellipse_l0
from inference.results.candidates import find_candidates
from inference.results.case_records import Review, ReviewedCandidate, Run, RunState
from inference.results.heatmap import Heatmap
from inference.results.stability_layer import StabilityLayer
from inference.slides.frames import Mpp, SizeL0
from inference.slides.grid import TileGrid

SIZE_L0 = SizeL0(1000, 800)
HOLED = shapely.Polygon(
    [(10.25, 10), (400, 20), (390.126, 300), (15, 290)], [[(50, 50), (100, 50), (100, 100)]]
)
ANNOTATIONS = (
    Annotation(
        1,
        Shape.POLYGON,
        HOLED,
        "Tumor",
        name="=cmd|'nest'",
        note="two\nlines",
        locked=True,
        measurements=(("Nuclei", 12.0), ("Odd", math.nan)),
        metadata=(("k", "v"),),
    ),
    Annotation(2, Shape.ELLIPSE, ellipse_l0(500, 500, 600, 560), "Stroma & <co>", colour=(1, 2, 3)),
    Annotation(3, Shape.POINT, shapely.Point(700.5, 20), kind=Kind.DETECTION),
    Annotation(4, Shape.POINTS, shapely.MultiPoint([(1, 2), (3, 4)]), "Tumor"),
    Annotation(5, Shape.LINE, shapely.LineString([(0, 0), (30, 40)]), name="ruler"),
    Annotation(
        6,
        Shape.POLYGON,
        shapely.MultiPolygon([shapely.box(600, 0, 640, 30), shapely.box(700, 100, 720, 130)]),
    ),
    Annotation(7, Shape.RECTANGLE, shapely.box(300, 600, 340, 640), "Tumor"),
)
CLASSES = {
    "Tumor": AnnotationClass("Tumor", (200, 0, 0), "1"),
    "Stroma & <co>": AnnotationClass("Stroma & <co>", (150, 200, 150)),
}


def empty_stability() -> StabilityLayer:
    """Rotation stability on the cells of the source's heatmap, of which nothing is known yet."""
    return StabilityLayer.empty(
        model="model",
        model_sha256="ab" * 32,
        turns=8,
        rows=7,
        columns=9,
        stride_x_l0=124.416,
        stride_y_l0=124.416,
    )


def make_source(**changes: Any) -> ExportSource:
    """The source, with some of its attributes changed."""
    values = np.zeros((7, 9), np.float32)
    values[1, 1], values[5, 7], values[0, 0] = 0.9, 0.7, np.nan
    grid = TileGrid(7, 9, 124.416, 124.416, 14)
    heatmap = Heatmap(values, grid.stride_x_l0, grid.stride_y_l0)
    found = find_candidates(heatmap, threshold=0.5, radius_cells=2)
    run = Run(
        1,
        datetime(2026, 1, 1, tzinfo=UTC),
        "model",
        "ab" * 32,
        {"mpp": [0.25, 0.25]},
        "CPU",
        "float32",
        grid,
        RunState.DONE,
        1.0,
        0,
        0,
    )
    source = ExportSource(
        fingerprint="0123456789abcdef" * 2,
        size_l0=SIZE_L0,
        mpp=Mpp.square(0.25),
        mpp_source="file",
        run=run,
        heatmap=heatmap,
        candidates=(
            ReviewedCandidate(found[0], Review.ACCEPTED, "@SUM(A1)"),
            ReviewedCandidate(found[1], Review.OPEN, ""),
        ),
        annotations=ANNOTATIONS,
        classes=CLASSES,
        threshold=0.5,
    )
    return replace(source, **changes)


def read_back(data: bytes, path: Path) -> ImportResult:
    """What the importer makes of a file's bytes."""
    path.write_bytes(data)
    return read_annotations(path)
