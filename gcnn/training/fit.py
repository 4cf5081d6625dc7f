"""Fitting a network to PCam: the paper's recipe, resumable at every epoch."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

from gcnn.card import InputTransform
from gcnn.data.pcam import PcamSplit
from gcnn.densenet import GroupDenseNet, Transition, network
from gcnn.errors import TrainingError
from gcnn.evaluation.metrics import binary_metrics, predict
from gcnn.training.batches import evaluation_batches, training_batches
from gcnn.training.checkpoint import load_checkpoint, save_checkpoint
from gcnn.training.config import TrainConfig

CONFIG_FILE = "config.json"
METRICS_FILE = "metrics.jsonl"
BEST_FILE = "best.safetensors"


@dataclass(frozen=True)
class StepReport:
    """Progress within an epoch: step counts from 1, seconds_left is for the whole run."""

    epoch: int
    step: int
    loss: float
    seconds_left: float


@dataclass
class _Progress:
    """What a run must remember beside weights and optimiser state; saved in the checkpoint's header."""

    epoch: int = 0
    best_nll: float = math.inf
    epochs_without_gain: int = 0
    learning_rate: float = 0.0


def fit(
    config: TrainConfig,
    *,
    data: Path,
    out: Path,
    on_step: Callable[[StepReport], None] = lambda report: None,
    on_epoch: Callable[[dict[str, Any]], None] = lambda record: None,
) -> Path:
    """Trains until `config.epochs` are done, going on from the folder's checkpoint if there is one.

    Args:
        data: folder in PCam's HDF5 layout.
        out: folder of the run: config, checkpoint, metrics (JSON lines) and the weights of lowest validation loss.

    Returns:
        The file of the best weights.

    Raises:
        TrainingError: the folder holds another run, or the loss became NaN (the best weights so far are kept).
    """
    train, valid = PcamSplit(data, "train"), PcamSplit(data, "valid")
    out.mkdir(parents=True, exist_ok=True)
    _claim_folder(out, config)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(config.seed)
    net = network(config.network).to(device)
    optimizer = _optimizer(net, config)
    progress = _Progress(learning_rate=config.learning_rate)
    header = load_checkpoint(out, net, optimizer)
    if header is not None:
        progress = _Progress(**header)
    total_steps = config.epochs * config.steps_per_epoch
    transform = InputTransform()
    while progress.epoch < config.epochs:
        epoch, started, total_loss = progress.epoch, time.monotonic(), 0.0
        net.train()
        batches = training_batches(train, config, transform, epoch=epoch)
        for step, (x, y) in enumerate(batches, 1):
            done_steps = epoch * config.steps_per_epoch + step - 1
            if config.schedule == "one-cycle":
                _set_rate(optimizer, one_cycle(done_steps, total_steps, peak=config.learning_rate))
            else:
                _set_rate(optimizer, progress.learning_rate)
            loss = F.binary_cross_entropy_with_logits(net(x.to(device)).reshape(-1), y.to(device))
            if not torch.isfinite(loss):
                raise TrainingError(
                    f"the loss became {loss.item()} in epoch {epoch + 1}, step {step}; the weights of the last "
                    f"good epoch are in {out}. Lower the learning rate or check the data"
                )
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            total_loss += loss.item()
            per_step = (time.monotonic() - started) / step
            left = per_step * (total_steps - done_steps - 1)
            on_step(StepReport(epoch + 1, step, loss.item(), left))
        metrics = binary_metrics(*predict(net, evaluation_batches(valid, transform)))
        _update(progress, config, metrics["nll"])
        if progress.epochs_without_gain == 0:
            save_file(net.state_dict(), out / BEST_FILE)
        record = {
            "epoch": epoch + 1,
            "train_loss": total_loss / config.steps_per_epoch,
            "valid": metrics,
            "learning_rate": optimizer.param_groups[0]["lr"],
            "seconds": round(time.monotonic() - started, 1),
            "best": progress.epochs_without_gain == 0,
        }
        with (out / METRICS_FILE).open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
        save_checkpoint(out, net, optimizer, header=vars(progress))
        on_epoch(record)
    train.close()
    valid.close()
    return out / BEST_FILE


def _claim_folder(out: Path, config: TrainConfig) -> None:
    """Writes the configuration, or checks that the folder's run has the same one."""
    path, text = out / CONFIG_FILE, config.model_dump_json(indent=2) + "\n"
    if path.is_file() and TrainConfig.from_file(path) != config:
        raise TrainingError(f"{out} holds a run with another configuration; give another --out or remove it")
    path.write_text(text, encoding="utf-8")


def _optimizer(net: GroupDenseNet, config: TrainConfig) -> torch.optim.Optimizer:
    """Adam, with the weight penalty on lifting and transition convs.

    Keras adds l2 * w^2 to the loss, whose gradient is 2 * l2 * w; torch's weight_decay adds decay * w.
    """
    transitions = (end for _, end in net.stages() if isinstance(end, Transition))
    penalised: list[nn.Parameter] = [net.lifting.weight, *(end.conv.weight for end in transitions)]
    ids = {id(p) for p in penalised}
    rest = [p for p in net.parameters() if id(p) not in ids]
    groups: list[dict[str, Any]] = [{"params": penalised, "weight_decay": 2 * config.l2}, {"params": rest}]
    return torch.optim.Adam(groups, lr=config.learning_rate)


def _update(progress: _Progress, config: TrainConfig, nll: float) -> None:
    """Counts an epoch; halves the rate after `patience` epochs without gain (used by the plateau schedule)."""
    progress.epoch += 1
    if nll < progress.best_nll:
        progress.best_nll, progress.epochs_without_gain = nll, 0
        return
    progress.epochs_without_gain += 1
    if progress.epochs_without_gain % config.patience == 0:
        progress.learning_rate /= 2


def _set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    for parameters in optimizer.param_groups:
        parameters["lr"] = rate


def one_cycle(step: int, total: int, *, peak: float) -> float:
    """Learning rate of step 0 .. total - 1: cosine from peak / 25 up over 30 % of the run, then down to almost 0.

    Smith & Topin 2018 with the usual constants; a function of the step alone, so that resuming needs no state.
    """
    start, turn = peak / 25, 0.3 * total
    if step < turn:
        return peak + (start - peak) * (1 + math.cos(math.pi * step / turn)) / 2
    return peak * (1 + math.cos(math.pi * (step - turn) / (total - turn))) / 2
