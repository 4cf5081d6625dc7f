"""The shipped models are intact, measured, and good enough to be shipped."""

from __future__ import annotations

import pytest

from gcnn import geometry
from inference.engine.catalog import find_model, shipped_models
from inference.errors import ModelError
from inference.slides import grid


def test_the_first_model_is_shipped_with_its_proof() -> None:
    card = find_model("p4m-densenet-m").card
    # First, so that the window chooses it where the user has not.
    assert shipped_models()[0].card.name == "p4m-densenet-m"
    assert card.metrics["valid"]["auc"] > 0.90
    assert card.metrics["valid"]["n"] == 2907
    assert card.metrics["test"]["equivariance_error"] <= card.equivariance_tolerance
    assert card.training["patches"] == 25374


def test_an_unknown_model_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ModelError, match="p4m-densenet-m"):
        find_model("resnet")


def test_networks_and_grid_speak_of_the_same_cells() -> None:
    """Written twice, because slides know nothing of networks; this ties them."""
    assert (grid.CELL, grid.MARGIN) == (geometry.STRIDE, geometry.MARGIN)
