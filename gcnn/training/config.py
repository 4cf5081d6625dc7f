"""What defines a training run: every number that changes the resulting weights."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from gcnn.data.augment import Jitter
from gcnn.densenet import TABLE_1


class TrainConfig(BaseModel):
    """A run's configuration.

    Attributes:
        network: row of Table 1.
        steps_per_epoch: the paper's epoch is 312 batches.
        schedule: "plateau" halves the rate after `patience` epochs without a lower validation loss (paper);
            "one-cycle" rises to the learning rate and falls to zero over the run, for short runs.
        l2: weight penalty on the lifting and transition convs (the authors' Keras code).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    network: str
    seed: int = 0
    batch: int = Field(default=64, ge=1)
    epochs: int = Field(default=100, ge=1)
    steps_per_epoch: int = Field(default=312, ge=1)
    learning_rate: float = Field(default=1e-3, gt=0)
    schedule: Literal["plateau", "one-cycle"] = "plateau"
    patience: int = 20
    l2: float = 1e-4
    jitter: Jitter = Jitter()

    @model_validator(mode="after")
    def _known_network(self) -> TrainConfig:
        if self.network not in TABLE_1:
            raise ValueError(f"no network {self.network!r}; known are {', '.join(TABLE_1)}")
        if self.jitter.turns and TABLE_1[self.network].group.order == 8:
            raise ValueError("rotations and reflections change nothing for a p4m network: leave `turns` off")
        return self

    @classmethod
    def from_file(cls, path: Path) -> TrainConfig:
        """Reads a JSON file; pydantic's ValidationError names the wrong field."""
        return cls.model_validate_json(path.read_bytes())
