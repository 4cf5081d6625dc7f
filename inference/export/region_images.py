"""Region images: each annotated area as a picture at a chosen resolution, with a mask of the classes for training."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cmap
import numpy as np
import orjson
from numpy.typing import NDArray
from pathvalidate import sanitize_filename

from inference.errors import ExportError
from inference.export.export_source import ExportSource
from inference.export.pictures import (
    Picture,
    mask_of,
    overlaid,
    png_bytes,
    read_picture,
    tiff_bytes,
    with_scale_and_legend,
)
from inference.results.annotation import Annotation
from inference.slides.frames import RegionL0

DEFAULT_MPP = 0.972
"""The resolution that PatchCamelyon and the shipped models have."""
MARGIN = 0.05
"""Of the longer side, on each side, so that an outline is seen whole."""


@dataclass(frozen=True, slots=True)
class RegionOptions:
    """How region images are made.

    Attributes:
        mpp: micrometres per pixel.
        tiff: TIFF instead of PNG.
        overlay: also a picture with heatmap, outlines, scale bar and legend.
        masks: also a mask of class labels, listed in labels.json.
    """

    mpp: float = DEFAULT_MPP
    tiff: bool = False
    overlay: bool = True
    masks: bool = True


def probability_table() -> NDArray[np.uint8]:
    """(256, 3) colours of probabilities 0 to 1: the window's default map."""
    return np.round(cmap.Colormap("inferno").lut(256)[:, :3] * 255).astype(np.uint8)


def region_images(source: ExportSource, options: RegionOptions) -> Iterator[tuple[str, bytes]]:
    """(file name, content) of one picture after the other, for each area annotated.

    Raises ExportError without a slide or its resolution, and where a picture would be too large.
    """
    if source.slide is None or source.mpp is None:
        raise ExportError(
            "Region images need the slide and its resolution", advice="Give the slide with --slide, and --mpp"
        )
    areas = [each for each in source.annotations if each.is_area]
    labels = {name: n for n, name in enumerate(sorted({a.class_name for a in areas if a.class_name}), 1)}
    downsample = options.mpp / source.mpp.mean
    table = probability_table()
    suffix, encode = (".tif", tiff_bytes) if options.tiff else (".png", png_bytes)
    for annotation in areas:
        picture = Picture(_with_margin(annotation), downsample)
        name = _file_name(annotation)
        image = read_picture(source.slide, picture)
        yield f"{name}{suffix}", encode(image, mpp=options.mpp)
        if options.overlay:
            shown = with_scale_and_legend(
                overlaid(image, picture, source, table=table),
                picture,
                mpp=source.mpp.mean,
                legend=_legend(source),
                table=table if source.heatmap is not None else None,
            )
            yield f"{name}_overlay{suffix}", encode(shown, mpp=options.mpp)
        if options.masks:
            yield f"{name}_mask{suffix}", encode(mask_of(picture, areas, labels), mpp=options.mpp)
    if options.masks:
        listed = {"labels": {"background": 0} | labels, "mpp": options.mpp}
        yield "labels.json", orjson.dumps(listed, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)


def _file_name(annotation: Annotation) -> str:
    """Number first, so that names that only differ in forbidden characters stay distinct."""
    words = "_".join(part for part in (annotation.class_name, annotation.name) if part)
    safe = sanitize_filename(words, replacement_text="_", max_len=60).replace(" ", "_").strip("._")
    return f"{annotation.id:05d}" + (f"_{safe}" if safe else "")


def _with_margin(annotation: Annotation) -> RegionL0:
    left, top, right, bottom = annotation.geometry.bounds
    margin = MARGIN * max(right - left, bottom - top)
    return RegionL0(left - margin, top - margin, right - left + 2 * margin, bottom - top + 2 * margin)


def _legend(source: ExportSource) -> str:
    model = source.run.model if source.run is not None else "no scan"
    return f"{model} · threshold {source.threshold:g} · research use only"
