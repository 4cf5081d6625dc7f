"""Models on whole slides that PCam's patches did not come from: false alarms on normal tissue, and cell AUC."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from experiments.cell_auc import CellSeparation, separation
from gcnn.data.pcam import PcamSplit
from inference.engine.catalog import find_model
from inference.engine.predictor_cache import PredictorCache
from inference.engine.tile_reading import read_tile
from inference.results.heatmap import Heatmap
from inference.slides.grid import TileGrid
from inference.slides.open_slide import open_slide
from inference.slides.plane import ModelPlane, settle_mpp
from inference.slides.resolution import require_mpp
from inference.slides.slide import RgbImage
from inference.slides.tissue import find_tissue


@dataclass(frozen=True, slots=True)
class LabStain:
    """Mean and standard deviation, each (3,), of tissue in OpenCV's float L*a*b* (Reinhard et al. 2001)."""

    mean: NDArray[np.float64]
    std: NDArray[np.float64]

    @classmethod
    def of(cls, rgb: RgbImage) -> LabStain | None:
        """Of the pixels that are not glass, (..., 3) uint8; None where there are hardly any."""
        pixels = rgb.reshape(-1, 1, 3)
        tissue = pixels[pixels.min(axis=2)[:, 0] < GLASS]
        if len(tissue) < FEWEST_PIXELS:
            return None
        lab = cv2.cvtColor(tissue.astype(np.float32) / 255, cv2.COLOR_RGB2LAB).reshape(-1, 3)
        return cls(lab.mean(0, dtype=np.float64), lab.std(0, dtype=np.float64))


GLASS = 215
"""A pixel whose darkest channel is brighter holds no stain worth measuring."""
FEWEST_PIXELS = 1000


def normalised(rgb: RgbImage, target: LabStain) -> RgbImage:
    """An image moved to another stain's mean and spread in L*a*b*; glass stays as it is."""
    own = LabStain.of(rgb)
    if own is None:
        return rgb
    lab = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    moved = (lab - own.mean) / np.maximum(own.std, 1e-3) * target.std + target.mean
    out = np.clip(cv2.cvtColor(moved.astype(np.float32), cv2.COLOR_LAB2RGB) * 255 + 0.5, 0, 255).astype(
        np.uint8
    )
    glass = rgb.min(axis=2) >= GLASS
    out[glass] = rgb[glass]
    return out


def scanned(path: Path, model: str, *, target: LabStain | None = None) -> Heatmap:
    """The heatmap of a slide as a scan computes it, each tile's stain moved to `target` before if one is given."""
    entry = find_model(model)
    predictor, _ = PredictorCache("auto")(entry)
    slide = open_slide(path)
    try:
        mpp = settle_mpp(slide.info, require_mpp(slide.info), entry.card.mpp)
        grid = TileGrid.of_slide(slide.info.size_l0, mpp, model_mpp=entry.card.mpp)
        tissue, plane = find_tissue(slide, grid, mpp).mask, ModelPlane(slide, mpp, entry.card.mpp)
        values = np.full((grid.rows, grid.columns), np.nan, np.float32)
        for tile in grid.tiles():
            cells = (slice(tile.row, tile.row + tile.rows), slice(tile.column, tile.column + tile.columns))
            if tissue[cells].any():
                image = read_tile(plane, grid, tile).image
                found = predictor.probabilities([image if target is None else normalised(image, target)])[0]
                values[cells] = found[: tile.rows, : tile.columns]
        values[~tissue] = np.nan
        return Heatmap(values, grid.stride_x_l0, grid.stride_y_l0)
    finally:
        slide.close()


def pcam_stain(folder: Path, *, patches: int = 2000) -> LabStain:
    """The stain of PCam's training patches, from the first of them."""
    train = PcamSplit(folder, "train")
    found = LabStain.of(train.patches(np.arange(min(patches, len(train)))))
    train.close()
    if found is None:
        raise ValueError(f"the patches in {folder} hold no tissue")
    return found


def check(
    path: Path, model: str, mask: NDArray[np.bool_] | None, *, target: LabStain | None
) -> CellSeparation:
    """How a model does on a slide; without a mask all its tissue is normal."""
    heatmap = scanned(path, model, target=target)
    if mask is None:
        mask = np.zeros((1, 1), bool)
    return separation(heatmap, mask)
