"""Order of turns, running moments and summaries against numpy."""

from __future__ import annotations

import numpy as np
import pytest

from inference.results.stability import RunningMoments, lower_bound, nested_order, summarise, turn_angle


@pytest.mark.parametrize("turns", [4, 8, 16, 32, 64])
def test_after_every_doubling_the_turns_are_evenly_spaced(turns: int) -> None:
    order = nested_order(turns)
    assert sorted(order) == list(range(turns))
    count = 4
    while count <= turns:
        assert sorted(order[:count]) == list(range(0, turns, turns // count))
        count *= 2


@pytest.mark.parametrize("turns", [2, 3, 5, 6, 12, 31])
def test_any_number_of_turns_is_complete_and_starts_upright(turns: int) -> None:
    order = nested_order(turns)
    assert sorted(order) == list(range(turns))
    assert order[0] == 0


def test_angles_stay_below_a_quarter() -> None:
    assert [turn_angle(k, 4) for k in range(4)] == [0.0, 22.5, 45.0, 67.5]


def test_running_moments_are_numpys_at_every_step() -> None:
    maps = np.random.default_rng(1).random((9, 3, 5)).astype(np.float32)
    maps[4, 1, 1] = np.nan
    moments = RunningMoments(3, 5)
    assert np.isnan(moments.std).all()
    for number, values in enumerate(maps, start=1):
        moments.add(values)
        np.testing.assert_allclose(moments.mean, maps[:number].mean(axis=0), atol=1e-6)
        np.testing.assert_allclose(moments.std, maps[:number].std(axis=0), atol=1e-6)
        np.testing.assert_array_equal(moments.lowest, maps[:number].min(axis=0))
        np.testing.assert_array_equal(moments.highest, maps[:number].max(axis=0))


def test_the_summary_counts_flips_and_leaves_cells_out() -> None:
    maps = np.zeros((2, 1, 4), np.float32)
    maps[:, 0] = [[0.4, 0.9, 0.1, 0.2], [0.6, 0.7, 0.1, np.nan]]
    summary = summarise(maps, threshold=0.5)
    assert (summary.cells, summary.flip_share) == (3, pytest.approx(1 / 3))
    assert summary.mean_std == pytest.approx(0.2 / 3, abs=1e-6)
    assert summary.p95_std == pytest.approx(0.1, abs=1e-6)
    one = summarise(maps, threshold=0.5, counted=np.array([[False, True, False, True]]))
    assert (one.cells, one.flip_share) == (1, 0.0)
    assert summarise(maps, threshold=0.5, counted=np.zeros((1, 4), bool)).cells == 0


def test_a_lower_bound_is_never_below_zero() -> None:
    assert lower_bound(0.9, 0.1) == pytest.approx(0.7)
    assert lower_bound(0.1, 0.3) == 0.0
