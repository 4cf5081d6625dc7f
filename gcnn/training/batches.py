"""Batches for training and evaluation: read, jittered and normalised in a thread ahead of the network."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gcnn.card import InputTransform
from gcnn.data.augment import augment
from gcnn.data.pcam import PcamSplit, balanced_epoch
from gcnn.training.config import TrainConfig

Batch = tuple[Tensor, Tensor]
"""Inputs (n, 3, 96, 96) float32 and labels (n,) float32."""

_AHEAD = 3  # batches in the making: more would only take memory, since the network is the slower side


def to_input(patches: NDArray[np.uint8], transform: InputTransform) -> Tensor:
    """(n, h, w, 3) uint8 RGB -> (n, 3, h, w) float32 as the network wants it."""
    x = torch.from_numpy(patches).permute(0, 3, 1, 2).float() * transform.scale
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (transform.mean, transform.std))
    return ((x - mean) / std).contiguous()


def training_batches(
    data: PcamSplit, config: TrainConfig, transform: InputTransform, *, epoch: int
) -> Iterator[Batch]:
    """One epoch of jittered, balanced batches; a function of (data, config, epoch) only."""
    draws = config.batch * config.steps_per_epoch
    order = balanced_epoch(
        data.labels, data.origins, draws=draws, rng=np.random.default_rng([config.seed, epoch])
    )

    def make(step: int) -> Batch:
        chosen = order[step * config.batch : (step + 1) * config.batch]
        rng = np.random.default_rng([config.seed, epoch, step])
        patches = augment(data.patches(chosen), config.jitter, rng)
        return to_input(patches, transform), torch.from_numpy(data.labels[chosen]).float()

    # One worker: h5py serialises reads anyway, and the order of batches stays that of the steps.
    with ThreadPoolExecutor(max_workers=1) as pool:
        waiting: list[Future[Batch]] = []
        for step in range(config.steps_per_epoch):
            waiting.append(pool.submit(make, step))
            if len(waiting) > _AHEAD:
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()


def evaluation_batches(data: PcamSplit, transform: InputTransform, *, batch: int = 128) -> Iterator[Batch]:
    """All patches of a split in order, unchanged."""
    for start in range(0, len(data), batch):
        chosen = np.arange(start, min(start + batch, len(data)))
        yield to_input(data.patches(chosen), transform), torch.from_numpy(data.labels[chosen]).float()
