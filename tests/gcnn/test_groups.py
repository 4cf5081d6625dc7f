"""Group tables: exhaustive over the elements."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from gcnn.groups import GROUPS, P4M, PointGroup, act


@pytest.mark.parametrize("group", GROUPS.values(), ids=lambda g: g.name)
def test_products_act_as_one_after_the_other(group: PointGroup) -> None:
    x = np.arange(25).reshape(5, 5)
    for g, h in itertools.product(range(group.order), repeat=2):
        both = act(group.elements[g], act(group.elements[h], x))
        np.testing.assert_array_equal(act(group.elements[group.product[g, h]], x), both)


@pytest.mark.parametrize("group", GROUPS.values(), ids=lambda g: g.name)
def test_inverses_undo(group: PointGroup) -> None:
    x = np.arange(12).reshape(3, 4)
    for g in range(group.order):
        undone = act(group.elements[group.inverse[g]], act(group.elements[g], x))
        np.testing.assert_array_equal(undone, x)


def test_the_identity_is_first_and_orders_are_those_of_the_paper() -> None:
    assert {g.name: g.order for g in GROUPS.values()} == {"plain": 1, "p4": 4, "p4m": 8}
    assert all(g.elements[0] == (0, 0) for g in GROUPS.values())


def test_p4m_does_not_commute() -> None:
    assert (P4M.product != P4M.product.T).any()
