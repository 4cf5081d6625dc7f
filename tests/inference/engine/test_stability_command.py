"""`equiscope-scan stability` from the command line to files, on a real small slide."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from inference.engine.__main__ import app
from inference.errors import EquiscopeError, ModelError
from tests.support.make_slide import textured, write_pyramid
from tests.support.models import write_model
from tests.support.networks import lively_network

RUNNER = CliRunner()


@pytest.fixture(scope="module")
def slide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("slides")
    return write_pyramid(folder / "s.tif", textured(700, 700), mpp=0.972, factors=(1, 2))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("models") / "plain", lively_network("densenet"))


def test_two_models_give_figure_data_and_the_promised_json(slide: Path, plain: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    models = f"p4m-densenet-m, {plain}"
    arguments = ["stability", str(slide), "--region", "256,256,128,96", "--models", models, "--angles", "4"]
    result = RUNNER.invoke(app, [*arguments, "--out", str(out), "--json"], catch_exceptions=False)
    assert result.exit_code == 0
    said = json.loads(result.stdout)
    assert (said["region_l0"], said["angles"]) == ([256.0, 256.0, 128.0, 96.0], 4)
    assert said["grid"]["shape"] == [3, 4]
    assert [each["model"] for each in said["models"]] == ["p4m-densenet-m", "plain"]
    assert said["models"][0]["group_error"] <= 1e-5 < said["models"][1]["group_error"]
    assert json.loads((out / "stability.json").read_bytes()) == said
    names = {"stability.png", "stability.pdf", "stability.npz", "stability.csv", "stability.json"}
    assert {path.name for path in out.iterdir()} == names


@pytest.mark.parametrize("region", ["1,2,3", "a,b,c,d", ""])
def test_a_region_that_is_none_is_a_usage_error(slide: Path, tmp_path: Path, region: str) -> None:
    result = RUNNER.invoke(app, ["stability", str(slide), "--region", region, "--out", str(tmp_path)])
    assert result.exit_code == 2


def test_mistakes_are_sentences(slide: Path, tmp_path: Path) -> None:
    for region, models, kind in (
        ("9000,0,10,10", "p4m-densenet-m", EquiscopeError),
        ("0,0,9,9", "no", ModelError),
    ):
        with pytest.raises(kind):
            RUNNER.invoke(
                app,
                ["stability", str(slide), "--region", region, "--models", models, "--out", str(tmp_path)],
                catch_exceptions=False,
            )
