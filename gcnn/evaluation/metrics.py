"""How good probabilities are: NLL, accuracy, AUC, calibration and confusion of a binary classifier."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F
from torchmetrics.functional.classification import binary_auroc, binary_calibration_error

DECISION = 0.5
"""The probability from which a patch counts as tumour in the accuracy."""


def predict(network: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    """Logits and labels, (N,) each, on the CPU; the network is left in evaluation mode."""
    device = next(network.parameters()).device
    network.eval()
    logits, labels = [], []
    with torch.inference_mode():
        for x, y in batches:
            logits.append(network(x.to(device)).reshape(-1).float().cpu())
            labels.append(y)
    return torch.cat(logits), torch.cat(labels)


def binary_metrics(logits: Tensor, labels: Tensor) -> dict[str, float]:
    """`n, nll, accuracy, auc, ece` (15 equal bins) of logits against labels 0 and 1, both (N,)."""
    probabilities, truth = torch.sigmoid(logits.double()), labels.long()
    return {
        "n": len(labels),
        "nll": float(F.binary_cross_entropy_with_logits(logits.double(), labels.double())),
        "accuracy": float(((probabilities >= DECISION) == truth.bool()).double().mean()),
        "auc": float(binary_auroc(probabilities, truth)),
        "ece": float(binary_calibration_error(probabilities, truth, n_bins=15)),
    }


def confusion(logits: Tensor, labels: Tensor) -> dict[str, int]:
    """Counts of true and false negatives and positives at `DECISION`, logits and labels (N,)."""
    called, truth = torch.sigmoid(logits.double()) >= DECISION, labels.bool()
    pairs = {"tn": ~called & ~truth, "fp": called & ~truth, "fn": ~called & truth, "tp": called & truth}
    return {name: int(hits.sum()) for name, hits in pairs.items()}


def auc_interval(
    scores: NDArray[np.floating], labels: NDArray[np.integer], *, samples: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """95 % percentile bootstrap interval of the AUC over patches, (N,) scores and labels; NaN without both classes.

    A sample with one class only has no AUC and is left out, which matters for a handful of patches only.
    1000 samples put the interval's ends within some 3 % of its width.
    """
    order = np.argsort(scores, kind="stable")
    positive = labels[order].astype(bool)
    # Patches of equal score form one step of the ROC curve: a tie counts half.
    steps = np.flatnonzero(np.r_[True, np.diff(scores[order]) != 0])
    rng, found, n = np.random.default_rng(seed), [], len(scores)
    for _ in range(samples):
        drawn = np.bincount(rng.integers(0, n, n), minlength=n)
        positives = np.add.reduceat(drawn * positive, steps)
        negatives = np.add.reduceat(drawn * ~positive, steps)
        pairs = positives.sum() * negatives.sum()
        if pairs:
            below = np.cumsum(negatives) - negatives
            found.append(float((positives * (below + negatives / 2)).sum() / pairs))
    if not found:
        return float("nan"), float("nan")
    low, high = np.percentile(found, (2.5, 97.5))
    return float(low), float(high)
