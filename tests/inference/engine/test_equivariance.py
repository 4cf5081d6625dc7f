"""Verifying equivariance on a slide: green for a p4m network, red for the plain one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from inference.engine.__main__ import app
from inference.engine.equivariance import verify_equivariance
from inference.engine.predictor_cache import PredictorCache
from inference.errors import EquiscopeError
from inference.slides.frames import RegionL0
from tests.support.make_slide import textured, write_pyramid
from tests.support.models import write_broken_model, write_model
from tests.support.networks import lively_network


@pytest.fixture(scope="module")
def slide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pyramid(tmp_path_factory.mktemp("slides") / "s.tif", textured(2200, 3800, seed=1), mpp=0.243)


def arguments(slide: Path, model: Path, region: str) -> list[str]:
    return ["verify-equivariance", str(slide), "--region", region, "--model", str(model), "--device", "cpu"]


def test_a_p4m_network_is_verified_within_its_cards_tolerance(slide: Path, tmp_path: Path) -> None:
    model = write_model(tmp_path / "p4m")
    done = CliRunner().invoke(app, [*arguments(slide, model, "100,100,1500,1500"), "--json"])
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["verified"]
    assert 0 <= report["largest_difference"] <= report["tolerance"] == 1e-5
    assert report["cells"] == 14 * 14
    assert len(report["by_element"]) == 8
    assert report["by_element"]["0°"] == 0
    assert report["device"].startswith("CPU")


def test_the_plain_network_is_not_and_the_exit_code_says_so(slide: Path, tmp_path: Path) -> None:
    model = write_model(tmp_path / "plain", lively_network("densenet"))
    done = CliRunner().invoke(app, arguments(slide, model, "0,0,3800,2200"))
    assert done.exit_code == 1
    assert "NOT verified" in done.stdout


def test_a_model_without_numbers_is_not_verified(slide: Path, tmp_path: Path) -> None:
    model = write_broken_model(tmp_path / "broken")
    report = verify_equivariance(
        slide, RegionL0(0, 0, 500, 500), model_name=str(model), mpp=None, models=PredictorCache("cpu")
    )
    assert not report.verified
    assert report.largest_difference is None
    assert "no cell" in report.sentence


def test_a_region_off_the_slide_is_refused(slide: Path, tmp_path: Path) -> None:
    model = write_model(tmp_path / "p4m")
    with pytest.raises(EquiscopeError, match="does not meet the slide"):
        verify_equivariance(
            slide, RegionL0(9000, 0, 10, 10), model_name=str(model), mpp=None, models=PredictorCache("cpu")
        )


@pytest.mark.parametrize("region", ["1,2,3", "a,b,c,d", "0,0,-5,5"])
def test_a_region_that_is_none_is_a_usage_error(slide: Path, region: str) -> None:
    done = CliRunner().invoke(app, arguments(slide, Path("m"), region))
    assert done.exit_code == 2
