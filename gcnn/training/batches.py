"""Batches for training: read, jittered and normalised in a thread ahead of the network."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import torch
from numpy.typing import NDArray

from gcnn.card import InputTransform
from gcnn.data.augment import augment
from gcnn.data.loading import Batch, to_input
from gcnn.data.pcam import PcamSplit, balanced_epoch, regime_members
from gcnn.training.config import TrainConfig

CHUNK = 8
"""Patches that are jittered together. Processes share a batch by chunks, so that every process makes only its own
and the batch is the same however many there are."""
_AHEAD = 3  # batches in the making: more would only take memory, since the network is the slower side


def training_batches(
    data: PcamSplit,
    config: TrainConfig,
    transform: InputTransform,
    *,
    epoch: int,
    targets: NDArray[np.float32] | None = None,
    process: int = 0,
    processes: int = 1,
) -> Iterator[Batch]:
    """One epoch of jittered, balanced batches; a function of (data, config, epoch, targets) only.

    With `targets`, (N,) of all patches, these are given in the place of the labels; the draw goes by the labels still.
    Process `process` of `processes` gets its equal share of every batch. The config must allow it:
    see `batch_is_shared_by`.
    """
    members = regime_members(data.labels, data.origins, share=config.regime, seed=config.seed)
    draws = config.batch * config.steps_per_epoch
    drawn = balanced_epoch(
        data.labels[members],
        data.origins[members],
        draws=draws,
        rng=np.random.default_rng([config.seed, epoch]),
    )
    order = members[drawn]

    def make(step: int) -> Batch:
        batch = order[step * config.batch : (step + 1) * config.batch]
        share = range(process * config.batch // processes, (process + 1) * config.batch // processes, CHUNK)
        chunks = [batch[start : min(start + CHUNK, share.stop)] for start in share]
        patches = [
            augment(
                data.patches(chunk, margin=True),
                config.jitter,
                np.random.default_rng([config.seed, epoch, step, start // CHUNK]),
            )
            for start, chunk in zip(share, chunks, strict=True)
        ]
        wanted = (data.labels if targets is None else targets)[np.concatenate(chunks)]
        return to_input(np.concatenate(patches), transform), torch.from_numpy(wanted).float()

    # One worker: h5py serialises reads anyway, and the order of batches stays that of the steps.
    with ThreadPoolExecutor(max_workers=1) as pool:
        waiting: list[Future[Batch]] = []
        for step in range(config.steps_per_epoch):
            waiting.append(pool.submit(make, step))
            if len(waiting) > _AHEAD:
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()


def batch_is_shared_by(batch: int, processes: int) -> bool:
    """Whether a batch falls into equal shares of whole chunks."""
    return processes == 1 or batch % (processes * CHUNK) == 0
