"""The rotation stability of a whole slide for other programs: an OME-TIFF with a channel a figure, a line a cell."""

from __future__ import annotations

import io
import uuid

import numpy as np
import orjson
import tifffile

from inference.export.provenance import Provenance
from inference.results.stability import lower_bounds
from inference.results.stability_layer import StabilityLayer

CHANNELS = ("Mean probability", "Standard deviation", "Lowest probability", "Highest probability")
_NAMESPACE = uuid.UUID("0b0e5c5e-64b5-5d0c-8d0f-5b6f7e2f3d11")


def stability_ome_tiff(layer: StabilityLayer, provenance: Provenance) -> bytes:
    """(4, rows, columns) float32 in the order of `CHANNELS`, NaN = no value, with cell size and place in um.

    Cells without tissue have no value, nor have those for which some angle sees beyond the slide's edge.
    The place in level-0 pixels, the angles and the provenance stand in the description as JSON.
    """
    values = np.stack([layer.mean, layer.std, layer.lowest, layer.highest])
    grid = {"origin_l0": [0.0, 0.0], "stride_l0": [layer.stride_x_l0, layer.stride_y_l0]}
    about = provenance.to_json() | {
        "grid": grid, "angles": layer.turns, "model": layer.model, "model_sha256": layer.model_sha256,
    }  # fmt: skip
    description = orjson.dumps(about, option=orjson.OPT_SORT_KEYS).decode()
    metadata = {
        # Made from the content; the library's own would be another at every export.
        "UUID": f"urn:uuid:{uuid.uuid5(_NAMESPACE, description + values.tobytes().hex())}",
        "axes": "CYX",
        "Name": "Rotation stability",
        "Description": description,
        "Channel": {"Name": list(CHANNELS)},
        "PhysicalSizeX": layer.stride_x_l0 * provenance.mpp.x,
        "PhysicalSizeXUnit": "µm",
        "PhysicalSizeY": layer.stride_y_l0 * provenance.mpp.y,
        "PhysicalSizeYUnit": "µm",
        "Plane": {
            "PositionX": [0.0] * len(CHANNELS),
            "PositionXUnit": ["µm"] * len(CHANNELS),
            "PositionY": [0.0] * len(CHANNELS),
            "PositionYUnit": ["µm"] * len(CHANNELS),
        },
    }
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer, ome=True, byteorder="<") as tiff:
        tiff.write(values, photometric="minisblack", metadata=metadata, software="Equiscope")
    return buffer.getvalue()


def stability_layer_csv(layer: StabilityLayer) -> bytes:
    """A line for each cell with a value: its place on the grid, its middle at level 0, its figures.

    Numbers only below the headings, so that nothing can start a formula in a spreadsheet.
    """
    bound = lower_bounds(layer.mean.astype(np.float64), layer.std.astype(np.float64))
    lines = ["row,column,x_l0,y_l0,mean,std,lowest,highest,lower_bound"]
    for row, column in np.argwhere(np.isfinite(layer.mean)).tolist():
        place = f"{(column + 0.5) * layer.stride_x_l0:.1f},{(row + 0.5) * layer.stride_y_l0:.1f}"
        figures = (layer.mean, layer.std, layer.lowest, layer.highest, bound)
        values = ["" if np.isnan(each[row, column]) else f"{each[row, column]:.6f}" for each in figures]
        lines.append(f"{row},{column},{place},{','.join(values)}")
    return ("\n".join(lines) + "\n").encode("ascii")
