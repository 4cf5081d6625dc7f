"""Maps of a region as they grow: moments, curves, figures without the cells at the slide's edge."""

from __future__ import annotations

import numpy as np
import pytest

from inference.results.stability import summarise
from tests.support.stability import COLUMNS, ROWS, made_up_maps


def test_moments_and_curves_follow_the_turns_in_any_order() -> None:
    maps = made_up_maps(finished=False)
    each = maps.models[1]
    each.put_turn(7, np.full((ROWS, COLUMNS), 0.5, np.float32))
    np.testing.assert_allclose(each.std, each.computed.std(axis=0), atol=1e-6)
    angles, probabilities = each.curve(2, 3)
    assert list(angles) == [0.0, 11.25, 22.5, 33.75, 78.75]
    assert probabilities[-1] == 0.5
    with pytest.raises(ValueError, match="turn 7"):
        each.put_turn(7, np.zeros((ROWS, COLUMNS), np.float32))
    with pytest.raises(ValueError, match="does not belong"):
        each.put_turn(6, np.zeros((1, 1), np.float32))


def test_figures_leave_out_cells_at_the_edge_and_say_so() -> None:
    maps = made_up_maps()
    assert maps.summary(1, threshold=0.5) == summarise(maps.models[1].values[:, 1:], threshold=0.5)
    assert maps.edge_notice().startswith(f"{COLUMNS} of {ROWS * COLUMNS} cells")
    maps.beyond[:] = False
    assert maps.edge_notice() == ""


def test_the_region_and_the_difference_over_the_group() -> None:
    maps = made_up_maps()
    region = maps.region_l0
    assert (region.x, region.y) == pytest.approx((5 * 124.416, 3 * 124.416))
    assert maps.size_um == pytest.approx((8 * 31.104, 6 * 31.104))
    difference = maps.models[1].group_difference
    assert difference is not None
    np.testing.assert_allclose(difference, 0.07, atol=1e-6)
    assert made_up_maps(finished=False).models[0].group_difference is None
