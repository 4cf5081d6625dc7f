"""Runs as real processes: killed with -9 in the middle of an epoch, and spread over two processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from gcnn.training.checkpoint import CHECKPOINT_FILE
from gcnn.training.config import TrainConfig
from gcnn.training.run_folder import BEST_FILE, records
from tests.support.patches import write_pcam


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pcam(tmp_path_factory.mktemp("pcam"), patches=32)


def _settings(folder: Path, *, steps: int) -> Path:
    config = TrainConfig(
        network="densenet",
        batch=16,
        epochs=2,
        steps_per_epoch=steps,
        learning_rate=3e-3,
        schedule="one-cycle",
    )
    path = folder / "settings.json"
    path.write_text(config.model_dump_json())
    return path


def _fit(data: Path, out: Path, settings: Path, *options: str) -> list[str]:
    arguments = ["fit", "--network", "densenet", "--data", data, "--out", out, "--config", settings]
    return ["-m", "gcnn", *map(str, arguments), *options]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_kill_9_in_the_middle_of_an_epoch_and_resume_gives_the_same_weights(
    data: Path, tmp_path: Path
) -> None:
    settings = _settings(tmp_path, steps=12)
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    subprocess.run([sys.executable, *_fit(data, whole, settings)], check=True, capture_output=True)
    with subprocess.Popen([sys.executable, *_fit(data, cut, settings)], stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()  # the first epoch's metrics: its checkpoint is written
        time.sleep(0.3)  # some of the second epoch's 12 steps
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert len(records(cut)) == 1, "killed after the end: the test must kill within the second epoch"
    subprocess.run([sys.executable, *_fit(data, cut, settings)], check=True, capture_output=True)
    for file in (CHECKPOINT_FILE, BEST_FILE):
        first, second = load_file(whole / file), load_file(cut / file)
        assert first.keys() == second.keys()
        assert all(torch.equal(first[name], second[name]) for name in first)
    kept = [[{**record, "seconds": None} for record in records(run)] for run in (whole, cut)]
    assert kept[0] == kept[1]


def test_two_processes_give_the_loss_curve_of_one(data: Path, tmp_path: Path) -> None:
    """Batch moments and gradients are those of the whole batch, so only rounding differs; one asks the teacher."""
    settings = _settings(tmp_path, steps=3)
    one, two = tmp_path / "one", tmp_path / "two"
    teacher = "--teacher", "p4m-densenet-m"
    subprocess.run([sys.executable, *_fit(data, one, settings, *teacher)], check=True, capture_output=True)
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2"]
    launch += ["--num_machines", "1", "--main_process_port", str(_free_port())]
    launch += ["--mixed_precision", "no", "--dynamo_backend", "no"]
    # `--cpu` would ask for MPI; this makes the processes of a run on GPUs use the CPU and gloo instead.
    on_cpu = os.environ | {"ACCELERATE_USE_CPU": "true"}
    ended = subprocess.run(
        [*launch, *_fit(data, two, settings, *teacher)], capture_output=True, text=True, env=on_cpu
    )
    assert ended.returncode == 0, ended.stderr
    assert "the CPU x 2" in ended.stderr
    alone, shared = records(one), records(two)
    assert len(shared) == len(alone) == 2
    for first, second in zip(alone, shared, strict=True):
        assert second["train_loss"] == pytest.approx(first["train_loss"], rel=1e-4)
        assert second["valid"]["nll"] == pytest.approx(first["valid"]["nll"], rel=1e-3)
