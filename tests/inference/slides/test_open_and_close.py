"""Opening, reading and closing a hundred slides leaves no memory, no file and no thread behind."""

from __future__ import annotations

import gc
import os
import threading
from pathlib import Path

import pytest
from PIL import Image

from inference.slides.open_slide import open_slide
from tests.inference.slides.test_subifd_reader import write_ome
from tests.support.make_slide import textured, write_pyramid

HANDLES = Path("/proc/self/fd")
GROWTH_BYTES = 50 * 2**20

pytestmark = pytest.mark.skipif(not HANDLES.is_dir(), reason="open files are counted where /proc is")


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def open_read_close(path: Path) -> None:
    slide = open_slide(path)
    size = slide.info.size_l0
    slide.read_region(0, x_lv=0, y_lv=0, width=size.width, height=size.height)
    slide.close()


def test_a_hundred_slides(tmp_path: Path) -> None:
    image = textured(800, 800)
    paths = [
        write_pyramid(tmp_path / "jpeg.tif", image, compression="jpeg"),
        write_pyramid(tmp_path / "deflate.tif", image),
        write_ome(tmp_path / "a.ome.tif", image),
        tmp_path / "plain.png",
    ]
    Image.fromarray(image).save(paths[3])
    for _ in range(2):
        for path in paths:
            open_read_close(path)
    gc.collect()
    files, threads, memory = len(list(HANDLES.iterdir())), threading.active_count(), resident_bytes()
    for number in range(100):
        open_read_close(paths[number % len(paths)])
    gc.collect()
    assert len(list(HANDLES.iterdir())) == files
    assert threading.active_count() == threads
    # A hundred pictures of 1.9 MB are read: what was kept of each would show.
    assert resident_bytes() - memory < GROWTH_BYTES
