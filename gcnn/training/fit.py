"""Fitting a network to PCam: the paper's recipe, on one device or many, resumable at every epoch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.utils import InitProcessGroupKwargs, broadcast_object_list
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F

from gcnn.card import InputTransform, ModelCard
from gcnn.data.loading import evaluation_batches
from gcnn.data.pcam import PcamSplit, regime_members
from gcnn.densenet import TABLE_1, GroupDenseNet, Transition, network
from gcnn.errors import TrainingError
from gcnn.evaluation.metrics import binary_metrics, predict
from gcnn.model_folder import load_network
from gcnn.training import run_folder
from gcnn.training.batches import CHUNK, batch_is_shared_by, training_batches
from gcnn.training.checkpoint import load_checkpoint, save_checkpoint
from gcnn.training.config import TrainConfig
from gcnn.training.curves import plot_curves
from gcnn.training.distill import ask_teacher, mixed_targets
from gcnn.training.memory import keep_freed_memory
from gcnn.training.schedule import Progress
from gcnn.training.widen import can_widen, widen

LONGEST_WAIT = timedelta(hours=12)
"""Other processes wait so long for the main one, which asks the teacher and measures alone."""


@dataclass(frozen=True)
class StepReport:
    """Progress within an epoch: step counts from 1, seconds_left is for the whole run."""

    epoch: int
    step: int
    loss: float
    seconds_left: float


@dataclass(frozen=True)
class Watcher:
    """Who is told of a run's progress, in the main process only: a line at the start, one for every batch that a
    teacher answers, every step, every epoch."""

    on_start: Callable[[str], None] = lambda line: None
    on_teacher: Callable[[str], None] = lambda line: None
    on_step: Callable[[StepReport], None] = lambda report: None
    on_epoch: Callable[[dict[str, Any]], None] = lambda record: None


def fit(
    config: TrainConfig,
    *,
    data: Path,
    out: Path,
    start: Path | None = None,
    teacher: Path | None = None,
    watcher: Watcher = Watcher(),
) -> Path:
    """Trains until `config.epochs` are done, going on from the folder's checkpoint if there is one.

    Under `accelerate launch` the processes share every batch; moments and gradients are those of the whole batch.
    On CUDA it runs in mixed precision and channels-last. A run killed at any moment and started again ends with the
    weights of an uninterrupted one: bit for bit on the CPU.

    Args:
        data: folder in PCam's HDF5 layout.
        out: folder of the run: see `run_folder`; the checkpoint lies there too.
        start: model folder whose weights a new run goes on from, the one `config.start` names; a narrower network of
            the same group is widened.
        teacher: model folder to learn from beside the labels, the one `config.teacher` names; asked once, before
            the first epoch.

    Returns:
        The file of the best weights.

    Raises:
        TrainingError: the folder holds another run, the processes cannot share the batch, the weights to start
            from or of the teacher are missing or others, or the loss became NaN (the best weights so far are kept).
    """
    keep_freed_memory()
    accelerator = _accelerator()
    if not batch_is_shared_by(config.batch, accelerator.num_processes):
        raise TrainingError(
            f"{accelerator.num_processes} processes cannot share a batch of {config.batch}: it must be a multiple of "
            f"{accelerator.num_processes * CHUNK}"
        )
    if accelerator.is_main_process:
        run_folder.claim(out, config)
    accelerator.wait_for_everyone()
    with _splits(data) as (train, valid):
        run = _Run(config, out, start, accelerator, watcher)
        if accelerator.is_main_process:
            watcher.on_start(f"{TABLE_1[config.network].title} on {run.device_text}: {train.summary()}")
        if config.teacher and run.progress.epoch < config.epochs:
            run.learn_from(teacher, train)
        while run.progress.epoch < config.epochs:
            run.train_epoch(train, valid)
    if accelerator.is_main_process:
        plot_curves(
            run_folder.records(out),
            title=f"{TABLE_1[config.network].title}, seed {config.seed}",
            path=out / run_folder.CURVES_FILE,
        )
    return out / run_folder.BEST_FILE


class _Run:
    """Network, optimiser and progress of a run, restored from its folder."""

    def __init__(
        self, config: TrainConfig, out: Path, start: Path | None, accelerator: Accelerator, watcher: Watcher
    ) -> None:
        self.config, self.out, self.accelerator, self.watcher = config, out, accelerator, watcher
        self.transform = InputTransform()
        torch.manual_seed(config.seed)
        self.net = (_started(config, start) if config.start else network(config.network)).to(
            accelerator.device
        )
        self.memory_format = torch.contiguous_format
        if accelerator.device.type == "cuda":
            self.memory_format = torch.channels_last
        optimizer = _optimizer(self.net, config)
        header = load_checkpoint(out, self.net, optimizer)
        self.progress = Progress(**header) if header else Progress(learning_rate=config.learning_rate)
        if accelerator.is_main_process:
            run_folder.rewind(out, epochs=self.progress.epoch)
        self.model, self.optimizer = accelerator.prepare(self.net, optimizer)
        self.targets: NDArray[np.float32] | None = None

    @property
    def device_text(self) -> str:
        """The device in use, for the user."""
        kind = self.accelerator.device.type
        name = torch.cuda.get_device_name(self.accelerator.device) if kind == "cuda" else "the CPU"
        return f"{name} x {self.accelerator.num_processes}" if self.accelerator.num_processes > 1 else name

    def learn_from(self, teacher: Path | None, train: PcamSplit) -> None:
        """Mixes a teacher's probabilities into the labels; asks it for those that no earlier start of the run has."""
        config = self.config
        net, card = _model(teacher, config.teacher, option="--teacher")
        if self.accelerator.is_main_process:
            members = regime_members(train.labels, train.origins, share=config.regime, seed=config.seed)

            def on_asked(asked: int) -> None:
                self.watcher.on_teacher(f"{card.title}, the teacher: {asked:,} of {len(members):,} patches")

            ask_teacher(self.out, net.to(self.accelerator.device), card, train, members, on_asked)
        self.accelerator.wait_for_everyone()
        self.targets = mixed_targets(self.out, card, train, weight=config.teacher_weight)

    def train_epoch(self, train: PcamSplit, valid: PcamSplit) -> None:
        """One epoch, its validation and its checkpoint."""
        started = time.monotonic()
        train_loss = self._steps(train)
        # The main process measures; all must take the same decisions from it.
        told: list[Any] = [None]
        if self.accelerator.is_main_process:
            told = [binary_metrics(*predict(self.net, evaluation_batches(valid, self.transform)))]
        metrics = broadcast_object_list(told)[0]
        rate = self.optimizer.param_groups[0]["lr"]
        self.progress.count_epoch(metrics["nll"], self.config)
        if not self.accelerator.is_main_process:
            return
        if self.progress.is_best:
            run_folder.save_best(self.out, self.net)
        record = {
            "epoch": self.progress.epoch,
            "train_loss": train_loss,
            "valid": metrics,
            "learning_rate": rate,
            "seconds": round(time.monotonic() - started, 1),
            "best": self.progress.is_best,
        }
        run_folder.append(self.out, record)
        save_checkpoint(self.out, self.net, self.optimizer, header=vars(self.progress))
        self.watcher.on_epoch(record)

    def _steps(self, train: PcamSplit) -> float:
        """The epoch's steps; returns their mean loss."""
        config, accelerator, epoch = self.config, self.accelerator, self.progress.epoch
        shared = {"process": accelerator.process_index, "processes": accelerator.num_processes}
        started, total = time.monotonic(), 0.0
        self.model.train()
        for step, (x, y) in enumerate(
            training_batches(train, config, self.transform, epoch=epoch, targets=self.targets, **shared), 1
        ):
            done = epoch * config.steps_per_epoch + step
            for parameters in self.optimizer.param_groups:
                parameters["lr"] = self.progress.rate(done - 1, config)
            loss = self._step(x, y)
            if not torch.isfinite(loss):
                raise TrainingError(
                    f"the loss became {loss.item()} in epoch {epoch + 1}, step {step}; the weights of the last "
                    f"good epoch are in {self.out}. Lower the learning rate or check the data"
                )
            total += loss.item()
            if accelerator.is_main_process:
                per_step = (time.monotonic() - started) / step
                left = per_step * (config.epochs * config.steps_per_epoch - done)
                self.watcher.on_step(StepReport(epoch + 1, step, loss.item(), left))
        return total / config.steps_per_epoch

    def _step(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """One step unless the loss is not finite; returns the loss over the batch of all processes."""
        device = self.accelerator.device
        with self.accelerator.autocast():
            logits = self.model(x.to(device, memory_format=self.memory_format, non_blocking=True))
        loss = F.binary_cross_entropy_with_logits(logits.float().reshape(-1), y.to(device))
        whole: torch.Tensor = self.accelerator.reduce(loss.detach(), reduction="mean")
        if torch.isfinite(whole):
            self.optimizer.zero_grad(set_to_none=True)
            self.accelerator.backward(loss)
            self.optimizer.step()
        return whole


def _accelerator() -> Accelerator:
    """One process a device; half precision on CUDA only, since CPUs without the instructions take ten times as long."""
    patient = [InitProcessGroupKwargs(timeout=LONGEST_WAIT)]
    if not torch.cuda.is_available():
        return Accelerator(cpu=True, mixed_precision="no", kwargs_handlers=patient)
    precision = "bf16" if torch.cuda.is_bf16_supported() else "fp16"
    return Accelerator(mixed_precision=precision, kwargs_handlers=patient)


def _model(folder: Path | None, sha256: str, *, option: str) -> tuple[GroupDenseNet, ModelCard]:
    """A model that the run's configuration names by the hash of its weights."""
    if folder is None:
        raise TrainingError(f"the run began with another model's weights; name their folder with {option}")
    net, card = load_network(folder)
    if card.sha256 != sha256:
        raise TrainingError(f"{folder} does not hold the weights that this run began with as {option}")
    return net, card


def _started(config: TrainConfig, start: Path | None) -> GroupDenseNet:
    """The network with the weights that `config.start` names."""
    found, card = _model(start, config.start, option="--start")
    if card.network == config.network:
        return found
    net = network(config.network)
    if not can_widen(found, net):
        raise TrainingError(
            f"{start} holds the weights of {found.plan.title}, which {net.plan.title} cannot go on from: it needs the "
            "same group and at least as many maps"
        )
    widen(found, net)
    return net


@contextmanager
def _splits(data: Path) -> Iterator[tuple[PcamSplit, PcamSplit]]:
    train, valid = PcamSplit(data, "train"), PcamSplit(data, "valid")
    try:
        yield train, valid
    finally:
        train.close()
        valid.close()


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
