"""Which cells lie inside annotations that mark tumour: the middle of the cell counts, holes and exclusions do not."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from inference.results.annotation import Annotation
from inference.slides.frames import RegionL0

TUMOUR_WORDS = ("tumor", "tumour", "carcinoma", "metasta", "cancer")
"""A class is one of tumour if its name begins with one of these, in any case: QuPath's "Tumor", "Metastases" of
Camelyon17, "Carcinoma in situ"; not "Non-tumor"."""
NO_TUMOUR = re.compile(r"(?<![a-z])(free|negative|stroma|bed|normal)(?![a-z])")
"""One of these words in the name says that there is none or what lies around it: "Tumor-free", "Tumour stroma"."""
CAMELYON_TUMOUR, CAMELYON_EXCLUSION = ("_0", "_1"), ("_2", "exclusion")
"""Groups of Camelyon16's ASAP files: what is excluded lies inside what is tumour and is none."""


def counts_as_tumour(class_name: str) -> bool:
    """Whether annotations of a class mark tumour."""
    name = class_name.strip().lower()
    return name in CAMELYON_TUMOUR or (name.startswith(TUMOUR_WORDS) and not NO_TUMOUR.search(name))


def tumour_within(annotations: Iterable[Annotation], region: RegionL0) -> bool:
    """Whether an annotation of tumour reaches into a region, be it without the middle of any cell."""
    box = shapely.box(region.x, region.y, region.x + region.width, region.y + region.height)
    return any(
        each.is_area and counts_as_tumour(each.class_name) and box.intersects(_sound(each))
        for each in annotations
    )


def tumour_cells(
    annotations: Iterable[Annotation],
    *,
    row: int,
    column: int,
    rows: int,
    columns: int,
    stride_x_l0: float,
    stride_y_l0: float,
) -> NDArray[np.bool_]:
    """(rows, columns) of a block of cells whose first cell is (row, column) of a grid that begins at (0, 0)."""
    inside = np.zeros((rows, columns), bool)
    outside = np.zeros((rows, columns), bool)
    region = RegionL0(column * stride_x_l0, row * stride_y_l0, columns * stride_x_l0, rows * stride_y_l0)
    for each in annotations:
        is_excluded = each.class_name.strip().lower() in CAMELYON_EXCLUSION
        if not each.is_area or not (is_excluded or counts_as_tumour(each.class_name)):
            continue
        left, top, right, bottom = each.geometry.bounds
        first_column = max(0, math.floor((left - region.x) / stride_x_l0))
        first_row = max(0, math.floor((top - region.y) / stride_y_l0))
        last_column = min(columns, math.ceil((right - region.x) / stride_x_l0))
        last_row = min(rows, math.ceil((bottom - region.y) / stride_y_l0))
        if first_column >= last_column or first_row >= last_row:
            continue
        x = region.x + (np.arange(first_column, last_column) + 0.5) * stride_x_l0
        y = region.y + (np.arange(first_row, last_row) + 0.5) * stride_y_l0
        sound = _sound(each)
        shapely.prepare(sound)
        part = np.s_[first_row:last_row, first_column:last_column]
        (outside if is_excluded else inside)[part] |= shapely.contains_xy(sound, *np.meshgrid(x, y))
    return inside & ~outside


def _sound(annotation: Annotation) -> BaseGeometry:
    """The geometry, mended where it crosses itself."""
    geometry = annotation.geometry
    return geometry if geometry.is_valid else shapely.make_valid(geometry)
