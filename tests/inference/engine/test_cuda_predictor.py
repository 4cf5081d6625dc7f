"""What the CUDA predictor does around a card, shown on the CPU; the values themselves: see `test_predictors`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from gcnn.card import ModelCard
from inference.engine.catalog import ModelEntry, find_model
from inference.engine.cuda_predictor import MOST_SHAPES, CudaPredictor, half_if_within, probe_images
from inference.engine.torch_predictor import ColourNet
from tests.support.models import write_model
from tests.support.no_card import NoCard


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelEntry:
    return find_model(str(write_model(tmp_path_factory.mktemp("models") / "lively")))


def images(count: int, side: int = 96) -> list[np.ndarray]:
    return list(np.random.default_rng(count).integers(0, 256, (count, side, side, 3), dtype=np.uint8))


def with_tolerance(model: ModelEntry, tolerance: float) -> ModelEntry:
    card: ModelCard = model.card.model_copy(update={"equivariance_tolerance": tolerance})
    return ModelEntry(model.folder, card)


def test_batches_are_filled_up_so_that_few_shapes_occur(model: ModelEntry) -> None:
    card = NoCard()
    predictor = CudaPredictor(model, card)
    for count in (1, 3, 4, 5, 7, 8, 16, 20):
        assert len(predictor.probabilities(images(count))) == count
    assert {shape[0] for shape in card.shapes} == {1, 4, 8, 16}
    assert card.replays > 0


def test_what_fills_a_batch_up_leaves_no_trace(model: ModelEntry) -> None:
    predictor, full = CudaPredictor(model, NoCard()), images(4)
    expected = predictor.probabilities(full)
    predictor.probabilities(images(4)[::-1])
    for got, want in zip(predictor.probabilities(full[:3]), expected, strict=False):
        assert got.tobytes() == want.tobytes()


def test_where_nothing_can_be_recorded_the_values_are_the_same(model: ModelEntry) -> None:
    card = NoCard(can_record=False)
    plain, recorded = CudaPredictor(model, card), CudaPredictor(model, NoCard())
    for a, b in zip(plain.probabilities(images(3)), recorded.probabilities(images(3)), strict=True):
        assert a.tobytes() == b.tobytes()
    assert card.replays == 0


def test_two_threads_have_a_lane_each_and_the_same_values(model: ModelEntry) -> None:
    card = NoCard()
    predictor = CudaPredictor(model, card)
    batches = [images(n, side) for n in (2, 4, 1) for side in (96, 128)] * 3
    alone = [predictor.probabilities(batch) for batch in batches]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(predictor.probabilities, batches))
    assert card.lanes == predictor.calls == 2
    for a, b in zip(alone, together, strict=True):
        assert [v.tobytes() for v in a] == [v.tobytes() for v in b]


def test_buffers_of_many_shapes_are_not_all_kept(model: ModelEntry) -> None:
    card = NoCard()
    predictor = CudaPredictor(model, card)
    sides = [96 + 32 * index for index in range(MOST_SHAPES + 1)]
    for side in [*sides, *sides]:
        predictor.probabilities(images(1, side))
        predictor.probabilities(images(1, side))
    made = len(card.shapes) // 2
    assert made == 4 * len(sides)  # in each of two lanes, and anew in the second round


def test_out_of_memory_is_a_memory_error_and_fewer_images_fit(model: ModelEntry) -> None:
    predictor = CudaPredictor(model, NoCard(most_images=2))
    for _ in range(3):
        with pytest.raises(MemoryError):
            predictor.probabilities(images(4))
    assert len(predictor.probabilities(images(2))) == 2


@pytest.mark.parametrize(("tolerance", "precision"), [(1e-9, "float32"), (1e-2, "float16")])
def test_half_precision_is_used_and_told_where_the_models_tolerance_allows_it(
    model: ModelEntry, tolerance: float, precision: str
) -> None:
    predictor = CudaPredictor(with_tolerance(model, tolerance), NoCard())
    assert predictor.precision == precision
    exact = CudaPredictor(with_tolerance(model, 0), NoCard()).probabilities(images(2))
    found = predictor.probabilities(images(2))
    difference = max(float(np.abs(a - b).max()) for a, b in zip(found, exact, strict=True))
    assert difference <= tolerance
    assert (difference > 0) == (precision == "float16")


def test_half_precision_that_overflows_is_not_used(model: ModelEntry) -> None:
    net = ColourNet(model)
    with torch.no_grad():
        for parameter in net.net.parameters():
            parameter.mul_(1e4)
    assert half_if_within(net, torch.device("cpu"), tolerance=1.0) is None


def test_the_images_half_precision_is_tried_on_have_the_colours_of_the_training(model: ModelEntry) -> None:
    net = ColourNet(model)
    colours = probe_images(net).float() * net.scale
    assert torch.equal(probe_images(net), probe_images(net))
    np.testing.assert_allclose(colours.mean((0, 1, 2)), net.mean.flatten(), atol=0.05)
    assert (colours.std((0, 1, 2)) > 0.5 * net.std.flatten()).all()
