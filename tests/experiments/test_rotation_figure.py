"""The table of the rotation figure against cells whose kind is known."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.rotation_figure import by_kind, outlines_of
from inference.results.stability import logits
from tests.support.stability import COLUMNS, ROWS, made_up_maps


def test_cells_are_told_apart_by_their_share_of_tumour() -> None:
    """The right half is tumour but for half a column, which is boundary; the first row is at the edge."""
    maps = made_up_maps()
    region = maps.region_l0
    mask = np.zeros((int(region.y + region.height) + 2, int(region.x + region.width) + 2), bool)
    mask[:, round(region.x + 4.5 * maps.stride_x_l0) :] = True
    table = {(each.model, each.kind): each for each in by_kind(maps, mask)}
    assert [table["densenet-plus", kind].cells for kind in ("normal", "boundary", "tumour")] == [
        4 * (ROWS - 1), ROWS - 1, (COLUMNS - 5) * (ROWS - 1),
    ]  # fmt: skip
    std = maps.models[1].std
    assert table["densenet-plus", "tumour"].mean_std == pytest.approx(std[1:, 5:].mean())
    assert table["densenet-plus", "boundary"].mean_std == pytest.approx(std[1:, 4].mean())
    assert table["p4m-densenet-m", "normal"].interpolation_std == pytest.approx(0.003)


def test_without_cells_of_a_kind_there_is_no_figure() -> None:
    table = {each.kind: each for each in by_kind(made_up_maps(models=1), np.zeros((3000, 3000), bool))}
    assert np.isnan(table["tumour"].mean_std) and np.isnan(table["all"].auc)
    assert table["tumour"].cells == 0
    assert table["normal"].cells == table["all"].cells > 0


def test_at_equal_sharpness_only_what_turns_with_the_glass_is_left() -> None:
    """The second model says the same, twice as sure of itself."""
    maps = made_up_maps()
    twice = maps.models[1]
    for turn, values in enumerate(maps.models[0].values):
        twice.values[turn] = 1 / (1 + np.exp(-2 * logits(values)))
    table = [each for each in by_kind(maps, np.zeros((3000, 3000), bool)) if each.kind == "all"]
    assert table[1].sharpness == pytest.approx(2 * table[0].sharpness, rel=1e-4)
    assert table[1].logit_std == pytest.approx(2 * table[0].logit_std, rel=1e-3)
    assert table[1].mean_std != pytest.approx(table[0].mean_std, rel=0.05)
    assert table[0].equal_sharpness_std == pytest.approx(table[0].mean_std, rel=1e-4)
    assert table[1].equal_sharpness_std == pytest.approx(table[0].equal_sharpness_std, rel=1e-3)


def test_outlines_are_closed_rings() -> None:
    mask = np.zeros((50, 60), bool)
    mask[10:30, 20:40] = True
    (ring,) = outlines_of(mask)
    assert (ring[0] == ring[-1]).all()
    assert ring.min(axis=0) == pytest.approx([20.5, 10.5])
