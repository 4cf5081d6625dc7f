"""ICC profiles: found by every reader, applied apart from reading; sRGB is told by what it does, damage ignored."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from inference.slides.colour_profile import DAMAGED, MAX_BYTES, ToSrgb, read_profile
from inference.slides.open_slide import open_slide
from tests.support.make_slide import textured, write_pyramid
from tests.support.profiles import srgb_profile, swapped_profile


def _ome(path: Path, profile: bytes) -> Path:
    with tifffile.TiffWriter(path) as writer:
        options = {"tile": (64, 64), "photometric": "rgb", "iccprofile": profile, "metadata": None}
        writer.write(textured(256, 256), subifds=1, **options)
        writer.write(textured(128, 128), subfiletype=1, **options)
    return path


def _plain(path: Path, profile: bytes) -> Path:
    Image.fromarray(textured(256, 256)).save(path, icc_profile=profile)
    return path


@pytest.mark.parametrize("kind", ["openslide", "sub-directories", "png", "jpeg", "striped"])
def test_every_reader_gives_the_profile_and_raw_pixels(tmp_path: Path, kind: str) -> None:
    data = swapped_profile()
    path = {
        "openslide": lambda: write_pyramid(tmp_path / "a.tif", textured(256, 256), profile=data),
        "sub-directories": lambda: _ome(tmp_path / "b.tif", data),
        "png": lambda: _plain(tmp_path / "c.png", data),
        "jpeg": lambda: _plain(tmp_path / "d.jpg", data),
        "striped": lambda: _plain(tmp_path / "e.tif", data),
    }[kind]()
    slide = open_slide(path)
    profile = slide.info.colour_profile
    assert profile is not None and profile.changes_colours and profile.name.startswith("sRGB")
    assert profile.data == data
    stored = slide.read_region(0, x_lv=0, y_lv=0, width=256, height=256)
    slide.close()
    if kind != "jpeg":
        np.testing.assert_array_equal(stored, textured(256, 256))
    # The primaries of red and blue change places.
    shown = ToSrgb(profile)(stored)
    assert np.abs(shown.astype(int) - stored[..., ::-1].astype(int)).max() <= 2


def test_srgb_is_told_by_what_it_does() -> None:
    profile, notices = read_profile(srgb_profile())
    assert profile is not None and not profile.changes_colours and notices == ()
    assert read_profile(None) == read_profile(b"") == (None, ())


@pytest.mark.parametrize("data", [b"no profile", srgb_profile()[:200], bytes(MAX_BYTES + 1)])
def test_a_damaged_profile_is_ignored_with_a_notice(data: bytes) -> None:
    assert read_profile(data) == (None, (DAMAGED,))


def test_a_slide_with_a_damaged_profile_opens(tmp_path: Path) -> None:
    path = write_pyramid(tmp_path / "a.tif", textured(256, 256), profile=b"no profile at all")
    slide = open_slide(path)
    assert slide.info.colour_profile is None and DAMAGED in slide.info.notices
    slide.close()


def test_threads_do_not_disturb_each_other() -> None:
    profile, _ = read_profile(swapped_profile())
    assert profile is not None
    to_srgb = ToSrgb(profile)
    pixels = textured(256, 256)
    expected = to_srgb(pixels)
    with ThreadPoolExecutor(4) as pool:
        for shown in pool.map(to_srgb, [pixels] * 16):
            np.testing.assert_array_equal(shown, expected)
