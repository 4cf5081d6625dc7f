from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import orjson
import pytest
from PIL import Image

from inference.errors import ExportError
from inference.export.export_job import MANIFEST, ExportJob, Format, export, preview
from inference.export.export_source import ExportSource
from inference.export.region_images import RegionOptions
from inference.slides.open_slide import open_slide
from tests.support.exports import ANNOTATIONS, make_source
from tests.support.make_slide import textured, write_pyramid
from tests.support.stability import made_up_layer


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> ExportSource:
    path = write_pyramid(tmp_path_factory.mktemp("slides") / "SECRET-NAME.tif", textured(800, 1000))
    slide = open_slide(path)
    return make_source(
        slide=slide, fingerprint=slide.info.fingerprint, stability=made_up_layer(), stability_words="8 angles"
    )


def test_everything_is_written_twice_the_same_and_listed_with_its_hash(
    source: ExportSource, tmp_path: Path
) -> None:
    outs = [tmp_path / "a", tmp_path / "b"]
    first, second = (export(source, ExportJob(out, tuple(Format))) for out in outs)
    assert first == second and first.files[-1] == MANIFEST
    manifest = orjson.loads((outs[0] / MANIFEST).read_bytes())
    assert set(manifest["files"]) == set(first.files[:-1])
    for name in first.files:
        data = (outs[0] / name).read_bytes()
        assert data == (outs[1] / name).read_bytes(), name
        assert b"SECRET" not in data, name
        if name != MANIFEST:
            assert manifest["files"][name]["sha256"] == hashlib.sha256(data).hexdigest()
    assert (outs[0] / "report.pdf").read_bytes().count(b"/Type /Page\n") == 1
    assert "Research use only" in (outs[0] / "report.html").read_text()


def test_the_preview_names_what_will_be_written(source: ExportSource, tmp_path: Path) -> None:
    formats = tuple(each for each in Format if each is not Format.REGIONS)
    job = ExportJob(tmp_path, formats, prefix="case 7")
    planned = preview(source, job)
    assert not list(tmp_path.iterdir())
    assert [each.name for each in planned] == list(export(source, job).files)
    assert planned[0].what == "7 annotations" and planned[0].name == "case 7_annotations.geojson"


@pytest.mark.parametrize("prefix", ["../../x", "a/b", "con", "\x00", "..", "a" * 300])
def test_no_prefix_leaves_the_folder(source: ExportSource, tmp_path: Path, prefix: str) -> None:
    out = tmp_path / "deep" / "out"
    export(source, ExportJob(out, (Format.GEOJSON,), prefix=prefix))
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.parent != out] == []


def test_only_the_selection_is_exported(source: ExportSource, tmp_path: Path) -> None:
    export(source, ExportJob(tmp_path, (Format.GEOJSON,), selection=frozenset([3, 5])))
    assert len(orjson.loads((tmp_path / "annotations.geojson").read_bytes())["features"]) == 2


def test_what_is_missing_is_told_and_nothing_at_all_is_an_error(tmp_path: Path) -> None:
    unscanned = make_source(heatmap=None, run=None, candidates=())
    formats = (Format.GEOJSON, Format.HEATMAP, Format.STABILITY)
    outcome = export(unscanned, ExportJob(tmp_path / "a", formats))
    assert outcome.files == ("annotations.geojson", MANIFEST)
    assert outcome.left_out == (
        "Heatmap with its place (OME-TIFF): the slide was not scanned",
        "Rotation stability of the cells (OME-TIFF, CSV): rotation stability of the whole slide: not computed",
    )
    with pytest.raises(ExportError, match="nothing to export"):
        export(unscanned, ExportJob(tmp_path / "b", (Format.HEATMAP,)))


def test_marked_candidates_that_are_not_listed_are_told(tmp_path: Path) -> None:
    source = make_source(unlisted_marks=2)
    words = "2 marked candidates are not listed at this threshold and distance"
    assert "2 marked left out" in preview(source, ExportJob(tmp_path / "a", (Format.CANDIDATES,)))[0].what
    outcome = export(source, ExportJob(tmp_path / "a", (Format.CANDIDATES, Format.REPORT)))
    assert outcome.left_out == (words,)
    assert f"{words}." in (tmp_path / "a" / "report.html").read_text()
    manifest = orjson.loads((tmp_path / "a" / MANIFEST).read_bytes())
    assert (manifest["left_out"], manifest["marked_candidates_not_listed"]) == ([words], 2)
    assert not export(source, ExportJob(tmp_path / "b", (Format.GEOJSON,))).left_out


def test_a_cancelled_export_leaves_no_manifest(source: ExportSource, tmp_path: Path) -> None:
    answers = iter([False, True])
    outcome = export(
        source, ExportJob(tmp_path, (Format.GEOJSON, Format.ASAP)), is_cancelled=lambda: next(answers)
    )
    assert outcome.files == ("annotations.geojson",) and "Cancelled" in outcome.left_out[0]
    assert not (tmp_path / MANIFEST).exists()


def test_region_images_have_the_resolution_asked_for_and_masks_with_holes(
    source: ExportSource, tmp_path: Path
) -> None:
    options = RegionOptions(mpp=0.5)
    export(source, ExportJob(tmp_path, (Format.REGIONS,), options, selection=frozenset([1])))
    names = sorted(path.name for path in (tmp_path / "regions").iterdir())
    stem = "00001_Tumor_=cmd_'nest'"
    assert names == [f"{stem}.png", f"{stem}_mask.png", f"{stem}_overlay.png", "labels.json"]
    left, top, right, _ = ANNOTATIONS[0].geometry.bounds
    with Image.open(tmp_path / "regions" / f"{stem}.png") as image:
        assert image.width == pytest.approx(((right - left) + 0.1 * (right - left)) / 2, abs=1)
        assert image.info["dpi"][0] == pytest.approx(25400 / 0.5, rel=1e-3)
    with Image.open(tmp_path / "regions" / f"{stem}_mask.png") as image:
        mask = np.asarray(image)
    # Four level-0 pixels of area a mask pixel.
    assert np.count_nonzero(mask) * 4 == pytest.approx(ANNOTATIONS[0].geometry.area, rel=0.02)
    margin = 0.05 * (right - left)
    hole_x, hole_y = (90 - left + margin) / 2, (60 - top + margin) / 2
    assert mask[int(hole_y), int(hole_x)] == 0
