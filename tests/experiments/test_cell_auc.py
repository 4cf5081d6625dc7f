"""Cell AUC against a drawn tumour."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.cell_auc import auc, separation, tumour_share
from inference.results.heatmap import Heatmap


@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=12), st.lists(st.integers(0, 5), min_size=1, max_size=12)
)
def test_auc_is_the_share_of_pairs_in_the_right_order(positive: list[int], negative: list[int]) -> None:
    pairs = [(p > n) + 0.5 * (p == n) for p in positive for n in negative]
    assert auc(np.array(positive, float), np.array(negative, float)) == pytest.approx(np.mean(pairs))


def test_shares_are_those_of_the_pixels_with_fractional_strides() -> None:
    mask = np.random.default_rng(0).random((37, 50)) < 0.4
    heatmap = Heatmap(np.zeros((4, 5), np.float32), stride_x_l0=12.4, stride_y_l0=10.1)
    share = tumour_share(heatmap, mask)
    assert share[1, 2] == pytest.approx(mask[10:20, 25:37].mean())
    assert share[3, 4] == pytest.approx(mask[30:37, 50:].mean() if mask[30:37, 50:].size else 0)


def test_a_perfect_heatmap_separates_and_uncomputed_cells_do_not_count() -> None:
    mask = np.zeros((40, 40), bool)
    mask[:20] = True
    values = np.repeat([[0.9], [0.8], [0.2], [np.nan]], 4, axis=1).astype(np.float32)
    result = separation(Heatmap(values, stride_x_l0=10, stride_y_l0=10), mask)
    assert (result.auc, result.tumour_cells, result.normal_cells) == (1.0, 8, 4)
    assert (result.tumour_above, result.normal_above) == (1.0, 0.0)
