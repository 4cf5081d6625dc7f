"""What defines a training run: every number that changes the resulting weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from gcnn.data.augment import Jitter
from gcnn.densenet import TABLE_1


class TrainConfig(BaseModel):
    """A run's configuration.

    Attributes:
        network: row of Table 1.
        batch: of all processes together.
        regime: share of the training patches to learn from.
        steps_per_epoch: the paper's epoch is 312 batches.
        schedule: "plateau" halves the rate after `patience` epochs without a lower validation loss (paper);
            "one-cycle" rises to the learning rate and falls to zero over the run, for short runs.
        l2: weight penalty on the lifting and transition convs (the authors' Keras code).
        start: sha256 of the weights file the run goes on from; empty for freshly drawn weights.
        teacher: sha256 of the weights file whose probabilities are learnt beside the labels; empty for labels alone.
        teacher_weight: the teacher's part of what is learnt, between 0 (labels alone) and 1.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    network: str
    seed: int = 0
    batch: int = Field(default=64, ge=1)
    regime: float = Field(default=1.0, gt=0, le=1)
    epochs: int = Field(default=100, ge=1)
    steps_per_epoch: int = Field(default=312, ge=1)
    learning_rate: float = Field(default=1e-3, gt=0)
    schedule: Literal["plateau", "one-cycle"] = "plateau"
    patience: int = 20
    l2: float = 1e-4
    start: str = ""
    teacher: str = ""
    teacher_weight: float = Field(default=0.5, ge=0, le=1)
    jitter: Jitter = Jitter()

    @model_validator(mode="before")
    @classmethod
    def _turns_of_the_network(cls, settings: Any) -> Any:
        """The "+" networks are trained with rotations and reflections unless the settings say otherwise."""
        if isinstance(settings, dict) and settings.get("network") in TABLE_1:
            jitter = settings.get("jitter", {})
            if isinstance(jitter, dict):
                turns = TABLE_1[settings["network"]].augment_turns
                return {**settings, "jitter": {"turns": turns, **jitter}}
        return settings

    @model_validator(mode="after")
    def _known_network(self) -> TrainConfig:
        if self.network not in TABLE_1:
            raise ValueError(f"no network {self.network!r}; known are {', '.join(TABLE_1)}")
        plan = TABLE_1[self.network]
        if self.jitter.turns != plan.augment_turns:
            needed = "on" if plan.augment_turns else "off (rotations and reflections make the '+' networks)"
            raise ValueError(f"{plan.title} is trained with `turns` {needed}")
        return self

    @property
    def of_no_effect(self) -> dict[str, Any]:
        """The settings that this run has by their names only, as pydantic's `exclude` takes them."""
        unused: dict[str, Any] = {} if self.teacher else {"teacher": True, "teacher_weight": True}
        return unused if self.jitter.angles else {**unused, "jitter": {"angles": True}}

    @classmethod
    def from_file(cls, path: Path) -> TrainConfig:
        """Reads a JSON file; pydantic's ValidationError names the wrong field."""
        return cls.model_validate_json(path.read_bytes())
