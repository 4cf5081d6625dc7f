"""The heatmap as a plain TIFF: float32, one value a cell, with its place on the slide written into it."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import tifffile

from inference.errors import EquiscopeError
from inference.export.atomic import write_atomically
from inference.export.provenance import Provenance
from inference.results.heatmap import Heatmap, require_probabilities
from inference.slides.frames import PointL0

_KIND = "equiscope heatmap"
_SOFTWARE = (
    "Equiscope"  # Without a version, so that an update does not change the bytes of a repeated export.
)
_UM_PER_CM = 10_000
_MAX_BYTES = 256 * 2**20  # What any one read may take; the largest slides need a twentieth of it.


def write_heatmap(path: Path, heatmap: Heatmap, *, provenance: Provenance) -> None:
    """Writes (rows, columns) float32, NaN = not computed, atomically and byte for byte repeatably.

     The resolution tags hold the size of a cell, so that QuPath and others show micrometres. ImageDescription
     is a JSON object: `grid` {`origin_l0`, `stride_l0` as [x, y] in level-0 pixels, `rows`, `columns`},
    and the provenance. Uncompressed, in one strip: 8 MB at most, and there is no reader that cannot take it.
     Raises `ExportError`.
    """
    description = provenance.to_json() | {
        "kind": _KIND,
        "grid": {
            "origin_l0": [heatmap.origin_l0.x, heatmap.origin_l0.y],
            "stride_l0": [heatmap.stride_x_l0, heatmap.stride_y_l0],
            # Not as "shape": by that word tifffile takes the file for one of its own and fails to read it.
            "rows": heatmap.rows,
            "columns": heatmap.columns,
        },
        "values": "tumour probability in [0, 1]; NaN = not computed",
    }
    cell_x_um = heatmap.stride_x_l0 * provenance.mpp.x
    cell_y_um = heatmap.stride_y_l0 * provenance.mpp.y
    with write_atomically(path) as file:
        tifffile.imwrite(
            file,
            heatmap.values,
            byteorder="<",
            photometric="minisblack",
            rowsperstrip=heatmap.rows,
            resolution=(_UM_PER_CM / cell_x_um, _UM_PER_CM / cell_y_um),
            resolutionunit="CENTIMETER",
            # The tag is ASCII by specification.
            description=_ascii_json(description),
            software=_SOFTWARE,
            # No time of writing, and no description of tifffile's own beside ours.
            datetime=None,
            metadata=None,
        )


def read_heatmap(path: Path) -> Heatmap:
    """The heatmap that `write_heatmap` wrote, bit for bit. Raises `EquiscopeError` for anything else."""
    try:
        with tifffile.TiffFile(path) as tiff:
            page = tiff.pages.first
            grid = _grid(page.description)
            (x, y), (stride_x_l0, stride_y_l0) = grid["origin_l0"], grid["stride_l0"]
            # Looked at before any memory is taken for the values.
            if (
                page.shape != (grid["rows"], grid["columns"])
                or page.dtype != np.float32
                or page.nbytes > _MAX_BYTES
            ):
                raise ValueError(
                    f"{page.shape} {page.dtype} values in a grid of {grid['rows']} x {grid['columns']}"
                )
            values = np.asarray(page.asarray(), dtype=np.float32)
        require_probabilities(values)
        return Heatmap(values, stride_x_l0, stride_y_l0, PointL0(x, y))
    except OSError as error:
        raise EquiscopeError(
            "The heatmap cannot be read", where=str(path), advice="Check that the file exists and may be read"
        ) from error
    except (tifffile.TiffFileError, struct.error, ValueError, KeyError, TypeError, IndexError) as error:
        raise EquiscopeError(
            "This file is not a heatmap of Equiscope",
            where=str(path),
            advice="Choose a heatmap.tif of a scan",
        ) from error


def _grid(description: str) -> dict[str, Any]:
    record = orjson.loads(description)
    if not isinstance(record, dict) or record.get("kind") != _KIND:
        raise ValueError("another kind of TIFF")
    grid: dict[str, Any] = record["grid"]
    return grid


def _ascii_json(record: dict[str, Any]) -> str:
    """JSON with sorted keys and every character beyond ASCII escaped."""
    text = orjson.dumps(record, option=orjson.OPT_SORT_KEYS).decode()
    return "".join(character if character.isascii() else _escaped(character) for character in text)


def _escaped(character: str) -> str:
    """A character as JSON's \\uXXXX, two of them beyond the basic plane."""
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[index]:02x}{units[index + 1]:02x}" for index in range(0, len(units), 2))
