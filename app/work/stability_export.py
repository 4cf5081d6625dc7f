"""Writes the rotation stability of a region to a file; run it off the GUI thread."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from app.work.stability_picture import region_picture
from inference.export.stability_figure import FORMATS, write_stability_figure
from inference.export.stability_files import write_stability_data
from inference.results.annotation import Annotation
from inference.results.stability_maps import StabilityMaps
from inference.results.tumour_cells import counts_as_tumour
from inference.slides.frames import RegionL0
from inference.slides.picture import LONGEST_PX


def export_stability(
    path: Path,
    slide_path: Path,
    maps: StabilityMaps,
    *,
    threshold: float,
    annotations: Sequence[Annotation] = (),
) -> None:
    """Writes a figure (PDF, PNG, SVG) or data (CSV, NPZ), by the name's ending.

    Args:
        annotations: of the slide; outlines of tumour that pass through the region are drawn in the figure.

    Raises:
        SlideError: the slide cannot be opened any more, or is another one by now.
        ExportError: the file cannot be written.
        ValueError: another ending.
    """
    if path.suffix.lower() not in FORMATS:
        write_stability_data(path, maps, threshold=threshold)
        return
    picture = region_picture(slide_path, maps, with_profile=False, longest=LONGEST_PX)
    rings = outlines_within(annotations, maps.region_l0)
    write_stability_figure(path, maps, picture=picture, outlines_l0=rings, threshold=threshold)


def outlines_within(annotations: Sequence[Annotation], region: RegionL0) -> list[NDArray[np.float64]]:
    """(points, 2) of each ring of tumour that is seen in a region, in level-0 px."""
    box = shapely.box(region.x, region.y, region.x + region.width, region.y + region.height)
    return [
        shapely.get_coordinates(ring)
        for each in annotations
        if each.is_area and counts_as_tumour(each.class_name)
        for ring in shapely.get_rings(shapely.get_parts(each.geometry))
        if box.intersects(ring)
    ]
