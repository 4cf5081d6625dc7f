"""How good probabilities are: NLL, accuracy, AUC and calibration of a binary classifier."""

from __future__ import annotations

from collections.abc import Iterable

import torch
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
