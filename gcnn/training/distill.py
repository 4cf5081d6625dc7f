"""Distillation: a network learns from a larger one's probabilities beside the labels (Hinton et al. 2015).

The teacher is asked once for every training patch as it lies in the file. Jitter changes what a patch looks like, not
what it shows, and a p4m teacher gives the same answer for its turns; asking anew in every step would cost more than the
steps themselves.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from gcnn.card import ModelCard
from gcnn.data.loading import to_input
from gcnn.data.pcam import PcamSplit
from gcnn.densenet import GroupDenseNet
from gcnn.errors import TrainingError

ANSWERS_FILE = "teacher.safetensors"
_ASKED_FOR = "asked_for"
BATCH = 128
"""Patches asked for together."""
KEEP_SECONDS = 60.0
"""What is answered is kept about so often: a killed run asks for no more than that again."""


def ask_teacher(
    run: Path,
    teacher: GroupDenseNet,
    card: ModelCard,
    train: PcamSplit,
    members: NDArray[np.int64],
    on_asked: Callable[[int], None] = lambda asked: None,
) -> None:
    """Brings the teacher's probabilities of the named training patches into the run's folder, those that lack.

    Args:
        members: indices of the patches the run learns from.
        on_asked: told of how many are answered, batch by batch; never where none had to be asked for.

    Raises:
        TrainingError: the folder's answers are another teacher's or of other patches, or an answer is no number.
    """
    asked_for = _asked_for(card, train)
    answers = _answers(run, asked_for) if (run / ANSWERS_FILE).is_file() else _none(train)
    device, kept_at = next(teacher.parameters()).device, time.monotonic()
    waiting = members[np.isnan(answers[members])]
    for start in range(0, len(waiting), BATCH):
        batch = waiting[start : start + BATCH]
        with torch.inference_mode():
            x = to_input(train.patches(batch), card.transform).to(device)
            answers[batch] = torch.sigmoid(teacher(x).reshape(-1).float()).cpu().numpy()
        if np.isnan(answers[batch]).any():
            raise TrainingError(
                f"the teacher {card.title} gave no number for a training patch; choose another"
            )
        if time.monotonic() - kept_at > KEEP_SECONDS or start + BATCH >= len(waiting):
            _keep(run, answers, asked_for)
            kept_at = time.monotonic()
        on_asked(len(members) - len(waiting) + start + len(batch))


def mixed_targets(run: Path, card: ModelCard, train: PcamSplit, *, weight: float) -> NDArray[np.float32]:
    """What the network is to say of every training patch, (N,): `weight` parts teacher, the rest label.

    The cross entropy with the mixture is the same mixture of the two cross entropies. NaN for patches that the
    teacher was not asked for. Raises TrainingError as `ask_teacher` does.
    """
    answers = _answers(run, _asked_for(card, train))
    return (weight * answers + (1 - weight) * train.labels).astype(np.float32)


def _asked_for(card: ModelCard, train: PcamSplit) -> str:
    """What the answers are of: the teacher's weights and the patches' labels."""
    return f"{card.sha256} {hashlib.sha256(train.labels.tobytes()).hexdigest()}"


def _none(train: PcamSplit) -> NDArray[np.float32]:
    return np.full(len(train), np.nan, np.float32)


def _answers(run: Path, asked_for: str) -> NDArray[np.float32]:
    path = run / ANSWERS_FILE
    try:
        with safe_open(path, framework="numpy") as file:
            kept, answers = (file.metadata() or {}).get(_ASKED_FOR), file.get_tensor("answers")
    except (SafetensorError, OSError) as error:
        raise TrainingError(
            f"{path} cannot be read ({error}); remove it and the teacher is asked again"
        ) from error
    if kept != asked_for:
        raise TrainingError(
            f"{path} holds the answers of another teacher or for other patches; give another --out or remove it"
        )
    return np.array(answers)


def _keep(run: Path, answers: NDArray[np.float32], asked_for: str) -> None:
    part = run / f".{ANSWERS_FILE}.part"
    save_file({"answers": answers}, part, metadata={_ASKED_FOR: asked_for})
    part.replace(run / ANSWERS_FILE)
