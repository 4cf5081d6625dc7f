from __future__ import annotations

import numpy as np
import pytest
import shapely

from inference.results.annotation import Annotation, Shape
from inference.results.annotation_measure import (
    ROTATION_CELLS,
    ROTATION_FLIPS,
    ROTATION_STD,
    area_um2,
    heatmap_statistics,
    length_um,
    measurements_of,
)
from inference.results.heatmap import Heatmap
from inference.results.stability_layer import StabilityLayer
from inference.slides.frames import Mpp

MPP = Mpp(0.5, 0.25)


@pytest.fixture
def heatmap() -> Heatmap:
    values = np.zeros((4, 4), np.float32)
    values[1, 1], values[1, 2], values[2, 2] = 0.8, 0.4, np.nan
    return Heatmap(values, 10.0, 10.0)


def test_sizes_heed_both_axes() -> None:
    box = shapely.box(0, 0, 100, 40)
    assert area_um2(box, MPP) == pytest.approx(100 * 0.5 * 40 * 0.25)
    assert length_um(box, MPP) == pytest.approx(2 * (50 + 10))


def test_a_crossed_outline_counts_what_it_encloses_once() -> None:
    bow_tie = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    assert area_um2(bow_tie, Mpp.square(1)) == pytest.approx(50)


def test_statistics_are_over_the_cells_with_their_middle_inside(heatmap: Heatmap) -> None:
    found = heatmap_statistics(shapely.box(10, 10, 30, 30), heatmap, threshold=0.5)
    # Of the four cells one has no value.
    assert found.cells == 3
    assert found.mean == pytest.approx(1.2 / 3)
    assert found.maximum == pytest.approx(0.8)
    assert found.share_above == pytest.approx(1 / 3)


def test_what_holds_no_middle_counts_the_cells_it_touches(heatmap: Heatmap) -> None:
    assert heatmap_statistics(shapely.Point(11, 11), heatmap, threshold=0.5).maximum == pytest.approx(0.8)
    assert heatmap_statistics(shapely.box(11, 11, 12, 12), heatmap, threshold=0.5).cells == 1


def test_off_the_heatmap_nothing_is_said(heatmap: Heatmap) -> None:
    assert heatmap_statistics(shapely.box(-90, -90, -50, -50), heatmap, threshold=0.5).mean is None


def test_only_what_is_defined_is_measured(heatmap: Heatmap) -> None:
    line = Annotation(1, Shape.LINE, shapely.LineString([(0, 0), (100, 0)]))
    assert measurements_of(line, mpp=MPP, heatmap=None, threshold=0.5) == {"Length µm": 50.0}
    assert measurements_of(line, mpp=None, heatmap=None, threshold=0.5) == {}
    area = Annotation(2, Shape.POLYGON, shapely.box(0, 0, 20, 20))
    assert set(measurements_of(area, mpp=MPP, heatmap=heatmap, threshold=0.5)) == {
        "Area µm^2",
        "Perimeter µm",
        "Heatmap cells",
        "Probability mean",
        "Probability max",
        "Share above threshold",
    }


def test_rotation_stability_inside_is_over_the_same_cells(heatmap: Heatmap) -> None:
    layer = StabilityLayer.empty(
        model="M", model_sha256="ab", turns=8, rows=4, columns=4, stride_x_l0=10.0, stride_y_l0=10.0
    )
    std = np.array([[0.1, 0.3], [0.2, np.nan]], np.float32)
    lowest, highest = np.array([[0.45, 0.5], [0.1, np.nan]]), np.array([[0.55, 0.6], [0.2, np.nan]])
    layer.put(1, 1, std, std, lowest.astype(np.float32), highest.astype(np.float32))
    box = Annotation(1, Shape.POLYGON, shapely.box(10, 10, 30, 30))

    def measured(threshold: float) -> dict[str, float]:
        return measurements_of(box, mpp=None, heatmap=heatmap, threshold=threshold, stability=layer)

    found = measured(0.5)
    assert found[ROTATION_CELLS] == 3
    assert found[ROTATION_STD] == pytest.approx(0.2)
    # The cell that is 0.5 at its lowest reaches the threshold at every turn.
    assert found[ROTATION_FLIPS] == pytest.approx(1 / 3)
    assert measured(0.9)[ROTATION_FLIPS] == 0.0
    layer.highest[1, 1] = np.nan
    assert ROTATION_FLIPS not in measured(0.5)
    with pytest.raises(ValueError, match="leaves the grid"):
        layer.put(3, 3, std, std, std, std)
