from __future__ import annotations

import io
from xml.etree.ElementTree import fromstring

import numpy as np
import pytest
import tifffile

from inference.export.heatmap_files import likelihood_map, ome_tiff
from inference.results.heatmap import Heatmap
from inference.slides.frames import PointL0, SizeL0
from inference.slides.slide import Level
from tests.support.exports import make_source

SOURCE = make_source()


def test_the_ome_tiff_says_how_large_a_cell_is_and_where_the_first_one_lies() -> None:
    heatmap = Heatmap(np.random.default_rng(0).random((5, 4), np.float32), 124.416, 100.0, PointL0(40, 8))
    data = ome_tiff(heatmap, SOURCE.provenance)
    assert data == ome_tiff(heatmap, SOURCE.provenance)
    with tifffile.TiffFile(io.BytesIO(data)) as tiff:
        assert tiff.is_ome
        np.testing.assert_array_equal(tiff.asarray(), heatmap.values)
        pixels = next(
            each for each in fromstring(tiff.ome_metadata or "").iter() if each.tag.endswith("Pixels")
        )
    plane = next(each for each in pixels.iter() if each.tag.endswith("Plane"))
    assert float(pixels.attrib["PhysicalSizeX"]) == pytest.approx(31.104)
    assert float(pixels.attrib["PhysicalSizeY"]) == pytest.approx(25)
    assert pixels.attrib["PhysicalSizeXUnit"] == "µm"
    assert (float(plane.attrib["PositionX"]), float(plane.attrib["PositionY"])) == (10, 2)


@pytest.mark.parametrize("factor", [2, 4])
def test_the_likelihood_map_is_what_asap_loads(factor: int) -> None:
    heatmap = Heatmap(np.random.default_rng(0).random((300, 400), np.float32), 31.1, 31.1)
    size = SizeL0(12000, 9100)
    levels = [
        Level(12000 // factor**n, 9100 // factor**n, float(factor**n), float(factor**n)) for n in range(3)
    ]
    data = likelihood_map(heatmap, size_l0=size, levels=levels, provenance=SOURCE.provenance)
    with tifffile.TiffFile(io.BytesIO(data)) as tiff:
        base = tiff.pages.first
        ratio = round(size.width / base.shape[1])
        assert ratio == 16 and base.shape == (-(-size.height // ratio), -(-size.width // ratio))
        assert base.is_tiled and base.dtype == np.float32
        values = base.asarray()
        assert values.min() >= 0 and values.max() <= 1
        widths = [page.shape[1] for page in tiff.pages]
        assert [round(widths[0] / width) for width in widths[1:]] == [factor, factor**2][: len(widths) - 1]
        assert len(widths) > 1
    # A lit dot lies in the right cell.
    for x, y in ((5000.0, 3000.0), (100.0, 8000.0)):
        middle_x, middle_y = (x // ratio + 0.5) * ratio, (y // ratio + 0.5) * ratio
        assert values[int(y // ratio), int(x // ratio)] == heatmap.value_at(PointL0(middle_x, middle_y))


def test_what_was_not_computed_is_0_to_asap() -> None:
    heatmap = Heatmap(np.full((3, 3), np.nan, np.float32), 64.0, 64.0)
    data = likelihood_map(heatmap, size_l0=SizeL0(192, 192), levels=(), provenance=SOURCE.provenance)
    assert not tifffile.imread(io.BytesIO(data)).any()
