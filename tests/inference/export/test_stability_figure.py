"""The figure for print in its three formats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference.export.stability_figure import least_stable_cell, write_stability_figure
from tests.support.stability import COLUMNS, made_up_maps

PICTURE = np.full((60, 80, 3), 200, np.uint8)


def test_a_png_is_printable_and_shows_the_outline_in_green(tmp_path: Path) -> None:
    maps = made_up_maps()
    region = maps.region_l0
    ring = np.array([[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8], [0.2, 0.2]])
    ring = ring * [region.width, region.height] + [region.x, region.y]
    write_stability_figure(tmp_path / "a.png", maps, picture=PICTURE, outlines_l0=[ring])
    write_stability_figure(tmp_path / "b.png", maps, picture=PICTURE)
    with Image.open(tmp_path / "a.png") as one, Image.open(tmp_path / "b.png") as other:
        assert one.width > 1900  # 17 cm at 300 dpi
        green = [
            (np.abs(np.asarray(each.convert("RGB")).astype(int) - (0, 200, 83)).max(axis=2) < 12).sum()
            for each in (one, other)
        ]
    assert green[0] > 500
    assert green[1] == 0


@pytest.mark.parametrize("ending", [".pdf", ".svg", ".png"])
def test_a_second_export_is_the_same_to_the_byte(tmp_path: Path, ending: str) -> None:
    paths = [tmp_path / f"{name}{ending}" for name in "ab"]
    for path in paths:
        write_stability_figure(path, made_up_maps(models=1), picture=PICTURE)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_text_stays_text_with_names_and_angles(tmp_path: Path) -> None:
    write_stability_figure(tmp_path / "a.svg", made_up_maps(), picture=PICTURE)
    text = (tmp_path / "a.svg").read_text(encoding="utf-8")
    for words in ("P4M-DenseNet M", "DenseNet+", "8 angles", "Research use only", "µm"):
        assert words in text


def test_the_cell_of_the_curves_is_the_least_stable_one_off_the_edge() -> None:
    cell = least_stable_cell(made_up_maps())
    assert cell is not None
    assert cell[0] > 0
    assert cell[1] == COLUMNS - 1
    maps = made_up_maps()
    maps.beyond[:] = True
    assert least_stable_cell(maps) is None


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.bmp"):
        write_stability_figure(tmp_path / "a.bmp", made_up_maps(), picture=PICTURE)
