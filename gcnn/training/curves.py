"""The curves of a run as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


def plot_curves(records: list[dict[str, Any]], *, title: str, path: Path) -> None:
    """Losses and validation AUC over the epochs, as a PNG; the epoch of lowest validation loss is marked.

    Args:
        records: one per epoch, as in metrics.jsonl.
    """
    epochs = [record["epoch"] for record in records]
    nll = [record["valid"]["nll"] for record in records]
    best = min(range(len(nll)), key=nll.__getitem__)
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    losses, auc = figure.subplots(1, 2)
    losses.plot(epochs, [record["train_loss"] for record in records], ".-", label="training (jittered)")
    losses.plot(epochs, nll, ".-", label="validation")
    losses.plot(epochs[best], nll[best], "o", mfc="none", ms=10, label=f"kept: epoch {epochs[best]}")
    losses.set(xlabel="epoch", ylabel="NLL")
    losses.legend(frameon=False)
    auc.plot(epochs, [record["valid"]["auc"] for record in records], ".-", label="AUC")
    auc.plot(epochs, [record["valid"]["accuracy"] for record in records], ".-", label="accuracy")
    auc.set(xlabel="epoch", ylabel="validation")
    auc.legend(frameon=False)
    for axes in (losses, auc):
        axes.grid(alpha=0.3)
        axes.xaxis.get_major_locator().set_params(integer=True)
    figure.suptitle(title)
    figure.savefig(path, dpi=120)
