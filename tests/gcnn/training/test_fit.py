"""Runs: they learn, they resume bit for bit, they stop at a NaN, and they ship."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from pydantic import ValidationError
from safetensors import safe_open
from safetensors.numpy import load_file as load_numpy
from safetensors.numpy import save_file as save_numpy
from safetensors.torch import load_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from gcnn.card import InputTransform, read_card
from gcnn.data.loading import evaluation_batches
from gcnn.data.pcam import PcamSplit, regime_members
from gcnn.errors import TrainingError
from gcnn.evaluation.metrics import predict
from gcnn.model_folder import load_network
from gcnn.training import fit as fit_module
from gcnn.training.batches import batch_is_shared_by, training_batches
from gcnn.training.config import TrainConfig
from gcnn.training.distill import ANSWERS_FILE, ask_teacher, mixed_targets
from gcnn.training.fit import StepReport, Watcher, fit
from gcnn.training.run_folder import CURVES_FILE, METRICS_FILE, TENSORBOARD_FOLDER, records
from gcnn.training.schedule import one_cycle
from gcnn.training.ship import recard, ship
from tests.support.models import write_model
from tests.support.patches import write_pcam

SMALL = TrainConfig(
    network="p4m-densenet-m",
    batch=8,
    epochs=3,
    steps_per_epoch=3,
    learning_rate=4e-3,
    schedule="one-cycle",
    seed=5,
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pcam(tmp_path_factory.mktemp("pcam"), patches=24)


class KilledError(Exception):
    """Stands for kill -9: nothing after it runs."""


@pytest.mark.parametrize("schedule", ["one-cycle", "plateau"])
def test_killed_and_resumed_equals_uninterrupted(data: Path, tmp_path: Path, schedule: str) -> None:
    config = SMALL.model_copy(update={"schedule": schedule, "patience": 1})

    def kill_in_second_epoch(report: StepReport) -> None:
        if (report.epoch, report.step) == (2, 2):
            raise KilledError

    whole = fit(config, data=data, out=tmp_path / "whole")
    with pytest.raises(KilledError):
        fit(config, data=data, out=tmp_path / "cut", watcher=Watcher(on_step=kill_in_second_epoch))
    resumed = fit(config, data=data, out=tmp_path / "cut")
    first, second = load_file(whole), load_file(resumed)
    assert all(torch.equal(first[key], second[key]) for key in first)
    lines = [(tmp_path / part / METRICS_FILE).read_text().splitlines() for part in ("whole", "cut")]
    kept = [[{k: v for k, v in json.loads(line).items() if k != "seconds"} for line in run] for run in lines]
    assert kept[0] == kept[1]


def test_nan_stops_with_a_sentence_and_keeps_the_last_good_weights(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit(SMALL.model_copy(update={"epochs": 1}), data=data, out=tmp_path)
    (tmp_path / "config.json").unlink()
    good = (tmp_path / "best.safetensors").read_bytes()
    batches = fit_module.training_batches

    def poisoned(*args: object, **kwargs: object) -> object:
        for x, y in batches(*args, **kwargs):  # type: ignore[arg-type]
            yield x * float("nan"), y

    monkeypatch.setattr(fit_module, "training_batches", poisoned)
    with pytest.raises(TrainingError, match="the loss became nan in epoch 2, step 1"):
        fit(SMALL, data=data, out=tmp_path)
    assert (tmp_path / "best.safetensors").read_bytes() == good


def test_the_one_cycle_rate_rises_to_its_peak_and_falls() -> None:
    rates = [one_cycle(step, 1000, peak=1.0) for step in range(1000)]
    top = rates.index(max(rates))
    assert (top, rates[top]) == (300, 1.0)
    assert rates[0] == pytest.approx(1 / 25)
    assert rates[-1] < 1e-4
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)


def test_another_configuration_does_not_overwrite_a_run(data: Path, tmp_path: Path) -> None:
    fit(SMALL.model_copy(update={"epochs": 1}), data=data, out=tmp_path)
    with pytest.raises(TrainingError, match="another configuration"):
        fit(SMALL, data=data, out=tmp_path)


def test_rotations_are_refused_for_p4m_and_unknown_networks_named() -> None:
    with pytest.raises(ValidationError, match="trained with `turns` off"):
        TrainConfig.model_validate({"network": "p4m-densenet", "jitter": {"turns": True}})
    with pytest.raises(ValidationError, match="known are"):
        TrainConfig(network="vgg")


def test_a_run_ships_as_a_model_folder(data: Path, tmp_path: Path) -> None:
    fit(SMALL.model_copy(update={"epochs": 1}), data=data, out=tmp_path / "run")
    lone = tmp_path / "lone"
    shutil.copytree(data, lone)
    origins = np.zeros(24, np.uint8)
    origins[0] = 7
    np.save(lone / "camelyonpatch_level_2_split_valid_origin.npy", origins)
    card = ship(tmp_path / "run", data=lone, out=tmp_path / "tiny", rotation_patches=2)
    assert card.metrics["valid"]["by_origin"]["7"] == {"n": 1}
    net, read = load_network(tmp_path / "tiny")
    assert read == card
    assert card.name == "tiny"
    assert card.training["patches"] == 24
    assert card.metrics["test"]["equivariance_error"] < card.equivariance_tolerance
    assert not net.training


def test_shipping_divides_the_logits_by_a_temperature_that_lowers_the_validation_loss(
    data: Path, tmp_path: Path
) -> None:
    """A run too short to be calibrated: the shipped network's loss is lower and its ranking the same."""
    fit(SMALL, data=data, out=tmp_path / "run")
    card = ship(tmp_path / "run", data=data, out=tmp_path / "cooled", rotation_patches=2)
    net, _ = load_network(tmp_path / "cooled")
    raw = load_file(tmp_path / "run" / "best.safetensors")["head.conv.weight"]
    assert card.training["temperature"] != 1.0
    assert torch.allclose(net.head.conv.weight * card.training["temperature"], raw)
    best = min(records(tmp_path / "run"), key=lambda record: record["valid"]["nll"])["valid"]
    assert card.metrics["valid"]["nll"] < best["nll"]
    assert card.metrics["valid"]["auc"] == pytest.approx(best["auc"])
    # Already calibrated: measured anew, the folder changes in nothing.
    assert recard(tmp_path / "cooled", data=data, rotation_patches=2) == card


