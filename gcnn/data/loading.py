"""Patches as the tensors a network takes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gcnn.card import InputTransform
from gcnn.data.pcam import PcamSplit

Batch = tuple[Tensor, Tensor]
"""Inputs (n, 3, 96, 96) float32 and labels (n,) float32."""


def to_input(patches: NDArray[np.uint8], transform: InputTransform) -> Tensor:
    """(n, h, w, 3) uint8 RGB -> (n, 3, h, w) float32 as the network wants it."""
    x = torch.from_numpy(patches).permute(0, 3, 1, 2).float() * transform.scale
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (transform.mean, transform.std))
    return ((x - mean) / std).contiguous()


def evaluation_batches(data: PcamSplit, transform: InputTransform, *, batch: int = 128) -> Iterator[Batch]:
    """All patches of a split in order, unchanged."""
    for start in range(0, len(data), batch):
        chosen = np.arange(start, min(start + batch, len(data)))
        yield to_input(data.patches(chosen), transform), torch.from_numpy(data.labels[chosen]).float()
