"""Runs on PCam as an experiment needs them: trained if need be, measured once, kept as small records."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gcnn.card import InputTransform
from gcnn.data.pcam import PcamSplit, regime_members
from gcnn.evaluation.report import ROTATION_PATCHES, evaluate_network
from gcnn.training.config import TrainConfig
from gcnn.training.fit import Watcher, fit
from gcnn.training.run_folder import best_network, kept_record, records


@dataclass(frozen=True)
class PcamRun:
    """One run of an experiment: which network learns from which share of the patches with which seed."""

    network: str
    seed: int
    regime: float = 1.0

    def config(self, settings: dict[str, Any]) -> TrainConfig:
        """The run's full configuration; `settings` are common to all runs of the experiment."""
        own = {"network": self.network, "seed": self.seed, "regime": self.regime}
        return TrainConfig.model_validate({**settings, **own})

    def name(self, settings: dict[str, Any]) -> str:
        """A file name that says what the run is and, by a hash, with which settings."""
        config = self.config(settings)
        left_out = {"network": True, "seed": True, "regime": True, **config.of_no_effect}
        digest = hashlib.sha256(config.model_dump_json(exclude=left_out).encode()).hexdigest()[:8]
        return f"{self.network}-seed{self.seed}-regime{self.regime:g}-{digest}"


def read_record(run: PcamRun, settings: dict[str, Any], *, folder: Path) -> dict[str, Any] | None:
    """What was measured of a run with these settings; None where it was not run yet."""
    path = folder / f"{run.name(settings)}.json"
    return json.loads(path.read_bytes()) if path.is_file() else None


def train_and_measure(
    run: PcamRun,
    settings: dict[str, Any],
    *,
    data: Path,
    runs: Path,
    folder: Path,
    watcher: Watcher,
    rotation_patches: int = ROTATION_PATCHES,
) -> dict[str, Any]:
    """Trains a run or goes on with it, measures its best weights on the test split, writes and returns the record.

    Args:
        runs: where run folders lie, large; a finished one is reused.
        folder: where records lie, a few KB each.
        rotation_patches: see `evaluate_network`.
    """
    config, name = run.config(settings), run.name(settings)
    fit(config, data=data, out=runs / name, watcher=watcher)
    net, epochs = best_network(runs / name, config), records(runs / name)
    kept = kept_record(epochs)
    test = PcamSplit(data, "test")
    record = {
        "network": run.network,
        "seed": run.seed,
        "regime": run.regime,
        "config": config.model_dump(),
        "steps": config.epochs * config.steps_per_epoch,
        "patches": patches_of(run, data),
        "kept_epoch": kept["epoch"],
        "seconds": sum(epoch["seconds"] for epoch in epochs),
        "valid": kept["valid"],
        "test": evaluate_network(net, test, InputTransform(), rotation_patches=rotation_patches),
    }
    test.close()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return record


def patches_of(run: PcamRun, data: Path) -> int:
    """How many training patches a run learns from."""
    train = PcamSplit(data, "train")
    members = regime_members(train.labels, train.origins, share=run.regime, seed=run.seed)
    train.close()
    return len(members)