def test_a_run_goes_on_from_a_model_and_says_so(data: Path, tmp_path: Path) -> None:
    fit(SMALL.model_copy(update={"epochs": 1}), data=data, out=tmp_path / "first")
    card = ship(tmp_path / "first", data=data, out=tmp_path / "model", rotation_patches=2)
    # At a rate of almost nothing the weights stay where they started.
    config = SMALL.model_copy(update={"epochs": 1, "start": card.sha256, "learning_rate": 1e-9})
    best = load_file(fit(config, data=data, out=tmp_path / "second", start=tmp_path / "model"))
    net, _ = load_network(tmp_path / "model")
    assert all(torch.allclose(best[name], weight, atol=1e-6) for name, weight in net.named_parameters())
    later = ship(tmp_path / "second", data=data, out=tmp_path / "later", rotation_patches=2)
    assert later.training["start"] == card.sha256


def test_weights_to_start_from_must_be_there_and_fit_the_network(data: Path, tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    start = read_card(folder).sha256
    with pytest.raises(TrainingError, match="--start"):
        fit(SMALL.model_copy(update={"start": start}), data=data, out=tmp_path / "a")
    other = SMALL.model_copy(update={"network": "densenet", "start": start})
    with pytest.raises(TrainingError, match="which DenseNet cannot go on from"):
        fit(other, data=data, out=tmp_path / "b", start=folder)
    with pytest.raises(TrainingError, match="does not hold the weights"):
        fit(SMALL.model_copy(update={"start": "0" * 64}), data=data, out=tmp_path / "c", start=folder)


def test_a_wide_network_goes_on_from_a_narrow_one(data: Path, tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    config = SMALL.model_copy(update={"network": "p4m-densenet", "epochs": 1, "learning_rate": 1e-9})
    config = config.model_copy(update={"start": read_card(folder).sha256, "batch": 4, "steps_per_epoch": 1})
    best = load_file(fit(config, data=data, out=tmp_path / "wide", start=folder))
    narrow, _ = load_network(folder)
    assert torch.allclose(best["lifting.weight"][:4], narrow.lifting.weight, atol=1e-6)


def test_a_teacher_is_learnt_from_beside_the_labels_and_asked_once(data: Path, tmp_path: Path) -> None:
    folder = write_model(tmp_path / "teacher")
    config = SMALL.model_copy(update={"teacher": read_card(folder).sha256, "regime": 0.5, "epochs": 1})
    split, run = PcamSplit(data, "train"), tmp_path / "run"
    members = regime_members(split.labels, split.origins, share=0.5, seed=config.seed)
    told: list[str] = []
    fit(config, data=data, out=run, teacher=folder, watcher=Watcher(on_teacher=told.append))
    assert told == [f"P4M-DenseNet M, the teacher: {len(members)} of {len(members)} patches"]
    net, card = load_network(folder)
    logits, _ = predict(net, evaluation_batches(split, card.transform))
    targets = mixed_targets(run, card, split, weight=0.25)
    mixed = 0.25 * torch.sigmoid(logits).numpy() + 0.75 * split.labels
    assert np.allclose(targets[members], mixed[members], atol=1e-6)
    assert np.isnan(np.delete(targets, members)).all(), "others are not asked for"

    # Done: there is nothing left to ask anybody for.
    fit(config, data=data, out=run)
    # Killed while asking: only what lacks is asked for.
    answers = load_numpy(run / ANSWERS_FILE)["answers"]
    answers[members[1:]] = 0.125
    answers[members[0]] = np.nan
    save_numpy({"answers": answers}, run / ANSWERS_FILE, metadata=_metadata(run / ANSWERS_FILE))
    ask_teacher(run, net, card, split, members)
    again = mixed_targets(run, card, split, weight=1.0)
    assert again[members[1:]] == pytest.approx(0.125)
    assert again[members[0]] == pytest.approx(float(torch.sigmoid(logits)[members[0]]), abs=1e-6)
    split.close()


def test_a_teacher_sure_of_the_opposite_teaches_that(data: Path, tmp_path: Path) -> None:
    """At weight 1 the labels are not heard at all."""
    folder = write_model(tmp_path / "teacher")
    config = SMALL.model_copy(update={"teacher": read_card(folder).sha256, "teacher_weight": 1.0})
    split, run = PcamSplit(data, "train"), tmp_path / "run"
    fit(config.model_copy(update={"epochs": 1}), data=data, out=run, teacher=folder)
    opposite = {"answers": (1 - split.labels).astype(np.float32)}
    save_numpy(opposite, run / ANSWERS_FILE, metadata=_metadata(run / ANSWERS_FILE))
    split.close()
    (run / "config.json").unlink()
    longer = config.model_copy(update={"epochs": 12, "schedule": "plateau"})
    fit(longer, data=data, out=run, teacher=folder)
    assert records(run)[-1]["valid"]["auc"] < 0.2


def test_answers_of_another_teacher_or_for_other_patches_are_refused(data: Path, tmp_path: Path) -> None:
    folder = write_model(tmp_path / "teacher")
    net, card = load_network(folder)
    split = PcamSplit(data, "train")
    ask_teacher(tmp_path, net, card, split, np.arange(3))
    other = card.model_copy(update={"files": dict.fromkeys(card.files, "0" * 64)})
    with pytest.raises(TrainingError, match="another teacher or for other patches"):
        mixed_targets(tmp_path, other, split, weight=0.5)
    more = PcamSplit(write_pcam(tmp_path / "more", patches=30), "train")
    with pytest.raises(TrainingError, match="another teacher or for other patches"):
        ask_teacher(tmp_path, net, card, more, np.arange(3))
    (tmp_path / ANSWERS_FILE).write_bytes(b"cut")
    with pytest.raises(TrainingError, match="cannot be read"):
        ask_teacher(tmp_path, net, card, split, np.arange(3))
    more.close()
    split.close()


def _metadata(path: Path) -> dict[str, str]:
    with safe_open(path, framework="numpy") as file:
        return dict(file.metadata())


def test_the_teacher_must_be_the_one_that_the_run_began_with(data: Path, tmp_path: Path) -> None:
    folder = write_model(tmp_path / "teacher")
    with pytest.raises(TrainingError, match="--teacher"):
        fit(SMALL.model_copy(update={"teacher": read_card(folder).sha256}), data=data, out=tmp_path / "a")
    with pytest.raises(TrainingError, match="does not hold the weights"):
        fit(SMALL.model_copy(update={"teacher": "0" * 64}), data=data, out=tmp_path / "b", teacher=folder)


def test_a_run_leaves_curves_tensorboard_and_metrics(data: Path, tmp_path: Path) -> None:
    told: list[str] = []
    fit(SMALL, data=data, out=tmp_path, watcher=Watcher(on_start=told.append))
    assert len(records(tmp_path)) == 3
    picture = cv2.imread(str(tmp_path / CURVES_FILE))
    assert picture is not None
    assert picture.std() > 1
    board = EventAccumulator(str(tmp_path / TENSORBOARD_FOLDER)).Reload()
    assert [event.step for event in board.Scalars("valid/auc")] == [1, 2, 3]
    assert told == ["P4M-DenseNet M on the CPU: " + PcamSplit(data, "train").summary()]


def test_metrics_of_epochs_that_the_checkpoint_does_not_hold_are_dropped(data: Path, tmp_path: Path) -> None:
    """A kill may fall between writing the metrics and the checkpoint; the epoch is then repeated."""
    fit(SMALL, data=data, out=tmp_path)
    path = tmp_path / METRICS_FILE
    path.write_text(path.read_text() + json.dumps({**records(tmp_path)[-1], "epoch": 4}) + "\n")
    fit(SMALL, data=data, out=tmp_path)
    assert [record["epoch"] for record in records(tmp_path)] == [1, 2, 3]


def test_processes_share_a_batch_by_whole_chunks(data: Path) -> None:
    assert batch_is_shared_by(64, 4)
    assert not batch_is_shared_by(64, 3)
    split = PcamSplit(data, "train")
    config = SMALL.model_copy(update={"batch": 16})
    whole = list(training_batches(split, config, InputTransform(), epoch=1))
    shares = [
        training_batches(split, config, InputTransform(), epoch=1, process=p, processes=2) for p in (0, 1)
    ]
    for (x, y), (first, first_y), (second, second_y) in zip(whole, *shares, strict=True):
        assert torch.equal(x, torch.cat((first, second)))
        assert torch.equal(y, torch.cat((first_y, second_y)))
    split.close()


def test_the_plus_networks_turn_patches_by_themselves_and_others_refuse_to() -> None:
    assert TrainConfig(network="densenet-plus").jitter.turns
    assert TrainConfig.model_validate({"network": "densenet-plus", "jitter": {"hue": 0}}).jitter.turns
    assert not TrainConfig(network="densenet").jitter.turns
    with pytest.raises(ValidationError, match="trained with `turns` off"):
        TrainConfig.model_validate({"network": "densenet", "jitter": {"turns": True}})
    with pytest.raises(ValidationError, match="trained with `turns` on"):
        TrainConfig.model_validate({"network": "densenet-plus", "jitter": {"turns": False}})
