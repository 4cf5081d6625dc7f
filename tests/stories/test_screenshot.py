"""Story: the command line takes a picture of a slide, or says in one sentence why it cannot."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

PROJECT = Path(__file__).resolve().parents[2]


def _run(tmp_path: Path, *arguments: str, scale: int = 1) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "QT_SCALE_FACTOR": str(scale),
        "QT_QPA_PLATFORM": "offscreen",
        "EQUISCOPE_DATA_HOME": str(tmp_path / "home"),
    }
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=90,
    )  # fmt: skip


def test_a_picture_of_a_slide(tmp_path: Path, slide_path: Path) -> None:
    picture = tmp_path / "window.png"
    done = _run(tmp_path, str(slide_path), "--screenshot", str(picture), "--size", "1280x800")
    assert (done.returncode, done.stderr) == (0, "")
    pixels = np.asarray(Image.open(picture).convert("RGB"))
    assert pixels.shape == (800, 1280, 3)
    # The slide's texture fills the middle: many colours there, next to none at the toolbar's right.
    middle = pixels[300:500, 400:700].reshape(-1, 3)
    assert len(np.unique(middle, axis=0)) > 1000


def test_a_screen_of_twice_the_density_shows_twice_the_pixels(tmp_path: Path, slide_path: Path) -> None:
    pictures = []
    for scale in (1, 2):
        path = tmp_path / f"{scale}.png"
        done = _run(tmp_path, str(slide_path), "--screenshot", str(path), "--size", "1100x700", scale=scale)
        assert (done.returncode, done.stderr) == (0, "")
        pictures.append(Image.open(path).convert("RGB"))
    one, two = pictures
    assert (one.size, two.size) == ((1100, 700), (2200, 1400))
    # The same in every place, and finer: enlarging the small one does not give the large one's detail.
    middle = (300, 200, 550, 450)
    small, large = (
        np.asarray(each, np.int64) for each in (one.crop(middle), two.crop(tuple(2 * at for at in middle)))
    )
    reduced = np.asarray(two.crop(tuple(2 * at for at in middle)).reduce(2), np.int64)
    assert np.abs(reduced - small).mean() < 12
    assert (
        np.abs(large - small.repeat(2, axis=0).repeat(2, axis=1)).mean() > 2 * np.abs(reduced - small).mean()
    )


@pytest.mark.parametrize("case", ["missing", "no_mpp", "no_mpp_scan", "unknown_model", "bad_target"])
def test_what_cannot_be_done_is_one_sentence_and_an_exit_code(
    tmp_path: Path, slide_path: Path, slide_without_mpp: Path, case: str
) -> None:
    picture = str(tmp_path / "window.png")
    arguments, code, expected = {
        "missing": ([str(tmp_path / "none.svs"), "--screenshot", picture], 3, "none.svs"),
        "no_mpp": ([str(slide_without_mpp), "--screenshot", picture], 3, "--mpp"),
        "no_mpp_scan": ([str(slide_without_mpp), "--scan", "--screenshot", picture], 3, "--mpp"),
        "unknown_model": ([str(slide_path), "--scan", "--model", "nope", "--screenshot", picture], 2, "nope"),
        "bad_target": ([str(slide_path), "--screenshot", str(tmp_path / "no" / "w.png")], 1, "w.png"),
    }[case]
    done = _run(tmp_path, *arguments)
    lines = done.stderr.splitlines()
    assert done.returncode == code
    assert len(lines) == 1
    assert expected in lines[0]
    assert not Path(picture).exists()
