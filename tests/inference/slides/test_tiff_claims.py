"""Claims of tiles longer than the file are seen before OpenSlide believes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from inference.errors import SlideError
from inference.slides.openslide_reader import OpenSlideSlide
from inference.slides.tiff_claims import check_tile_claims
from tests.support.make_slide import textured, write_pyramid


def test_a_tile_longer_than_its_file_is_refused(tmp_path: Path) -> None:
    path = write_pyramid(tmp_path / "slide.tif", textured(600, 600), tile=128)
    check_tile_claims(path)
    with tifffile.TiffFile(path, mode="r+") as file:
        tag = file.pages[1].tags["TileByteCounts"]
        counts = np.array(tag.value)
        counts[3] = 2**32 - 1
        tag.overwrite(counts.tolist(), dtype="I")
    for check in (check_tile_claims, OpenSlideSlide):
        with pytest.raises(SlideError, match=r"claims 4,294,967,295 bytes.*copy it again"):
            check(path)


def test_what_is_no_tiff_passes(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(bytes(128) + b"DICM")
    check_tile_claims(path)
