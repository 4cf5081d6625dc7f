"""`equiscope-scan`: its files, its JSON, and one sentence with an exit code for every bad input."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

from gcnn.card import WEIGHTS_FILE
from inference.engine.__main__ import main
from inference.export.heatmap_tiff import read_heatmap
from inference.results.case_file import CaseFile
from tests.support.make_slide import textured, white, write_pyramid
from tests.support.models import write_model

JSON_KEYS = {
    "fingerprint", "mpp", "model", "device", "cells", "seconds", "tissue_fraction", "candidates", "unreadable_tiles",
    "grid",
}  # fmt: skip


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("models") / "lively")


@pytest.fixture(scope="module")
def slide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    image = white(1500, 2000)
    image[200:1200, 300:1600] = textured(1000, 1300, seed=1)
    return write_pyramid(tmp_path_factory.mktemp("slides") / "Fall 7 ä.tif", image, mpp=0.25)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["equiscope-scan", *map(str, arguments)])
    with pytest.raises(SystemExit) as stopped:
        main()
    code = stopped.value.code
    return code if isinstance(code, int) else 0


def test_all_results_are_written_and_agree(
    slide: Path,
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "o"
    assert run(monkeypatch, "slide", slide, "--model", model, "--out", out, "--threshold", 0.0, "--json") == 0
    summary = json.loads(capfd.readouterr().out)
    assert summary.keys() >= JSON_KEYS
    assert summary == json.loads((out / "summary.json").read_bytes())
    assert "Fall 7" not in (out / "summary.json").read_text() + (out / "regions.geojson").read_text()
    heatmap = read_heatmap(out / "heatmap.tif")
    assert heatmap.values.dtype == np.float32
    assert [heatmap.rows, heatmap.columns] == summary["grid"]["shape"]
    assert (heatmap.stride_x_l0, heatmap.stride_y_l0) == tuple(summary["grid"]["stride_l0"])
    assert (~np.isnan(heatmap.values)).sum() == summary["tissue_cells"]
    np.testing.assert_array_equal(tifffile.imread(out / "heatmap.tif"), heatmap.values)
    rows = list(csv.reader((out / "candidates.csv").read_text().splitlines()))
    assert len(rows) == summary["candidates"] > 0
    regions = json.loads((out / "regions.geojson").read_bytes())
    assert regions["type"] == "FeatureCollection"
    assert regions["features"]
    with CaseFile.open(out / "slide.case", fingerprint=summary["fingerprint"]) as case:
        run_id = case.runs()[-1].id
        assert case.heatmap(run_id).values.tobytes() == heatmap.values.tobytes()
        assert len(case.candidates(run_id)) == summary["candidates"]


def test_a_threshold_above_everything_finds_nothing(
    slide: Path,
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert (
        run(monkeypatch, "slide", slide, "--model", model, "--out", tmp_path, "--threshold", 1.0, "--json")
        == 0
    )
    assert json.loads(capfd.readouterr().out)["candidates"] == 0
    assert (tmp_path / "candidates.csv").read_bytes() == b""


def bad_slides(folder: Path) -> dict[str, tuple[Path, int, str]]:
    """name -> (slide, exit code, what the sentence must say)."""
    (folder / "page.svs").write_text("<html>not found</html>")
    good = write_pyramid(folder / "good.tif", textured(600, 600), mpp=0.25)
    (folder / "cut.tif").write_bytes(good.read_bytes()[:3000])
    bare = write_pyramid(folder / "bare.tif", textured(600, 600), mpp=None)
    blank = write_pyramid(folder / "blank.tif", white(600, 600), mpp=0.25)
    return {
        "missing": (folder / "none.svs", 3, "no such file"),
        "folder": (folder, 3, "folder"),
        "unsupported": (folder / "page.svs", 3, "page.svs"),
        "truncated": (folder / "cut.tif", 3, "cut.tif"),
        "no resolution": (bare, 3, "--mpp"),
        "no tissue": (blank, 4, "No tissue"),
    }


@pytest.mark.parametrize(
    "case", ["missing", "folder", "unsupported", "truncated", "no resolution", "no tissue"]
)
def test_bad_slides_give_one_sentence(
    case: str, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    slide, code, says = bad_slides(tmp_path)[case]
    assert run(monkeypatch, "slide", slide, "--model", model, "--out", tmp_path / "o") == code
    error = capfd.readouterr().err
    assert says in error
    assert "Traceback" not in error
    assert len(error.strip().splitlines()) == 1


def test_a_changed_model_is_refused(
    slide: Path,
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    changed = tmp_path / "changed"
    changed.mkdir()
    for file in model.iterdir():
        (changed / file.name).write_bytes(file.read_bytes())
    with (changed / WEIGHTS_FILE).open("r+b") as file:
        file.seek(-4, 2)
        file.write(b"\x01\x02\x03\x04")
    assert run(monkeypatch, "slide", slide, "--model", changed, "--out", tmp_path / "o") == 2
    error = capfd.readouterr().err
    assert "sha256" in error
    assert "Traceback" not in error


@pytest.mark.parametrize(
    "arguments",
    [["slide"], ["slide", "x.svs"], ["slide", "x.svs", "--out", "o", "--mpp", "-1"], ["nothing"],
     ["slide", "x.svs", "--out", "o", "--device", "tpu"], ["slide", "x.svs", "--out", "o", "--threshold", "2"]],
)  # fmt: skip
def test_usage_errors_exit_with_2(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, *arguments) == 2
    assert "Traceback" not in capfd.readouterr().err


def test_a_results_folder_that_cannot_be_made_is_named(
    slide: Path,
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").write_text("")
    assert run(monkeypatch, "slide", slide, "--model", model, "--out", tmp_path / "file" / "o") == 1
    assert "another --out" in capfd.readouterr().err


@pytest.mark.realdata
def test_a_real_aperio_slide_scans(
    shared_data: Path,
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    slide = shared_data / "slides" / "CMU-1-Small-Region.svs"
    assert run(monkeypatch, "slide", slide, "--model", model, "--out", tmp_path, "--json") == 0
    summary = json.loads(capfd.readouterr().out)
    assert summary["mpp"] == pytest.approx(0.499)
    assert summary["unreadable_tiles"] == 0
    bare = shared_data / "slides" / "tcga_jpeg2000_no_mpp.svs"
    assert run(monkeypatch, "slide", bare, "--model", model, "--out", tmp_path / "b") == 3
    assert "--mpp" in capfd.readouterr().err
