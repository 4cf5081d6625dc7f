"""The learning rate of every step, and when the paper's recipe halves it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gcnn.training.config import TrainConfig


@dataclass
class Progress:
    """What a run must remember beside weights and optimiser state.

    Attributes:
        epoch: epochs finished.
        best_nll: lowest validation loss so far.
        epochs_without_gain: epochs since then.
        learning_rate: of the plateau schedule.
    """

    epoch: int = 0
    best_nll: float = math.inf
    epochs_without_gain: int = 0
    learning_rate: float = 0.0

    @property
    def is_best(self) -> bool:
        """Whether the last epoch had the lowest validation loss so far."""
        return self.epoch > 0 and self.epochs_without_gain == 0

    def count_epoch(self, nll: float, config: TrainConfig) -> None:
        """Takes in an epoch's validation loss; halves the rate after `patience` epochs without gain."""
        self.epoch += 1
        if nll < self.best_nll:
            self.best_nll, self.epochs_without_gain = nll, 0
            return
        self.epochs_without_gain += 1
        if self.epochs_without_gain % config.patience == 0:
            self.learning_rate /= 2

    def rate(self, step: int, config: TrainConfig) -> float:
        """Learning rate of step 0 .. epochs * steps_per_epoch - 1 of the run."""
        if config.schedule == "one-cycle":
            return one_cycle(step, config.epochs * config.steps_per_epoch, peak=config.learning_rate)
        return self.learning_rate


def one_cycle(step: int, total: int, *, peak: float) -> float:
    """Learning rate of step 0 .. total - 1: cosine from peak / 25 up over 30 % of the run, then down to almost 0.

    Smith & Topin 2018 with the usual constants; a function of the step alone, so that resuming needs no state.
    """
    start, turn = peak / 25, 0.3 * total
    if step < turn:
        return peak + (start - peak) * (1 + math.cos(math.pi * step / turn)) / 2
    return peak * (1 + math.cos(math.pi * (step - turn) / (total - turn))) / 2
