"""The report of a network: every figure is there, the plot is drawn, and the command prints it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2
import pytest

from gcnn.__main__ import main
from gcnn.card import InputTransform
from gcnn.data.pcam import PcamSplit
from gcnn.evaluation.report import evaluate_network
from tests.support.models import write_model
from tests.support.networks import lively_network
from tests.support.patches import write_pcam

KEYS = {"n", "nll", "accuracy", "auc", "auc_interval", "ece", "equivariance_error", "rotation_std"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pcam(tmp_path_factory.mktemp("pcam"), patches=24)


def test_the_command_prints_the_keys_as_json_and_draws_the_plot(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plot = tmp_path / "reliability.png"
    arguments = ["evaluate", str(write_model(tmp_path / "model")), "--data", str(data), "--split", "valid"]
    arguments += ["--json", "--plot", str(plot), "--rotation-patches", "2"]
    monkeypatch.setattr(sys, "argv", ["equiscope-train", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    told = json.loads(capsys.readouterr().out)
    assert told.keys() >= KEYS
    assert told["n"] == sum(told["confusion"].values()) == 24
    assert told["auc_interval"][0] <= told["auc"] <= told["auc_interval"][1]
    assert (told["rotation_patches"], told["rotation_margin"]) == (2, "reflected")
    picture = cv2.imread(str(plot))
    assert picture is not None
    assert picture.std() > 1


def test_a_plain_network_is_told_from_an_equivariant_one(data: Path) -> None:
    split = PcamSplit(data, "test")
    p4m, plain = (
        evaluate_network(lively_network(name), split, InputTransform(), rotation_patches=0)
        for name in ("p4m-densenet-m", "densenet")
    )
    split.close()
    assert p4m["equivariance_error"] < 1e-5 < 1e-3 < plain["equivariance_error"]
    assert p4m["rotation_std"] is None
    assert p4m["by_origin"].keys() == {"0", "1"}
