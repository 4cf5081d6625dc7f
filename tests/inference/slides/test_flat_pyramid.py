"""Large flat images: the pyramid holds their very pixels, is built once, given up cleanly, and claims are checked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from inference.errors import BuildCancelledError, PyramidWantedError, SlideError
from inference.places import DATA_HOME_VARIABLE
from inference.slides import flat_pyramid, image_reader
from inference.slides.fingerprint import file_fingerprint
from inference.slides.frames import Mpp, SizeL0
from inference.slides.open_slide import open_building, open_slide
from tests.support.make_slide import shrink, textured
from tests.support.profiles import swapped_profile

IMAGE = textured(1100, 1501)


@pytest.fixture(autouse=True)
def small_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything above a megapixel is large."""
    monkeypatch.setenv(DATA_HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setattr(image_reader, "MAX_PIXELS", 1_000_000)


def _left() -> list[str]:
    return sorted(each.name for each in (flat_pyramid.pyramid_path("x").parent).glob("*"))


@pytest.mark.parametrize("kind", ["png", "tif", "one strip", "bigtiff", "deep", "grey", "transparent"])
def test_pixels_levels_and_description(tmp_path: Path, kind: str) -> None:
    path, expected = tmp_path / f"{kind}.tif", IMAGE
    if kind == "png":
        path = tmp_path / "a.png"
        Image.fromarray(IMAGE).save(path, icc_profile=swapped_profile())
    elif kind == "deep":
        tifffile.imwrite(path, IMAGE.astype(np.uint16) * 257, photometric="rgb", rowsperstrip=16)
    elif kind == "grey":
        expected = np.repeat(IMAGE[..., :1], 3, axis=-1)
        tifffile.imwrite(path, IMAGE[..., 0], photometric="minisblack", rowsperstrip=16)
    elif kind == "transparent":
        path = tmp_path / "a.png"
        expected = IMAGE.copy()
        expected[:300] = 255
        alpha = np.where(np.arange(1100) < 300, 0, 255)[:, None, None]
        Image.fromarray(
            np.concatenate([IMAGE, np.broadcast_to(alpha, (1100, 1501, 1))], -1).astype(np.uint8)
        ).save(path)
    else:
        tifffile.imwrite(
            path,
            IMAGE,
            photometric="rgb",
            compression="deflate",
            rowsperstrip=1100 if kind == "one strip" else 16,
            bigtiff=kind == "bigtiff",
            resolution=(20_000, 20_000),
            resolutionunit="CENTIMETER",
        )
    with pytest.raises(PyramidWantedError):
        open_slide(path)
    told: list[float] = []
    slide = open_building(path, keep=lambda part: told.append(part) or True)
    info = slide.info
    assert told and max(told) <= 1
    assert info.path == path and info.fingerprint == file_fingerprint(path)
    assert info.size_l0 == SizeL0(1501, 1100) and len(info.levels) >= 3
    assert info.mpp == (Mpp.square(0.5) if kind in ("tif", "one strip", "bigtiff") else None)
    assert any("16 bits" in each for each in info.notices) == (kind == "deep")
    assert (info.colour_profile is not None) == (path.name == "a.png" and kind == "png")
    np.testing.assert_array_equal(slide.read_region(0, x_lv=0, y_lv=0, width=1501, height=1100), expected)
    half = slide.read_region(1, x_lv=0, y_lv=0, width=700, height=500).astype(int)
    assert np.abs(half - shrink(expected, 2)[:500, :700]).max() <= 1
    slide.close()
    # The second time nothing is built.
    again = open_slide(path, mpp=Mpp.square(0.3))
    assert again.info.mpp == Mpp.square(0.3)
    again.close()
    assert _left() == [f"{file_fingerprint(path)}.tif"]


def test_a_jpeg_is_decoded_by_the_same_rules(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.fromarray(IMAGE).save(path, quality=95)
    slide = open_building(path)
    assert slide.info.size_l0 == SizeL0(1501, 1100) and slide.info.mpp is None
    with Image.open(path) as picture:
        expected = np.asarray(picture).astype(int)
    got = slide.read_region(0, x_lv=0, y_lv=0, width=1501, height=1100).astype(int)
    slide.close()
    assert np.abs(got - expected).mean() < 1


def test_given_up_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(textured(3000, 3000)).save(path)
    files = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else None
    with pytest.raises(BuildCancelledError):
        open_building(path, keep=lambda _part: False)
    assert _left() == []
    if files is not None:
        assert len(list(Path("/proc/self/fd").iterdir())) <= files


def test_damage_and_claims(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(IMAGE).save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SlideError, match="damaged"):
        open_building(path)
    path.write_bytes(whole)
    monkeypatch.setattr(flat_pyramid, "BYTES_PER_PIXEL", 10**12)
    with pytest.raises(SlideError, match="GB are free"):
        open_building(path)
    monkeypatch.setattr(flat_pyramid, "MAX_WHOLE_PIXELS", 1_000_000)
    Image.fromarray(IMAGE).save(tmp_path / "b.jpg", progressive=True)
    with pytest.raises(SlideError, match="progressive"):
        open_building(tmp_path / "b.jpg")
    Image.fromarray(IMAGE).convert("CMYK").save(tmp_path / "c.jpg")
    monkeypatch.setattr(flat_pyramid, "BYTES_PER_PIXEL", 4)
    with pytest.raises(SlideError, match="unsupported kind"):
        open_building(tmp_path / "c.jpg")
    Image.fromarray(IMAGE).save(tmp_path / "d.bmp")
    with pytest.raises(SlideError, match="pyramidal TIFF"):
        open_building(tmp_path / "d.bmp")
    assert _left() == []


def test_the_least_lately_used_are_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flat_pyramid, "KEPT_PYRAMIDS", 2)
    for number in range(3):
        path = tmp_path / f"{number}.png"
        Image.fromarray(textured(1100, 1000, seed=number)).save(path, compress_level=1)
        open_building(path).close()
    with pytest.raises(PyramidWantedError):
        open_slide(tmp_path / "0.png")
    open_slide(tmp_path / "2.png").close()
