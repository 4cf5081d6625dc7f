"""The table of PCam runs: trained where missing, reused where measured, written beside the paper's figures."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import pytest
from typer.testing import CliRunner

from experiments.__main__ import app
from experiments.pcam_runs import PcamRun, read_record
from experiments.pcam_table import planned_runs
from gcnn.densenet import TABLE_1
from tests.support.patches import write_pcam

SETTINGS = {"epochs": 1, "steps_per_epoch": 1, "batch": 8}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where the command has trained and tabulated P4M-DenseNet M."""
    folder = tmp_path_factory.mktemp("table")
    write_pcam(folder / "pcam", patches=12)
    (folder / "settings.json").write_text(json.dumps(SETTINGS))
    _run(folder, "--only", "p4m-densenet-m")
    return folder


def _run(folder: Path, *options: str) -> str:
    arguments = ["--data", folder / "pcam", "--runs", folder / "runs", "--docs", folder / "docs"]
    arguments += ["--config", folder / "settings.json", "--seeds", "1", "--rotation-patches", "1", *options]
    ended = CliRunner().invoke(app, ["pcam-table", *map(str, arguments)], catch_exceptions=False)
    assert ended.exit_code == 0
    return ended.stdout


def test_the_runs_of_the_table_and_of_the_curve_are_planned() -> None:
    runs = planned_runs(seeds=3)
    assert {run.network for run in runs} == set(TABLE_1)
    assert sum(run.network == "densenet" for run in runs) == 3 + 2
    assert sum(run.network == "p4m-densenet" for run in runs) == 1
    assert len(set(runs)) == len(runs)


def test_the_committed_records_are_those_of_runs_with_the_committed_settings() -> None:
    """A setting that every run would carry in its name from now on would orphan what was measured."""
    root = Path(__file__).resolve().parents[2]
    settings = json.loads((root / "experiments" / "two_cores.json").read_bytes())
    known = {f"{run.name(settings)}.json" for run in planned_runs(seeds=3)}
    assert {path.name for path in (root / "docs" / "results" / "pcam").iterdir()} <= known


def test_table_curve_and_picture_are_written(written: Path) -> None:
    page = (written / "docs" / "results.md").read_text()
    ours = next(line for line in page.splitlines() if line.startswith("| P4M-DenseNet M | 16K | 0 |"))
    assert ours.endswith("| 0.273, 89.3, 95.8 |")
    assert "| DenseNet | 128K | not run |" in page
    curve = next(
        line for line in page.splitlines() if line.startswith("| P4M-DenseNet M |") and "K" not in line
    )
    assert "not run" not in curve
    with (written / "docs" / "results" / "pcam_table.csv").open() as file:
        lines = list(csv.DictReader(file))
    assert [(line["network"], line["patches"], line["steps"]) for line in lines] == [
        ("p4m-densenet-m", "12", "1")
    ]
    assert cv2.imread(str(written / "docs" / "results" / "pcam.png")) is not None


def test_what_was_measured_is_not_trained_again(written: Path) -> None:
    record = written / "docs" / "results" / "pcam" / f"{PcamRun('p4m-densenet-m', 0).name(SETTINGS)}.json"
    measured = json.loads(record.read_text())
    assert measured["regime"] == 1.0
    record.write_text(json.dumps({**measured, "test": {**measured["test"], "nll": 9.876}}))
    assert "9.876" in _run(written, "--only", "p4m-densenet-m")


def test_other_settings_are_another_run(written: Path) -> None:
    folder = written / "docs" / "results" / "pcam"
    run = PcamRun("p4m-densenet-m", 0)
    assert read_record(run, SETTINGS, folder=folder) is not None
    assert read_record(run, {**SETTINGS, "epochs": 2}, folder=folder) is None
