"""Annotations made from what the model found: points from accepted candidates, areas from the heatmap."""

from __future__ import annotations

import math
from collections.abc import Iterable

import shapely

from inference.results.annotation import Annotation, Shape
from inference.results.annotation_edit import area_of
from inference.results.candidates import Candidate
from inference.results.heatmap import Heatmap
from inference.results.regions import find_regions
from inference.slides.frames import Mpp

TUMOUR_CLASS = "Tumor"
"""QuPath's spelling, so that the class means the same there."""
_PROBABILITY = "Probability"


def candidate_annotations(candidates: Iterable[tuple[Candidate, str]]) -> tuple[Annotation, ...]:
    """A point for each (candidate, note), named by its rank, with its probability as a measurement."""
    return tuple(
        Annotation(
            0,
            Shape.POINT,
            shapely.Point(candidate.point_l0.x, candidate.point_l0.y),
            TUMOUR_CLASS,
            name=f"Candidate {candidate.index + 1}",
            note=note,
            measurements=((_PROBABILITY, float(candidate.probability)),),
        )
        for candidate, note in candidates
    )


def heatmap_annotations(
    heatmap: Heatmap, *, threshold: float, mpp: Mpp, least_area_um2: float, smoothing_um: float
) -> tuple[Annotation, ...]:
    """The areas at or above a threshold, largest first.

    Args:
        least_area_um2: smaller areas are left out, as they are before smoothing.
        smoothing_um: by so much corners are rounded; necks and gaps narrower than twice of it may close. 0 keeps the
            cells' edges.
    Raises ValueError for a threshold outside [0, 1].
    """
    cell_um2 = heatmap.stride_x_l0 * mpp.x * heatmap.stride_y_l0 * mpp.y
    least_cells = max(1, math.ceil(least_area_um2 / cell_um2 - 1e-9))
    regions = find_regions(heatmap, threshold=threshold, mpp=mpp, min_cells=least_cells)
    made = []
    for number, region in enumerate(sorted(regions, key=lambda each: -each.area_um2), start=1):
        outline = region.polygon
        if smoothing_um > 0:
            by = smoothing_um / mpp.mean
            rounded = outline.buffer(by).buffer(-2 * by).buffer(by)
            # A piece so thin that rounding would take it away is kept with its corners.
            outline = area_of(rounded.simplify(by / 20)) or outline
        made.append(
            Annotation(
                0,
                Shape.POLYGON,
                outline,
                TUMOUR_CLASS,
                name=f"Area {number}",
                measurements=(
                    ("Probability mean", region.mean_probability),
                    ("Probability max", region.max_probability),
                ),
            )
        )
    return tuple(made)
