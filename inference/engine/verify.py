"""Verifying an export: hashes, content by reading it, and some cells by computing them anew."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from xml.etree.ElementTree import ParseError

import defusedxml.ElementTree
import numpy as np
import orjson
import tifffile
from numpy.typing import NDArray
from PIL import Image

from inference.engine.catalog import find_model
from inference.engine.devices import make_predictor
from inference.engine.tile_reading import read_tile
from inference.errors import EquiscopeError, ExportError
from inference.export.export_job import MANIFEST
from inference.results.case_place import find_slide
from inference.slides.frames import Mpp
from inference.slides.framing import frame_slide
from inference.slides.grid import Tile
from inference.slides.open_slide import open_slide

TOLERANCE = 1e-3
"""In probability: devices and versions of OpenVINO agree to about 1e-5; a wrong cell is off by far more."""
DEFAULT_CELLS = 16


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: a sentence, and whether it agrees; None where it could not be checked."""

    what: str
    agrees: bool | None


def verify_export(
    folder: Path, *, slide: Path | None, model: str | None = None, cells: int = DEFAULT_CELLS
) -> Iterator[Check]:
    """Checks one by one. Raises ExportError where there is no manifest.

    Args:
        slide: by which cells are computed anew; None to look for it in the folder and the two around it.
    """
    for manifest_path in _manifests(folder):
        manifest = _manifest(manifest_path)
        for name, record in sorted(manifest["files"].items()):
            yield _file(folder, name, record)
        yield from _recompute(folder, manifest, slide, model, cells)


def _manifests(folder: Path) -> list[Path]:
    found = sorted(folder.glob(f"*{MANIFEST}"))
    if not found:
        raise ExportError(
            f"This folder holds no {MANIFEST}", where=str(folder), advice="Choose the folder of an export"
        )
    return found


def _manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = orjson.loads(path.read_bytes())
        names = manifest["files"]
        if not all(isinstance(record["sha256"], str) for record in names.values()):
            raise ValueError("no hash")
        # A manifest is a stranger's file too: it names files of its folder and nothing else.
        if any(PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts for name in names):
            raise ValueError("a name that leaves the folder")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ExportError(
            f"The list of exported files cannot be read ({error})", where=str(path), advice="Export again"
        ) from error
    checked: dict[str, Any] = manifest
    return checked


def _file(folder: Path, name: str, record: dict[str, Any]) -> Check:
    try:
        data = (folder / name).read_bytes()
    except OSError:
        return Check(f"{name} is missing or cannot be read", False)
    if hashlib.sha256(data).hexdigest() != record["sha256"]:
        return Check(f"{name} was changed after the export", False)
    try:
        content = _read(name, data)
    except (ValueError, KeyError, TypeError, OSError, ParseError, tifffile.TiffFileError) as error:
        return Check(f"{name} has its hash but cannot be read: {error}", False)
    return Check(f"{name}: hash agrees, {content}", True)


def _read(name: str, data: bytes) -> str:
    """What a file holds, by reading it."""
    suffix = Path(name).suffix.lower()
    if suffix in (".geojson", ".json"):
        content = orjson.loads(data)
        return f"{len(content['features'])} features" if "features" in content else "readable"
    if suffix == ".xml":
        root = defusedxml.ElementTree.fromstring(data, forbid_dtd=True)
        return f"{sum(1 for _ in root.iter('Annotation'))} annotations or layers"
    if suffix == ".csv":
        return f"{sum(1 for _ in csv.reader(io.StringIO(data.decode('utf-8-sig'))))} lines"
    if suffix in (".tif", ".tiff"):
        with tifffile.TiffFile(io.BytesIO(data)) as tiff:
            return "values " + " × ".join(map(str, tiff.pages.first.shape))
    if suffix == ".png":
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            return f"picture of {image.width} × {image.height} px"
    return f"{len(data):,} bytes"


def _recompute(
    folder: Path, manifest: dict[str, Any], slide_path: Path | None, model: str | None, cells: int
) -> Iterator[Check]:
    name = next((each for each in manifest["files"] if each.endswith("heatmap.ome.tif")), None)
    if name is None or cells == 0:
        why = "the export holds no heatmap.ome.tif" if name is None else "none was asked for"
        yield Check(f"No cell was computed anew: {why}", None)
        return
    provenance = manifest["provenance"]
    if slide_path is None:
        around = folder.absolute()
        slide_path = find_slide(
            provenance["slide_fingerprint"], (around, around.parent, around.parent.parent)
        )
    if slide_path is None:
        yield Check("No cell was computed anew: the slide was not found; give it with --slide", None)
        return
    try:
        entry = find_model(model or provenance["model"])
        if entry.card.sha256 != provenance["model_sha256"]:
            yield Check("The model here has other weights than the one that made the export", False)
            return
        mpp = Mpp(*provenance["mpp"])
        slide = open_slide(slide_path, mpp=mpp)
    except EquiscopeError as error:
        yield Check(error.sentence(), None)
        return
    try:
        if slide.info.fingerprint != provenance["slide_fingerprint"]:
            yield Check("The slide is not the one that the export was made from", False)
            return
        values = np.asarray(tifffile.imread(folder / name), np.float32)
        framing = frame_slide(slide, model_mpp=entry.card.mpp)
        grid = framing.grid
        if values.shape != (grid.rows, grid.columns):
            yield Check("The heatmap has another number of cells than the slide gives", False)
            return
        predictor, _ = make_predictor(entry, "auto")
        worst = 0.0
        chosen = _spread(values, cells)
        for row, column in chosen:
            # A tile that starts at the cell itself: that the cell does not depend on its tile is checked along.
            item = read_tile(framing.plane, grid, Tile(row, column, 1, 1))
            ((result,),) = (predictor.probabilities([item.image])[0][:1, :1],)
            worst = max(worst, abs(float(result[0]) - float(values[row, column])))
        # In 8 bits a value may be rounded the other way in a tile of another shape.
        agrees = worst <= max(TOLERANCE, entry.card.equivariance_tolerance)
        yield Check(
            f"{len(chosen)} cells computed anew on {predictor.device}: largest difference {worst:.1e}", agrees
        )
    finally:
        slide.close()


def _spread(values: NDArray[np.float32], count: int) -> list[tuple[int, int]]:
    """(row, column) of so many computed cells: the most probable one and others evenly by rank."""
    rows, columns = np.nonzero(~np.isnan(values))
    if not rows.size:
        return []
    order = np.argsort(-values[rows, columns], kind="stable")
    picked = order[np.unique(np.linspace(0, rows.size - 1, min(count, rows.size)).astype(int))]
    return [(int(rows[n]), int(columns[n])) for n in picked]
