"""How much a patch's probability depends on how the patch lay: its spread over rotations (the paper's Fig. 3)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gcnn.data.pcam import PATCH

ANGLES = 32
"""Rotations in the paper's Fig. 3: evenly spaced below 90 degrees."""
NEEDED_SIDE = math.ceil(PATCH * math.sqrt(2)) + 1
"""Side of a patch in pixels from which its centre can be turned by any angle without a missing corner."""


@dataclass(frozen=True, slots=True)
class RotationStability:
    """Spread of the tumour probability over rotations.

    Attributes:
        std: (n,) standard deviation over the angles, patch by patch.
        margin: where the corners came from: "real" surroundings, or the patch's own "reflected" pixels.
    """

    std: NDArray[np.float64]
    margin: Literal["real", "reflected"]

    @property
    def mean_std(self) -> float:
        """Mean over the patches."""
        return float(self.std.mean())


def rotation_stability(
    probabilities: Callable[[NDArray[np.uint8]], Tensor], patches: NDArray[np.uint8], *, angles: int = ANGLES
) -> RotationStability:
    """Standard deviation over `angles` rotations of each patch, evenly spaced from 0 to below 90 degrees.

    Args:
        probabilities: of (n, 96, 96, 3) uint8 RGB patches, (n,).
        patches: (n, side, side, 3) uint8 RGB; from a side of `NEEDED_SIDE` on the surroundings are real.
        angles: how many; quarter turns are left out, since they tell equivariance, which is measured apart.
    """
    margin: Literal["real", "reflected"] = "real" if patches.shape[1] >= NEEDED_SIDE else "reflected"
    if margin == "reflected":
        patches = _centre(patches)
    found = [probabilities(_centre(_rotated(patches, 90 * step / angles))) for step in range(angles)]
    return RotationStability(torch.stack(found).double().std(0, correction=0).cpu().numpy(), margin)


def _rotated(patches: NDArray[np.uint8], degrees: float) -> NDArray[np.uint8]:
    """Each patch turned counter-clockwise about its centre, bilinear, missing corners mirrored."""
    if degrees == 0:
        return patches
    side = patches.shape[1]
    matrix = cv2.getRotationMatrix2D(((side - 1) / 2, (side - 1) / 2), degrees, 1)
    turned = [
        cv2.warpAffine(p, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        for p in patches
    ]
    return np.stack(turned).astype(np.uint8, copy=False)


def _centre(patches: NDArray[np.uint8]) -> NDArray[np.uint8]:
    cut = (patches.shape[1] - PATCH) // 2
    return patches[:, cut : cut + PATCH, cut : cut + PATCH]
