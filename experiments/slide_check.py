"""Models on whole slides that PCam's patches did not come from: false alarms on normal tissue, and cell AUC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from experiments.cell_auc import CellSeparation, separation
from gcnn.data.pcam import PcamSplit
from inference.engine.cancel import CancelToken
from inference.engine.catalog import ModelEntry
from inference.engine.messages import ScanRequest, ScanStarted, Scores
from inference.engine.predictor import Predictor
from inference.engine.predictor_cache import PredictorCache
from inference.engine.scan import scan
from inference.results.heatmap import Heatmap
from inference.slides.slide import RgbImage


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
    """The heatmap of a scan of a slide, each tile's stain moved to `target` before if one is given."""
    plain = PredictorCache("auto")
    models = plain if target is None else _NormalisingModels(plain, target)
    heatmap: Heatmap | None = None
    for event in scan(ScanRequest("check", str(path), model), models, CancelToken()):
        if isinstance(event, ScanStarted):
            empty = np.full((event.rows, event.columns), np.nan, np.float32)
            heatmap = Heatmap(empty, event.stride_x_l0, event.stride_y_l0)
        elif isinstance(event, Scores) and heatmap is not None:
            heatmap.put_block(event.row, event.column, event.values)
    assert heatmap is not None, "a scan that ends well has started"
    return heatmap


@dataclass(frozen=True)
class _NormalisingModels:
    """Predictors of a cache, each seeing every image in another stain."""

    inner: PredictorCache
    target: LabStain

    def __call__(self, model: ModelEntry) -> tuple[Predictor, tuple[str, ...]]:
        predictor, notices = self.inner(model)
        return _Normalising(predictor, self.target), notices

    def on_cpu(self, model: ModelEntry) -> tuple[Predictor, tuple[str, ...]] | None:
        found = self.inner.on_cpu(model)
        return None if found is None else (_Normalising(found[0], self.target), found[1])


@dataclass(frozen=True)
class _Normalising:
    """A predictor that sees every image in another stain."""

    inner: Predictor
    target: LabStain

    @property
    def device(self) -> str:
        return self.inner.device

    @property
    def precision(self) -> str:
        return self.inner.precision

    @property
    def batch(self) -> int:
        return self.inner.batch

    @property
    def one_by_one(self) -> bool:
        return self.inner.one_by_one

    @property
    def calls(self) -> int:
        return self.inner.calls

    def probabilities(self, images: Sequence[RgbImage]) -> list[NDArray[np.float32]]:
        return self.inner.probabilities([normalised(image, self.target) for image in images])


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
