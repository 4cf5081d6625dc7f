"""The made slide: readable, the same every time, and true to the outlines that come with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import openslide
import pytest
from numpy.typing import NDArray
from shapely import Polygon, box, contains_xy
from shapely.geometry import shape

from inference.synthetic import lymph_node
from inference.synthetic.layout import at, lay_out
from inference.synthetic.lymph_node import DemoSpec, DemoTruth, demo_truth, truth_path, write_demo_slide
from inference.synthetic.noise import Field
from inference.synthetic.pyramid_tiff import BLOCK
from inference.synthetic.tissue import PERIOD

SMALL = DemoSpec(width=3072, height=2560)


@pytest.fixture(scope="module")
def told() -> list[float]:
    """What was told of the progress of `made`."""
    return []


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, told: list[float]) -> tuple[Path, DemoTruth]:
    """One small slide, drawn in this process."""
    path = tmp_path_factory.mktemp("made") / "demo.tif"
    return path, write_demo_slide(path, SMALL, progress=told.append, workers=1)


@pytest.fixture(scope="module")
def slide(made: tuple[Path, DemoTruth]) -> Iterator[openslide.OpenSlide]:
    """The same slide, opened."""
    with openslide.OpenSlide(made[0]) as opened:
        yield opened


def _pixels(slide: openslide.OpenSlide, level: int) -> NDArray[np.uint8]:
    image = slide.read_region((0, 0), level, slide.level_dimensions[level]).convert("RGB")
    return np.asarray(image, np.uint8)


def test_openslide_reads_size_levels_and_resolution(slide: openslide.OpenSlide) -> None:
    assert slide.dimensions == (3072, 2560)
    assert slide.level_dimensions == ((3072, 2560), (1536, 1280), (768, 640))
    assert float(slide.properties[openslide.PROPERTY_NAME_MPP_X]) == pytest.approx(0.243)
    assert float(slide.properties[openslide.PROPERTY_NAME_MPP_Y]) == pytest.approx(0.243)
    assert slide.properties["tiff.ImageDescription"].startswith("Equiscope synthetic slide")
    assert "seed 7" in slide.properties["tiff.ImageDescription"]


def test_levels_show_the_same_picture(slide: openslide.OpenSlide) -> None:
    means = [_pixels(slide, level).mean(axis=(0, 1)) for level in range(slide.level_count)]
    for mean in means[1:]:
        np.testing.assert_allclose(mean, means[0], atol=1.5)


def test_same_seed_gives_the_same_bytes_whatever_the_number_of_processes(
    made: tuple[Path, DemoTruth], tmp_path: Path
) -> None:
    again = tmp_path / "again.tif"
    truth = write_demo_slide(again, SMALL, workers=2)
    assert again.read_bytes() == made[0].read_bytes()
    assert truth_path(again).read_bytes() == truth_path(made[0]).read_bytes()
    assert truth == made[1]


def test_another_seed_gives_another_slide(made: tuple[Path, DemoTruth]) -> None:
    assert demo_truth(SMALL) == made[1]
    assert demo_truth(DemoSpec(seed=8, width=SMALL.width, height=SMALL.height)).tumour_l0 != made[1].tumour_l0


def test_truth_is_valid_inside_the_slide_and_on_tissue(
    made: tuple[Path, DemoTruth], slide: openslide.OpenSlide
) -> None:
    pixels = _pixels(slide, 2)
    assert made[1].tumour_l0
    for polygon in made[1].tumour_l0:
        assert polygon.is_valid
        assert box(0, 0, SMALL.width, SMALL.height).contains(polygon)
        inside = _mask(polygon, pixels.shape[:2], downsample=4)
        assert (pixels[inside].mean(axis=1) < 235).mean() > 0.9


def test_truth_file_holds_the_same_polygons(made: tuple[Path, DemoTruth]) -> None:
    collection = json.loads(truth_path(made[0]).read_text(encoding="utf-8"))
    assert collection["type"] == "FeatureCollection"
    assert len({feature["id"] for feature in collection["features"]}) == len(made[1].tumour_l0)
    for feature, polygon in zip(collection["features"], made[1].tumour_l0, strict=True):
        assert feature["properties"]["classification"] == {"name": "Tumor", "color": [200, 0, 0]}
        assert shape(feature["geometry"]).symmetric_difference(polygon).area < 1


def test_tumour_is_paler_than_lymphoid_tissue(slide: openslide.OpenSlide) -> None:
    # Red is what hematoxylin absorbs and eosin hardly does; half resolution still shows single nuclei.
    red = _pixels(slide, 1)[..., 0].astype(float)
    absorbance = -np.log(np.maximum(red, 1) / 244)
    layout = lay_out(SMALL)
    rows, columns = np.mgrid[0 : red.shape[0], 0 : red.shape[1]]
    x_l0, y_l0 = (columns.ravel() + 0.5) * 2, (rows.ravel() + 0.5) * 2

    def read(field: Field) -> Field:
        return at(field, x_l0, y_l0).reshape(red.shape)

    tumour = read(layout.tumour_um) < -15
    free = (read(layout.sinus_um) > 10) & (read(layout.fibre_um) > 10) & (read(layout.tumour_um) > 15)
    lymphoid = free & (read(layout.node_um) < -40)
    dark = absorbance > 0.9
    assert absorbance[tumour].mean() < 0.8 * absorbance[lymphoid].mean()
    assert dark[tumour].mean() < 0.6 * dark[lymphoid].mean()


def test_default_slide_has_a_macro_and_a_micrometastasis() -> None:
    truth = demo_truth()
    assert truth.spec.width >= 30_000
    assert truth.spec.height >= 20_000
    widths_mm = [
        max(p.bounds[2] - p.bounds[0], p.bounds[3] - p.bounds[1]) * 0.243e-3 for p in truth.tumour_l0
    ]
    assert len(widths_mm) >= 4
    assert widths_mm[0] > 2
    assert 0.2 < widths_mm[-1] < 0.5
    for number, polygon in enumerate(truth.tumour_l0):
        assert all(polygon.disjoint(other) for other in truth.tumour_l0[number + 1 :])


def test_progress_runs_to_one(made: tuple[Path, DemoTruth], told: list[float]) -> None:
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_a_failing_write_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(lymph_node, "encode_block", broken)
    with pytest.raises(OSError, match="no space"):
        write_demo_slide(tmp_path / "demo.tif", DemoSpec(width=1024, height=1024), workers=1)
    assert list(tmp_path.iterdir()) == []


def test_all_empty_blocks_are_the_same() -> None:
    assert BLOCK % PERIOD == 0, "sensor noise would jump where two blocks of empty glass meet"


@pytest.mark.parametrize("wrong", [{"width": 500}, {"mpp": 2.0}, {"seed": -1}])
def test_a_slide_that_cannot_be_drawn_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"made slide|seed"):
        DemoSpec(**wrong)  # type: ignore[arg-type]


def _mask(polygon: Polygon, size: tuple[int, int], *, downsample: int) -> NDArray[np.bool_]:
    """Pixels of a level whose centres lie in a polygon of level-0 pixels."""
    rows, columns = np.mgrid[0 : size[0], 0 : size[1]]
    return np.asarray(contains_xy(polygon, (columns + 0.5) * downsample, (rows + 0.5) * downsample), bool)
