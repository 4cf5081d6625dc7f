"""A run's folder: its configuration, metrics (JSON lines and TensorBoard), best weights, curves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import nn

from gcnn.densenet import GroupDenseNet, network
from gcnn.errors import TrainingError
from gcnn.training.config import TrainConfig

CONFIG_FILE = "config.json"
METRICS_FILE = "metrics.jsonl"
BEST_FILE = "best.safetensors"
CURVES_FILE = "curves.png"
TENSORBOARD_FOLDER = "tensorboard"


def claim(out: Path, config: TrainConfig) -> None:
    """Makes the folder and writes the configuration.

    Raises:
        TrainingError: the folder holds a run with another configuration.
    """
    out.mkdir(parents=True, exist_ok=True)
    path, text = out / CONFIG_FILE, config.model_dump_json(indent=2) + "\n"
    if path.is_file() and TrainConfig.from_file(path) != config:
        raise TrainingError(f"{out} holds a run with another configuration; give another --out or remove it")
    path.write_text(text, encoding="utf-8")


def records(run: Path) -> list[dict[str, Any]]:
    """The metrics of each finished epoch, in order; empty before the first."""
    path = run / METRICS_FILE
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.is_file() else []


def rewind(out: Path, *, epochs: int) -> None:
    """Drops metrics of epochs that the checkpoint does not hold: a kill may fall between writing the two."""
    kept = [record for record in records(out) if record["epoch"] <= epochs]
    (out / METRICS_FILE).write_text("".join(json.dumps(record) + "\n" for record in kept), encoding="utf-8")


def append(out: Path, record: dict[str, Any]) -> None:
    """Adds an epoch's metrics as a JSON line and to the TensorBoard log."""
    from torch.utils.tensorboard import SummaryWriter

    with (out / METRICS_FILE).open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")
    # One file an epoch; what a killed run wrote of this epoch or later is hidden.
    with SummaryWriter(out / TENSORBOARD_FOLDER, purge_step=record["epoch"]) as board:
        board.add_scalar("loss/train", record["train_loss"], record["epoch"])
        board.add_scalar("learning rate", record["learning_rate"], record["epoch"])
        for name, value in record["valid"].items():
            board.add_scalar(f"valid/{name}", value, record["epoch"])


def kept_record(epochs: list[dict[str, Any]]) -> dict[str, Any]:
    """The metrics of the epoch whose weights are kept: that of the lowest validation loss."""
    return min(epochs, key=lambda record: record["valid"]["nll"])


def best_network(run: Path, config: TrainConfig) -> GroupDenseNet:
    """The network of a run with the weights that were kept, in evaluation mode."""
    net = network(config.network)
    net.load_state_dict(load_file(run / BEST_FILE))
    return net.eval()


def save_best(out: Path, network: nn.Module) -> None:
    """Replaces the weights of lowest validation loss, all of them or none."""
    part = out / f".{BEST_FILE}.part"
    save_file({name: tensor.contiguous().cpu() for name, tensor in network.state_dict().items()}, part)
    part.replace(out / BEST_FILE)
