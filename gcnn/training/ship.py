"""From the best weights of a run to a model folder: measured, folded, hashed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from gcnn.card import InputTransform, ModelCard
from gcnn.data.loading import evaluation_batches
from gcnn.data.pcam import PcamSplit
from gcnn.densenet import TABLE_1, GroupDenseNet
from gcnn.errors import TrainingError
from gcnn.evaluation.calibrate import temperature
from gcnn.evaluation.metrics import binary_metrics, predict
from gcnn.evaluation.report import ROTATION_PATCHES, evaluate_network
from gcnn.model_folder import load_network
from gcnn.training.config import TrainConfig
from gcnn.training.run_folder import CONFIG_FILE, best_network, kept_record, records
from gcnn.write_model import write_folder


def ship(run: Path, *, data: Path, out: Path, rotation_patches: int = ROTATION_PATCHES) -> ModelCard:
    """Writes the best weights of a run as a model folder named after `out`; returns its card.

    The card states the run's settings, the patches it saw, the temperature its logits were divided by, and metrics on
    the valid and test splits, all patches and by origin. `rotation_patches` of each are turned: see `evaluate_network`.
    Raises TrainingError for a folder that is no run.
    """
    if not (run / CONFIG_FILE).exists():
        raise TrainingError(
            f"{run} is not a run: it holds no {CONFIG_FILE}. Name a folder that `fit --out` wrote"
        )
    config = TrainConfig.from_file(run / CONFIG_FILE)
    net = best_network(run, config)
    card = ModelCard(
        name=out.name,
        title=TABLE_1[config.network].title,
        network=config.network,
        group=TABLE_1[config.network].group.name,
    )
    facts = _training_facts(run, config, data)
    return _finish(out, net, card.model_copy(update={"training": facts}), data, rotation_patches)


def recard(folder: Path, *, data: Path, rotation_patches: int = ROTATION_PATCHES) -> ModelCard:
    """Measures a model folder anew on the splits in `data`, calibrates it there and rewrites it; returns its card.

    For a folder whose card is older than what is measured today, or for a larger data set.
    """
    net, card = load_network(folder)
    return _finish(folder, net, card, data, rotation_patches)


def _finish(
    folder: Path, net: GroupDenseNet, card: ModelCard, data: Path, rotation_patches: int
) -> ModelCard:
    """Calibrates and measures a network and writes its folder."""
    valid, test = PcamSplit(data, "valid"), PcamSplit(data, "test")
    earlier = card.training.get("temperature", 1.0)
    facts = {**card.training, "temperature": earlier * calibrate(net, valid, card.transform)}
    metrics = {
        name: evaluate_network(net, split, card.transform, rotation_patches=rotation_patches)
        for name, split in (("valid", valid), ("test", test))
    }
    valid.close()
    test.close()
    return write_folder(folder, net, card.model_copy(update={"training": facts, "metrics": metrics}))


def calibrate(net: GroupDenseNet, valid: PcamSplit, transform: InputTransform) -> float:
    """Scales the last layer by the temperature that suits the validation patches; returns it.

    1.0, and nothing changed, where that would not lower the NLL by a thousandth.
    """
    logits, labels = predict(net, evaluation_batches(valid, transform))
    found = temperature(logits, labels)
    gain = binary_metrics(logits, labels)["nll"] - binary_metrics(logits / found, labels)["nll"]
    if gain < 1e-3:
        return 1.0
    with torch.no_grad():
        for parameter in net.head.conv.parameters():
            parameter.div_(found)
    return found


def _training_facts(run: Path, config: TrainConfig, data: Path) -> dict[str, Any]:
    patches = PcamSplit(data, "train")
    epochs = records(run)
    facts = {
        "data": "PatchCamelyon, training split" + ("" if len(patches) == 262144 else " (a subset)"),
        "patches": len(patches),
        "tumour_patches": int(patches.labels.sum()),
        "sampling": "classes equally likely within every origin",
        "epochs_run": len(epochs),
        "best_epoch": kept_record(epochs)["epoch"],
        "selection": "lowest validation loss",
        **config.model_dump(exclude={"network": True, **config.of_no_effect}),
    }
    patches.close()
    return facts
