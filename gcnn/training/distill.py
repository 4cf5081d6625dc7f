"""Distillation: a network learns from a larger one's probabilities beside the labels (Hinton et al. 2015).

The teacher is asked once for every training patch as it lies in the file. Jitter changes what a patch looks like, not
what it shows, and a p4m teacher gives the same answer for its turns; asking anew in every step would cost more than the
steps themselves.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from gcnn.card import InputTransform
from gcnn.data.loading import evaluation_batches
from gcnn.data.pcam import PcamSplit
from gcnn.densenet import GroupDenseNet
from gcnn.evaluation.metrics import predict

ANSWERS_FILE = "teacher.npy"


def ask_teacher(run: Path, teacher: GroupDenseNet, transform: InputTransform, train: PcamSplit) -> None:
    """Writes the teacher's probability of every training patch to the run's folder, once; (N,) float32."""
    path = run / ANSWERS_FILE
    if path.is_file():
        return
    logits, _ = predict(teacher, evaluation_batches(train, transform))
    part = run / f".{ANSWERS_FILE}.part"
    with part.open("wb") as file:
        np.save(file, torch.sigmoid(logits).numpy(), allow_pickle=False)
    part.replace(path)


def mixed_targets(run: Path, labels: NDArray[np.uint8], *, weight: float) -> NDArray[np.float32]:
    """What the network is to say of every training patch, (N,): `weight` parts teacher, the rest label.

    The cross entropy with the mixture is the same mixture of the two cross entropies.
    """
    answers = np.load(run / ANSWERS_FILE, allow_pickle=False)
    return (weight * answers + (1 - weight) * labels).astype(np.float32)
