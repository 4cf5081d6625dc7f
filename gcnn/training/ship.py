"""From the best weights of a run to a model folder: measured, folded, hashed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from gcnn.card import ONNX_FILE, WEIGHTS_FILE, ModelCard, write_card
from gcnn.data.pcam import PcamSplit
from gcnn.densenet import TABLE_1, network
from gcnn.evaluation.equivariance import equivariance_errors
from gcnn.evaluation.metrics import binary_metrics, predict
from gcnn.groups import P4M
from gcnn.onnx_export import export_onnx
from gcnn.training.batches import evaluation_batches
from gcnn.training.config import TrainConfig
from gcnn.training.run_folder import BEST_FILE, CONFIG_FILE, records


def ship(run: Path, *, data: Path, out: Path) -> ModelCard:
    """Writes the best weights of a run as a model folder named after `out`; returns its card.

    The card states the run's settings, the patches it saw, and metrics on the valid and test splits, all patches and
    by origin.
    """
    config = TrainConfig.from_file(run / CONFIG_FILE)
    net = network(config.network)
    net.load_state_dict(load_file(run / BEST_FILE))
    net.eval()
    card = ModelCard(
        name=out.name,
        title=TABLE_1[config.network].title,
        network=config.network,
        group=TABLE_1[config.network].group.name,
        training=_training_facts(run, config, data),
    )
    metrics = {}
    for split in ("valid", "test"):
        patches = PcamSplit(data, split)
        metrics[split] = split_metrics(net, patches, card)
        patches.close()
    metrics["equivariance"] = equivariance_of(net)
    card = card.model_copy(update={"metrics": metrics})
    out.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.contiguous() for name, tensor in net.state_dict().items()}, out / WEIGHTS_FILE)
    # safetensors writes for the owner alone; an installed model is read by everyone.
    (out / WEIGHTS_FILE).chmod(0o644)
    export_onnx(net, out / ONNX_FILE)
    return write_card(out, card)


def split_metrics(net: torch.nn.Module, patches: PcamSplit, card: ModelCard) -> dict[str, Any]:
    """Metrics over a split, and over each origin of its patches where there is more than one.

    An origin with patches of one class only is counted, not measured: it has no AUC.
    """
    logits, labels = predict(net, evaluation_batches(patches, card.transform))
    metrics: dict[str, Any] = binary_metrics(logits, labels)
    origins = torch.from_numpy(patches.origins)
    if len(origins.unique()) > 1:
        metrics["by_origin"] = {}
        for origin in origins.unique():
            chosen = origins == origin
            both = len(labels[chosen].unique()) == 2
            measured = binary_metrics(logits[chosen], labels[chosen]) if both else {"n": int(chosen.sum())}
            metrics["by_origin"][str(int(origin))] = measured
    return metrics


def equivariance_of(net: torch.nn.Module) -> dict[str, float]:
    """Largest difference of probabilities over the 8 elements of p4m, float32, on a fixed random image."""
    x = torch.randn(4, 3, 160, 160, generator=torch.Generator().manual_seed(0))
    device = next(net.parameters()).device
    errors = equivariance_errors(lambda image: torch.sigmoid(net(image)), x.to(device), P4M)
    return {"largest_difference": max(errors)}


def _training_facts(run: Path, config: TrainConfig, data: Path) -> dict[str, Any]:
    patches = PcamSplit(data, "train")
    epochs = records(run)
    facts = {
        "data": "PatchCamelyon, training split" + ("" if len(patches) == 262144 else " (a subset)"),
        "patches": len(patches),
        "tumour_patches": int(patches.labels.sum()),
        "sampling": "classes equally likely within every origin",
        "epochs_run": len(epochs),
        "best_epoch": min(epochs, key=lambda r: r["valid"]["nll"])["epoch"],
        "selection": "lowest validation loss",
        **config.model_dump(exclude={"network"}),
    }
    patches.close()
    return facts
