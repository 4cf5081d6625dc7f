"""Everything that is measured of a network on a split of PCam, ready for JSON, and its reliability plot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor, nn

from gcnn.card import InputTransform
from gcnn.data.loading import evaluation_batches, to_input
from gcnn.data.pcam import PcamSplit
from gcnn.evaluation.equivariance import equivariance_errors
from gcnn.evaluation.metrics import auc_interval, binary_metrics, confusion, predict
from gcnn.evaluation.rotation import rotation_stability
from gcnn.groups import P4M

ROTATION_PATCHES = 256
"""Patches whose stability is measured: 32 forward passes each, and 256 give the mean within some 5 %."""
_BINS = 15


def evaluate_network(
    network: nn.Module,
    split: PcamSplit,
    transform: InputTransform,
    *,
    rotation_patches: int = ROTATION_PATCHES,
    plot: Path | None = None,
) -> dict[str, Any]:
    """Metrics of a network over a split.

    Args:
        rotation_patches: how many patches, spread evenly over the split, are turned by 32 angles; 0 for none.
        plot: where to write the reliability plot, a PNG.

    Returns:
        `n, nll, accuracy, auc, auc_interval, ece, confusion`; `by_origin` with the same of each origin where there
        is more than one; `equivariance_error`, the largest difference of probabilities over the 8 elements of p4m;
        `rotation_std`, the mean standard deviation of the probability over the rotations, `rotation_patches`, and
        `rotation_margin`, "real" or "reflected" (None without patches to turn).
    """
    logits, labels = predict(network, evaluation_batches(split, transform))
    if plot is not None:
        plot_reliability(logits.sigmoid().numpy(), labels.long().numpy(), plot)
    return {
        **split_metrics(logits, labels, split.origins),
        "equivariance_error": equivariance_error(network),
        **_rotation(network, split, transform, rotation_patches),
    }


def split_metrics(logits: Tensor, labels: Tensor, origins: NDArray[np.uint8]) -> dict[str, Any]:
    """Metrics over all patches, and over each origin where there is more than one; all (N,).

    An origin with patches of one class only is counted, not measured: it has no AUC.
    """
    metrics = _metrics(logits, labels)
    values = np.unique(origins)
    if len(values) > 1:
        metrics["by_origin"] = {}
        for origin in values:
            chosen = torch.from_numpy(origins == origin)
            both = len(labels[chosen].unique()) == 2
            measured = _metrics(logits[chosen], labels[chosen]) if both else {"n": int(chosen.sum())}
            metrics["by_origin"][str(int(origin))] = measured
    return metrics


def _metrics(logits: Tensor, labels: Tensor) -> dict[str, Any]:
    interval = auc_interval(logits.double().numpy(), labels.long().numpy())
    return {
        **binary_metrics(logits, labels),
        "auc_interval": list(interval),
        "confusion": confusion(logits, labels),
    }


def equivariance_error(network: nn.Module) -> float:
    """Largest difference of probabilities over the 8 elements of p4m, float32, on a fixed random image."""
    x = torch.randn(4, 3, 160, 160, generator=torch.Generator().manual_seed(0))
    network.eval()
    return max(equivariance_errors(lambda image: torch.sigmoid(network(image)), x.to(_device(network)), P4M))


def _rotation(
    network: nn.Module, split: PcamSplit, transform: InputTransform, patches: int
) -> dict[str, Any]:
    chosen = np.unique(np.linspace(0, len(split) - 1, min(patches, len(split))).astype(int))
    result: dict[str, Any] = {"rotation_patches": len(chosen), "rotation_std": None, "rotation_margin": None}
    if len(chosen):
        stability = rotation_stability(
            lambda x: _probabilities(network, x, transform), split.patches(chosen, margin=True)
        )
        result |= {"rotation_std": stability.mean_std, "rotation_margin": stability.margin}
    return result


def _probabilities(network: nn.Module, patches: NDArray[np.uint8], transform: InputTransform) -> Tensor:
    with torch.inference_mode():
        parts = np.array_split(patches, -(-len(patches) // 128))  # 128 at a time: memory stays bounded
        logits = [network(to_input(part, transform).to(_device(network))).reshape(-1) for part in parts]
        return torch.sigmoid(torch.cat(logits).float())


def _device(network: nn.Module) -> torch.device:
    return next(network.parameters()).device


def plot_reliability(probabilities: NDArray[np.floating], labels: NDArray[np.integer], path: Path) -> None:
    """Observed tumour share against predicted probability in 15 equal bins, with the patches per bin, as a PNG."""
    edges = np.linspace(0, 1, _BINS + 1)
    bins = np.clip(np.digitize(probabilities, edges) - 1, 0, _BINS - 1)
    counts = np.bincount(bins, minlength=_BINS)
    filled = counts > 0
    predicted = np.bincount(bins, probabilities, _BINS)[filled] / counts[filled]
    observed = np.bincount(bins, labels, _BINS)[filled] / counts[filled]
    figure = Figure(figsize=(4.6, 5.4), layout="constrained")
    FigureCanvasAgg(figure)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    upper.plot((0, 1), (0, 1), color="0.6", linewidth=1, label="as sure as right")
    upper.plot(predicted, observed, "o-", label="measured")
    upper.set(ylabel="tumour patches among them", ylim=(0, 1))
    upper.legend(frameon=False)
    lower.bar(edges[:-1], counts, width=1 / _BINS, align="edge", edgecolor="white")
    lower.set(xlabel="predicted probability of tumour", ylabel="patches", xlim=(0, 1))
    figure.suptitle(f"Reliability over {len(labels)} patches")
    figure.savefig(path, dpi=120)
