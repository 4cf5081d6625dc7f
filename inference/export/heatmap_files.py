"""The heatmap for other viewers: an OME-TIFF with its place in micrometres, and the likelihood map of ASAP."""

from __future__ import annotations

import io
import math
import uuid
from collections.abc import Sequence

import numpy as np
import orjson
import tifffile
from numpy.typing import NDArray

from inference.errors import ExportError
from inference.export.provenance import Provenance
from inference.results.heatmap import Heatmap
from inference.slides.frames import SizeL0
from inference.slides.slide import Level

LIKELIHOOD_TILE = 512
"""The tile that ASAP's own writer makes."""
_UM_PER_CM = 10_000
_NAMESPACE = uuid.UUID("f1c5a2be-58d3-5c36-9a39-6a1d0f4f1a77")


def ome_tiff(heatmap: Heatmap, provenance: Provenance) -> bytes:
    """(rows, columns) float32, NaN = not computed, as OME-TIFF: the size of a cell and the place of its corner in um.

    QuPath and Bio-Formats read both; the place in level-0 pixels and the provenance stand in the description as JSON.
    """
    mpp = provenance.mpp
    grid = {
        "origin_l0": [heatmap.origin_l0.x, heatmap.origin_l0.y],
        "stride_l0": [heatmap.stride_x_l0, heatmap.stride_y_l0],
    }
    description = orjson.dumps(provenance.to_json() | {"grid": grid}, option=orjson.OPT_SORT_KEYS).decode()
    metadata = {
        # Made from the content; the library's own would be another at every export.
        "UUID": f"urn:uuid:{uuid.uuid5(_NAMESPACE, description + heatmap.values.tobytes().hex())}",
        "axes": "YX",
        "Name": "Tumour probability",
        "Description": description,
        "PhysicalSizeX": heatmap.stride_x_l0 * mpp.x,
        "PhysicalSizeXUnit": "µm",
        "PhysicalSizeY": heatmap.stride_y_l0 * mpp.y,
        "PhysicalSizeYUnit": "µm",
        "Plane": {
            "PositionX": [heatmap.origin_l0.x * mpp.x],
            "PositionXUnit": ["µm"],
            "PositionY": [heatmap.origin_l0.y * mpp.y],
            "PositionYUnit": ["µm"],
        },
    }
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer, ome=True, byteorder="<") as tiff:
        tiff.write(heatmap.values, photometric="minisblack", metadata=metadata, software="Equiscope")
    return buffer.getvalue()


def likelihood_map(
    heatmap: Heatmap, *, size_l0: SizeL0, levels: Sequence[Level], provenance: Provenance
) -> bytes:
    """ASAP's overlay: tiled float32 0..1, a whole number of level-0 px a value, a pyramid like the slide's.

    A value is that of the cell in which its middle lies, so the finer, whole-numbered raster shifts nothing by over
    half its step; NaN becomes 0, as ASAP has no word for it. Save it as <slide>_likelihood_map.tif beside the slide and
    ASAP finds it by itself. Raises ExportError for a heatmap without room for a step.
    """
    step = 2 ** int(math.log2(max(1.0, min(heatmap.stride_x_l0, heatmap.stride_y_l0))))
    width, height = math.ceil(size_l0.width / step), math.ceil(size_l0.height / step)
    if width * height > 2**28:
        raise ExportError("The likelihood map would be over 1 GB", advice="Export the heatmap as OME-TIFF")
    base = _sampled(heatmap, width, height, step)
    pages = [base]
    for factor in _factors(levels):
        if min(base.shape) // factor < 1 or base.shape[0] // factor < LIKELIHOOD_TILE // 4:
            break
        # The mean of what it covers, as a viewer expects of a pyramid.
        rows, columns = base.shape[0] // factor * factor, base.shape[1] // factor * factor
        blocks = base[:rows, :columns].reshape(rows // factor, factor, columns // factor, factor)
        pages.append(blocks.mean(axis=(1, 3), dtype=np.float32))
    mpp = provenance.mpp
    description = orjson.dumps(
        provenance.to_json() | {"kind": "likelihood map", "level_0_px_per_value": step},
        option=orjson.OPT_SORT_KEYS,
    ).decode("ascii", "backslashreplace")
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer, byteorder="<") as tiff:
        for number, page in enumerate(pages):
            factor = round(width / page.shape[1])
            resolution = (
                None
                if mpp.mean <= 0
                else (_UM_PER_CM / (step * mpp.x * factor), _UM_PER_CM / (step * mpp.y * factor))
            )
            tiff.write(
                page,
                photometric="minisblack",
                tile=(LIKELIHOOD_TILE, LIKELIHOOD_TILE),
                compression="adobe_deflate",
                subfiletype=1 if number else 0,
                resolution=resolution,
                resolutionunit="CENTIMETER" if resolution is not None else None,
                description=description if number == 0 else None,
                software="Equiscope",
                metadata=None,
            )
    return buffer.getvalue()


def _sampled(heatmap: Heatmap, width: int, height: int, step: int) -> NDArray[np.float32]:
    """(height, width) float32 of the cells that hold the middles of a raster of `step` level-0 px; 0 for none."""
    xs = (np.arange(width) + 0.5) * step
    ys = (np.arange(height) + 0.5) * step
    columns = np.floor((xs - heatmap.origin_l0.x) / heatmap.stride_x_l0).astype(int)
    rows = np.floor((ys - heatmap.origin_l0.y) / heatmap.stride_y_l0).astype(int)
    inside_x = (columns >= 0) & (columns < heatmap.columns)
    inside_y = (rows >= 0) & (rows < heatmap.rows)
    values = np.zeros((height, width), np.float32)
    block = np.nan_to_num(heatmap.values[np.ix_(rows[inside_y], columns[inside_x])], nan=0.0)
    values[np.ix_(inside_y, inside_x)] = block
    return values


def _factors(levels: Sequence[Level]) -> list[int]:
    """Whole downsamples of the slide's further levels."""
    return sorted({round(level.downsample_x) for level in levels if round(level.downsample_x) > 1})
