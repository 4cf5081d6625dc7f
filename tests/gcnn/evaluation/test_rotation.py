"""Stability under rotation: zero for what is blind to direction, the worked-out value for what is not."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from gcnn.evaluation.rotation import ANGLES, NEEDED_SIDE, rotation_stability


def _half_planes(n: int, side: int) -> NDArray[np.uint8]:
    """Patches that are white on their right half."""
    patches = np.zeros((n, side, side, 3), np.uint8)
    patches[:, :, side // 2 :] = 255
    return patches


def _disc_mean(patches: NDArray[np.uint8]) -> Tensor:
    y, x = np.mgrid[:96, :96] - 47.5
    inside = np.hypot(y, x) < 40
    return torch.from_numpy(patches[:, inside].mean((1, 2)) / 255)


def _white_at_the_right(patches: NDArray[np.uint8]) -> Tensor:
    """1 while the pixel 30 px right of the centre is white."""
    return torch.from_numpy(patches[:, 48, 78, 0] > 127).double()


@pytest.mark.parametrize(("side", "margin"), [(96, "reflected"), (NEEDED_SIDE + 1, "real")])
def test_what_sees_no_direction_is_stable(side: int, margin: str) -> None:
    stability = rotation_stability(_disc_mean, _half_planes(3, side))
    assert stability.margin == margin
    assert stability.std.shape == (3,)
    assert stability.mean_std < 0.01


def test_what_looks_one_way_only_has_the_spread_of_its_answers() -> None:
    """White to the right stays white there below 90 degrees; a wedge of 45 degrees either way leaves half way."""
    assert rotation_stability(_white_at_the_right, _half_planes(1, 140)).mean_std == 0
    wedge = np.zeros((1, 140, 140, 3), np.uint8)
    y, x = np.mgrid[:140, :140] - 69.5
    wedge[:, (x > 0) & (np.abs(y) < x)] = 255
    stays = np.array([90 * k / ANGLES < 45 for k in range(ANGLES)])
    assert rotation_stability(_white_at_the_right, wedge).mean_std == pytest.approx(stays.std(), abs=0.02)
