"""The first stage in strips gives what it gives as a whole, where images are large and only there."""

from __future__ import annotations

import numpy as np
import pytest

from inference.engine import openvino_predictor
from inference.engine.catalog import ModelEntry, find_model
from inference.engine.openvino_predictor import OpenVinoPredictor
from inference.engine.strips import FIRST_END, MOST_STRIPS, in_strips
from tests.support.models import write_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelEntry:
    return find_model(str(write_model(tmp_path_factory.mktemp("models") / "lively")))


def strips_of(model: ModelEntry, height: int, width: int) -> int:
    """Into how many the first stage is cut."""
    predictor = OpenVinoPredictor(model)
    cut = in_strips(predictor._model.clone(), height, width, predictor._prepared)
    assert list(cut.get_parameters()[0].shape) == [1, height, width, 3]
    return sum(node.get_friendly_name() == FIRST_END for node in cut.get_ops())


@pytest.mark.parametrize("size", [(512, 512), (160, 96), (1184, 128)])
def test_strips_give_what_the_whole_gives(
    model: ModelEntry, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    assert 1 < strips_of(model, *size) <= MOST_STRIPS
    images = list(np.random.default_rng(0).integers(0, 256, (2, *size, 3), dtype=np.uint8))
    cut = OpenVinoPredictor(model).probabilities(images)
    monkeypatch.setattr(
        openvino_predictor, "in_strips", lambda model, height, width, prepared: prepared(model, height, width)
    )
    whole = OpenVinoPredictor(model).probabilities(images)
    for a, b in zip(cut, whole, strict=True):
        assert np.ptp(b) > 1e-3
        np.testing.assert_array_equal(a, b)


def test_a_small_image_is_not_cut(model: ModelEntry) -> None:
    assert strips_of(model, 96, 2000) == 1
