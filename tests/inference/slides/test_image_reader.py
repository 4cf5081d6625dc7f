"""Plain images as slides: every pixel kind, the pyramid, what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from inference.errors import SlideError
from inference.slides import image_reader
from inference.slides.frames import Mpp, SizeL0
from inference.slides.image_reader import READER, ImageSlide
from tests.support.make_slide import shrink, textured


def pixel(path: Path) -> list[int]:
    """The first pixel of an image read as a slide."""
    return ImageSlide(path).read_region(0, x_lv=0, y_lv=0, width=1, height=1)[0, 0].tolist()


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tif"])
def test_pixels_and_pyramid(tmp_path: Path, name: str) -> None:
    image = textured(1300, 2501)
    Image.fromarray(image).save(tmp_path / name)
    assert READER.detect(tmp_path / name)
    slide = READER.open(tmp_path / name)
    assert slide.info.size_l0 == SizeL0(2501, 1300)
    assert [(level.width, level.height, level.downsample_x) for level in slide.info.levels] == [
        (2501, 1300, 1),
        (1251, 650, 2),
        (626, 325, 4),
    ]
    np.testing.assert_array_equal(
        slide.read_region(0, x_lv=2000, y_lv=700, width=100, height=50), image[700:750, 2000:2100]
    )
    half = slide.read_region(1, x_lv=0, y_lv=0, width=1251, height=650)
    assert np.abs(half.astype(int) - shrink(image, 2)).max() <= 1


def test_a_jpeg_is_named_and_its_print_resolution_not_believed(tmp_path: Path) -> None:
    # 25400 dpi would be 1 um per pixel, but dpi is a print size.
    Image.fromarray(textured(100, 100)).save(tmp_path / "a.jpg", dpi=(25_400, 25_400))
    info = ImageSlide(tmp_path / "a.jpg").info
    assert info.format == "JPEG image without pyramid (Pillow)"
    assert info.mpp is None and info.mpp_source == "missing" and info.notices == ()
    assert ImageSlide(tmp_path / "a.jpg", mpp=Mpp.square(0.5)).info.mpp == Mpp.square(0.5)


@pytest.mark.parametrize(
    ("unit", "per_unit", "mpp"),
    [
        ("CENTIMETER", 20_000, 0.5),
        ("INCH", 50_800, None),
        ("NONE", 20_000, None),
        ("CENTIMETER", 28.346, None),
    ],
)
def test_resolution_of_a_striped_tiff(tmp_path: Path, unit: str, per_unit: float, mpp: float | None) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(
        path, textured(90, 80), photometric="rgb", resolution=(per_unit,) * 2, resolutionunit=unit
    )
    info = ImageSlide(path).info
    assert info.mpp == (None if mpp is None else Mpp.square(mpp))
    assert any("no microscope" in notice for notice in info.notices) == (per_unit == 28.346)


def test_transparency_lies_over_white(tmp_path: Path) -> None:
    Image.new("RGBA", (4, 4), (10, 20, 30, 0)).save(tmp_path / "a.png")
    assert pixel(tmp_path / "a.png") == [255, 255, 255]
    Image.new("LA", (4, 4), (0, 51)).save(tmp_path / "b.png")
    assert pixel(tmp_path / "b.png") == [204, 204, 204]
    Image.new("RGB", (4, 4), (10, 20, 30)).save(tmp_path / "c.png", transparency=(10, 20, 30))
    assert pixel(tmp_path / "c.png") == [255, 255, 255]


def test_grey_palette_and_black_and_white(tmp_path: Path) -> None:
    Image.new("L", (4, 4), 77).save(tmp_path / "a.png")
    assert pixel(tmp_path / "a.png") == [77, 77, 77]
    Image.new("RGB", (4, 4), (200, 100, 50)).quantize(4).save(tmp_path / "b.png")
    assert pixel(tmp_path / "b.png") == [200, 100, 50]
    Image.new("1", (4, 4), 1).save(tmp_path / "c.png")
    assert pixel(tmp_path / "c.png") == [255, 255, 255]


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_16_bits_are_scaled_and_said(tmp_path: Path, name: str) -> None:
    values = np.array([[0, 257, 65535, 32768]], dtype=np.uint16)
    Image.fromarray(values).save(tmp_path / name)
    slide = ImageSlide(tmp_path / name)
    assert slide.read_region(0, x_lv=0, y_lv=0, width=4, height=1)[0, :, 0].tolist() == [0, 1, 255, 127]
    assert any("16 bits" in notice for notice in slide.info.notices)


def test_pixels_without_a_defined_range_are_refused(tmp_path: Path) -> None:
    Image.fromarray(np.ones((4, 4), np.float32)).save(tmp_path / "a.tif")
    with pytest.raises(SlideError, match=r"floating-point.*8-bit RGB"):
        ImageSlide(tmp_path / "a.tif")
    Image.fromarray(np.full((4, 4), 70_000, np.int32)).save(tmp_path / "b.tif")
    with pytest.raises(SlideError, match="more than 16 bits"):
        ImageSlide(tmp_path / "b.tif")


def test_an_image_too_large_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (101, 100)).save(path)
    path.write_bytes(path.read_bytes()[:60])  # Its pixels are missing: decoding would fail differently.
    monkeypatch.setattr(image_reader, "MAX_PIXELS", 10_000)
    with pytest.raises(SlideError, match=r"no pyramid.*pyramidal TIFF"):
        ImageSlide(path)


@pytest.mark.parametrize("side", [9_500, 20_000])
def test_pillows_own_guard_becomes_advice(tmp_path: Path, side: int) -> None:
    # At 9,500 px Pillow warns, which these tests turn into an error; at 20,000 px it raises by itself.
    path = tmp_path / "bomb.png"
    Image.new("1", (side, side)).save(path)
    with pytest.raises(SlideError, match=r"no pyramid.*pyramidal TIFF"):
        ImageSlide(path)
    assert Image.MAX_IMAGE_PIXELS == image_reader.MAX_PIXELS


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.bmp", "a.tif"])
def test_a_truncated_image_is_an_error_not_a_grey_half(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    Image.fromarray(textured(400, 400)).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(SlideError, match="damaged, incomplete"):
        ImageSlide(path)


def test_a_tiff_cut_off_before_its_directory_says_one_thing_only(tmp_path: Path) -> None:
    # Pillow warns of such a file; as warnings are errors here, one that came through would be raised in its place.
    (tmp_path / "a.tif").write_bytes(b"II*\0" + (1000).to_bytes(4, "little") + bytes(100))
    with pytest.raises(SlideError, match="damaged"):
        ImageSlide(tmp_path / "a.tif")


def test_outside_is_white_and_limits_hold(tmp_path: Path) -> None:
    Image.new("RGB", (20, 10), (1, 2, 3)).save(tmp_path / "a.png")
    slide = ImageSlide(tmp_path / "a.png")
    pixels = slide.read_region(0, x_lv=-1, y_lv=-1, width=22, height=12)
    assert (pixels[1:11, 1:21] == (1, 2, 3)).all()
    pixels[1:11, 1:21] = 255
    assert (pixels == 255).all()
    assert (slide.read_region(0, x_lv=20, y_lv=0, width=3, height=3) == 255).all()
    with pytest.raises(ValueError, match="256 MB"):
        slide.read_region(0, x_lv=0, y_lv=0, width=10_000, height=10_000)
    slide.close()
    with pytest.raises(ValueError, match="closed"):
        slide.read_region(0, x_lv=0, y_lv=0, width=1, height=1)


def test_other_files_are_not_detected(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("<html>")
    assert not READER.detect(tmp_path / "a.png")
