"""Both predictors keep one contract, and agree with each other and with the group network."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from gcnn.groups import P4M, act
from gcnn.model_folder import load_network
from inference.engine.catalog import ModelEntry, find_model
from inference.engine.cuda_predictor import CudaPredictor
from inference.engine.devices import make_predictor
from inference.engine.onnx_runtime_predictor import OnnxRuntimePredictor
from inference.engine.openvino_predictor import OpenVinoPredictor
from inference.engine.predictor import Predictor, sigmoid
from inference.engine.torch_predictor import TorchPredictor
from inference.errors import EngineError
from tests.support.models import write_broken_model, write_model
from tests.support.no_card import NoCard

MAKERS: dict[str, Callable[[Path], Predictor]] = {
    "openvino": lambda folder: OpenVinoPredictor(find_model(str(folder))),
    "onnxruntime": lambda folder: OnnxRuntimePredictor(find_model(str(folder))),
    "torch": lambda folder: TorchPredictor(find_model(str(folder))),
    "cuda, without a card": lambda folder: CudaPredictor(find_model(str(folder)), NoCard()),
}
makers = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("models") / "lively")


def images(count: int, height: int = 128, width: int = 160) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return list(rng.integers(0, 256, (count, height, width, 3), dtype=np.uint8))


def out_of_memory(logits: np.ndarray) -> np.ndarray:
    raise MemoryError


@makers
def test_probabilities_are_those_of_the_group_network(make: Callable[[Path], Predictor], model: Path) -> None:
    net, card = load_network(model)
    x = torch.from_numpy(np.stack(images(3))).permute(0, 3, 1, 2).float() * card.transform.scale
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (card.transform.mean, card.transform.std))
    with torch.inference_mode():
        expected = torch.sigmoid(net((x - mean) / std))[:, 0].numpy()
    result = make(model).probabilities(images(3))
    assert [r.dtype for r in result] == [np.float32] * 3
    np.testing.assert_allclose(np.stack(result), expected, rtol=0, atol=1e-5)
    assert np.ptp(expected) > 1e-3  # the comparison means something


@makers
def test_equivariant_on_the_device_within_the_cards_tolerance(
    make: Callable[[Path], Predictor], model: Path
) -> None:
    predictor, image = make(model), images(1, 160, 160)[0]
    straight = predictor.probabilities([image])[0]
    for element in P4M.elements:
        planes = np.ascontiguousarray(np.moveaxis(act(element, np.moveaxis(image, 2, 0)), 0, 2))
        turned = predictor.probabilities([planes])[0]
        np.testing.assert_allclose(turned, act(element, straight), rtol=0, atol=1e-5)


def test_openvino_does_not_look_at_the_neighbours_in_a_batch(model: Path) -> None:
    predictor, batch = MAKERS["openvino"](model), images(5)
    together = predictor.probabilities(batch)
    alone = [predictor.probabilities([image])[0] for image in reversed(batch)][::-1]
    for a, b in zip(together, alone, strict=True):
        assert a.tobytes() == b.tobytes()


def test_openvino_goes_on_after_memory_ran_out_in_the_middle_of_a_batch(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scan computes fewer tiles then: the requests that were running must be there for them."""
    predictor, batch = MAKERS["openvino"](model), images(5)
    expected = predictor.probabilities(batch)
    with monkeypatch.context() as patched:
        patched.setattr("inference.engine.openvino_predictor.sigmoid", out_of_memory)
        for _ in range(8):
            with pytest.raises(MemoryError):
                predictor.probabilities(batch)
    for a, b in zip(predictor.probabilities(batch), expected, strict=True):
        assert a.tobytes() == b.tobytes()


def test_openvino_is_called_for_the_cores_that_it_may_use_and_one_more(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a container with two of a machine's 64 cores."""
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: {5, 9}, raising=False)
    assert OpenVinoPredictor(find_model(str(model))).calls == 3
    assert OpenVinoPredictor(find_model(str(model)), threads=1).calls == 2


@makers
def test_a_broken_model_gives_nan_and_never_a_probability(
    make: Callable[[Path], Predictor], tmp_path: Path
) -> None:
    result = make(write_broken_model(tmp_path / "broken")).probabilities(images(1))[0]
    assert np.isnan(result).all()


@pytest.mark.parametrize(
    ("installed", "device"),
    [
        ({"openvino", "onnxruntime"}, "CPU (OpenVINO)"),
        ({"onnxruntime"}, "CPU (ONNX Runtime)"),
        (set(), "CPU (torch)"),
    ],
)
def test_the_cpu_takes_the_fastest_engine_that_is_installed(
    model: Path, monkeypatch: pytest.MonkeyPatch, installed: set[str], device: str
) -> None:
    monkeypatch.setattr("inference.engine.devices.find_spec", lambda name: name in installed or None)
    predictor, notices = make_predictor(find_model(str(model)), "cpu")
    assert (predictor.device, notices) == (device, ())


@pytest.mark.parametrize("predictor", [OpenVinoPredictor, OnnxRuntimePredictor])
def test_a_damaged_file_is_one_clear_sentence(
    predictor: Callable[[ModelEntry], Predictor], tmp_path: Path
) -> None:
    folder = write_model(tmp_path / "damaged")
    entry = find_model(str(folder))
    (folder / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(EngineError, match="cannot read the model"):
        predictor(entry)


def test_sigmoid_has_no_overflow_and_trusts_no_infinity() -> None:
    with np.errstate(all="raise", under="ignore"):
        out = sigmoid(np.array([-1e4, -1, 0, 1, 1e4, np.nan, np.inf, -np.inf], np.float32))
    np.testing.assert_allclose(out[:5], [0, 0.26894143, 0.5, 0.7310586, 1], rtol=1e-6)
    assert np.isnan(out[5:]).all()
