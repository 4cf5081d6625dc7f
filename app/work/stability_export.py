"""Writes the rotation stability of a region to a file; run it off the GUI thread."""

from __future__ import annotations

from pathlib import Path

from inference.errors import SlideError
from inference.export.stability_figure import FORMATS, write_stability_figure
from inference.export.stability_files import write_stability_data
from inference.results.stability_maps import StabilityMaps
from inference.slides.open_slide import open_slide
from inference.slides.picture import read_picture


def export_stability(path: Path, slide_path: Path, maps: StabilityMaps, *, threshold: float) -> None:
    """Writes a figure (PDF, PNG, SVG) or data (CSV, NPZ), by the name's ending.

    Raises:
        SlideError: the slide cannot be opened any more, or is another one by now.
        ExportError: the file cannot be written.
        ValueError: another ending.
    """
    if path.suffix.lower() not in FORMATS:
        write_stability_data(path, maps, threshold=threshold)
        return
    slide = open_slide(slide_path, mpp=maps.mpp)
    try:
        if slide.info.fingerprint != maps.fingerprint:
            raise SlideError(
                "The slide is another one by now",
                where=str(slide_path),
                advice="Compute the rotation stability anew",
            )
        picture = read_picture(slide, maps.mpp, maps.region_l0)
    finally:
        slide.close()
    write_stability_figure(path, maps, picture=picture, threshold=threshold)
