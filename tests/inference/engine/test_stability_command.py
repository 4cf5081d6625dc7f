"""`equiscope-scan stability` from the command line to files, on a real small slide."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from typer.testing import CliRunner

from inference.engine.__main__ import app
from inference.engine.cancel import CancelToken
from inference.engine.results_folder import CASE_FILE
from inference.engine.slide_stability_folder import SlideStabilityJob, slide_stability_to_folder
from inference.errors import EquiscopeError, ModelError
from inference.results import stability_store
from inference.results.case_place import open_case
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
        ("0,0,9,9", ",", EquiscopeError),
    ):
        with pytest.raises(kind):
            RUNNER.invoke(
                app,
                ["stability", str(slide), "--region", region, "--models", models, "--out", str(tmp_path)],
                catch_exceptions=False,
            )


def test_a_whole_slide_is_stopped_goes_on_and_gives_its_layers(slide: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ["stability", str(slide), "--whole-slide", "--angles", "4", "--out", str(out), "--json"]
    result = RUNNER.invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    said = json.loads(result.stdout)
    (model,) = said["models"]
    assert (model["model"], said["angles"], model["resumed_blocks"]) == ("p4m-densenet-m", 4, 0)
    assert said["grid"]["shape"] == [22, 22]
    # 22 cells less four at each edge, whose turns see beyond it.
    assert model["cells_counted"] == 14 * 14
    assert model["cells_counted"] + model["cells_without_value"] == model["tissue_cells"]
    with tifffile.TiffFile(out / "stability-p4m-densenet-m.ome.tif") as tiff:
        values = tiff.asarray()
        assert tiff.is_ome
    assert values.shape == (4, 22, 22)
    assert np.nanmean(values[1]) == pytest.approx(model["mean_std"], rel=1e-4)
    lines = (out / "stability-p4m-densenet-m.csv").read_text().splitlines()
    assert len(lines) == 1 + 14 * 14
    row, column, _, _, mean, *_ = lines[1].split(",")
    assert float(mean) == pytest.approx(values[0, int(row), int(column)], abs=1e-6)
    assert json.loads((out / "stability.json").read_bytes()) == said

    with open_case(out / CASE_FILE) as case:
        # What is computed today is what is shown today.
        assert stability_store.latest(case, mpp=(0.972, 0.972)) is not None

    before = (out / "stability-p4m-densenet-m.ome.tif").read_bytes()
    again = json.loads(RUNNER.invoke(app, arguments, catch_exceptions=False).stdout)
    assert again["models"][0]["resumed_blocks"] == 1
    assert (out / "stability-p4m-densenet-m.ome.tif").read_bytes() == before


def test_a_whole_slide_without_a_model_is_a_sentence(slide: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="No model was given"):
        slide_stability_to_folder(
            SlideStabilityJob(slide=slide, models=()), tmp_path / "o", CancelToken(), on_event=print
        )


def test_two_models_of_one_name_have_files_of_their_own(slide: Path, plain: Path, tmp_path: Path) -> None:
    other = write_model(tmp_path / "models" / plain.name)
    out = tmp_path / "out"
    job = SlideStabilityJob(slide=slide, models=(str(plain), str(other)), angles=2)
    summary = slide_stability_to_folder(job, out, CancelToken(), on_event=lambda _event: None)
    assert summary is not None
    hashes = [each["model_sha256"][:8] for each in summary["models"]]
    assert len(set(hashes)) == 2
    assert {path.name for path in out.glob("*.csv")} == {f"stability-plain-{each}.csv" for each in hashes}


@pytest.mark.parametrize(
    "asked", [[], ["--whole-slide", "--region", "0,0,9,9"], ["--whole-slide", "--exact"]]
)
def test_a_region_or_the_whole_slide_is_asked_for(slide: Path, tmp_path: Path, asked: list[str]) -> None:
    result = RUNNER.invoke(app, ["stability", str(slide), *asked, "--out", str(tmp_path)])
    assert result.exit_code == 2
