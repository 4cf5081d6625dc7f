"""`equiscope-scan export`, `import` and `verify` from a real scan to its verified export."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from inference.engine.__main__ import main
from inference.engine.cancel import CancelToken
from inference.engine.headless import ScanJob, scan_to_folder
from tests.support.make_slide import textured, write_pyramid
from tests.support.models import write_model

GEOJSON = {
    "type": "Feature",
    "geometry": {"type": "Polygon", "coordinates": [[[10, 10], [900, 10], [900, 700], [10, 10]]]},
    "properties": {"classification": "Tumor"},
}


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["equiscope-scan", *map(str, arguments)])
    with pytest.raises(SystemExit) as stopped:
        main()
    code = stopped.value.code
    return code if isinstance(code, int) else 0


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """(slide, model, folder of results with the case beside the slide)."""
    folder = tmp_path_factory.mktemp("scan")
    slide = write_pyramid(folder / "slide.tif", textured(1200, 1500, seed=1))
    model = write_model(folder / "lively")
    job = ScanJob(slide=slide, out=folder, model=str(model), mpp=None, threshold=0.0, radius_cells=1)
    assert scan_to_folder(job, CancelToken(), on_event=lambda _: None) is not None
    return slide, model, folder / "slide.case"


def test_import_tells_file_by_file(
    scanned: tuple[Path, Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    good, bad = tmp_path / "good.geojson", tmp_path / "bad.geojson"
    good.write_text(json.dumps([GEOJSON, {"type": "Feature"}]))
    bad.write_text("{")
    case = tmp_path / "a.case"
    assert run(monkeypatch, "import", scanned[0], good, bad, "--case", case, "--json") == 0
    outcome = json.loads(capfd.readouterr().out)
    assert outcome[str(good)] == {"read": 1, "left_out": 1, "reasons": ["A feature without geometry"]}
    assert outcome[str(bad)]["read"] == 0 and "not valid JSON" in outcome[str(bad)]["reasons"][0]
    assert run(monkeypatch, "import", scanned[0], bad, "--case", case) == 1


def test_an_export_is_verified_and_a_changed_one_is_not(
    scanned: tuple[Path, Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    slide, model, case = scanned
    annotations = tmp_path / "a.geojson"
    annotations.write_text(json.dumps(GEOJSON))
    assert run(monkeypatch, "import", slide, annotations, "--case", case) == 0
    out = tmp_path / "out"
    # The slide lies beside the case and is found by its fingerprint.
    assert run(monkeypatch, "export", case, "--format", "geojson,heatmap,regions", "--out", out) == 0
    assert (out / "regions" / "00001_Tumor.png").exists()
    capfd.readouterr()
    verify = ("verify", out, "--slide", slide, "--model", model, "--cells", "5")
    assert run(monkeypatch, *verify) == 0
    told = capfd.readouterr().out
    assert "5 cells computed anew" in told and "Everything checked agrees." in told

    (out / "annotations.geojson").write_text("{}")
    assert run(monkeypatch, *verify) == 1
    assert "WRONG: annotations.geojson was changed" in capfd.readouterr().out


def test_annotations_of_one_class_and_plain_pictures_alone_and_the_slide_is_found(
    scanned: tuple[Path, Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    slide, model, _ = scanned
    case, annotations = tmp_path / "own.case", tmp_path / "two.geojson"
    other = GEOJSON | {"properties": {"classification": "Stroma"}}
    annotations.write_text(json.dumps([GEOJSON, other]))
    assert run(monkeypatch, "import", slide, annotations, "--case", case) == 0
    out = slide.parent / "one class"
    plain = ("--slide", slide, "--class", "Stroma", "--no-overlay", "--no-masks", "--region-mpp", "2")
    assert run(monkeypatch, "export", case, "--format", "geojson,regions", "--out", out, *plain) == 0
    assert [path.name for path in (out / "regions").iterdir()] == ["00002_Stroma.png"]
    (feature,) = json.loads((out / "annotations.geojson").read_text())["features"]
    assert feature["properties"]["classification"]["name"] == "Stroma"
    # Two folders up lies the slide.
    heatmap = slide.parent / "results" / "heatmap"
    assert run(monkeypatch, "export", scanned[2], "--format", "heatmap", "--out", heatmap) == 0
    capfd.readouterr()
    assert run(monkeypatch, "verify", heatmap, "--model", model, "--cells", "2") == 0
    assert "2 cells computed anew" in capfd.readouterr().out


def test_verify_finds_wrong_values_even_under_a_right_hash(
    scanned: tuple[Path, Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    import hashlib

    import numpy as np

    from inference.export.export_source import source_of_case
    from inference.export.heatmap_files import ome_tiff
    from inference.results.case_place import open_case
    from inference.results.heatmap import Heatmap

    slide, model, case = scanned
    assert run(monkeypatch, "export", case, "--format", "heatmap", "--out", tmp_path) == 0
    with open_case(case) as opened:
        source = source_of_case(opened, slide=None, threshold=0.5)
    assert source.heatmap is not None
    wrong = Heatmap(np.clip(source.heatmap.values + np.float32(0.01), 0, 1), 1.0, 1.0)
    data = ome_tiff(wrong, source.provenance)
    (tmp_path / "heatmap.ome.tif").write_bytes(data)
    manifest = json.loads((tmp_path / "export.json").read_text())
    manifest["files"]["heatmap.ome.tif"]["sha256"] = hashlib.sha256(data).hexdigest()
    (tmp_path / "export.json").write_text(json.dumps(manifest))
    capfd.readouterr()
    assert run(monkeypatch, "verify", tmp_path, "--slide", slide, "--model", model) == 1
    assert "WRONG: 16 cells computed anew" in capfd.readouterr().out


def test_a_manifest_that_names_files_elsewhere_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "export.json").write_text('{"files": {"../x": {"sha256": "0"}}, "provenance": {}}')
    assert run(monkeypatch, "verify", tmp_path) == 1
    assert "leaves the folder" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("export", "no.case", "--out", "o"), "cannot be read"),
        (("export", "CASE", "--out", "o", "--format", "word"), "There are"),
        (("export", "CASE", "--out", "o", "--run", "99"), "no scan 99"),
        (("export", "CASE", "--out", "o", "--class", "Gland"), "has the class 'Gland'"),
    ],
)
def test_mistakes_end_in_a_sentence(
    scanned: tuple[Path, Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "2000")
    assert run(monkeypatch, *(str(scanned[2]) if each == "CASE" else each for each in arguments)) != 0
    assert words in capfd.readouterr().err
