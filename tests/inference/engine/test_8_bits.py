"""A model in 8 bits in the engine: labelled, exact under turns where the processor is, and said where it is not."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gcnn import quantise as quantising
from inference.engine.cancel import CancelToken
from inference.engine.catalog import find_model, shipped_models
from inference.engine.devices import make_predictor
from inference.engine.group_check import ELEMENTS
from inference.engine.messages import ScanDone, ScanRequest, ScanStarted
from inference.engine.predictor_cache import PredictorCache
from inference.engine.scan import scan
from inference.errors import EngineError
from tests.support.make_slide import textured, write_pyramid
from tests.support.models import write_model, write_model_in_8_bits

X86 = pytest.mark.skipif(
    platform.machine() not in {"x86_64", "AMD64"}, reason="sets the instructions of an x86 processor"
)
# The largest and the mean difference of a model's probabilities from its source's, on pictures like tissue.
APART = """
import sys
import numpy as np
from inference.engine.catalog import find_model
from inference.engine.devices import make_predictor
from tests.support.make_slide import textured
pictures = [textured(512, 512, seed=seed) for seed in range(2)]
pictures += [np.kron(textured(256, 256, seed=seed), np.ones((2, 2, 1), np.uint8)) for seed in range(2)]
rounded, exact = (np.stack(make_predictor(find_model(name), "cpu")[0].probabilities(pictures)) for name in sys.argv[1:])
apart = np.abs(rounded - exact)
print(float(apart.max()), float(apart.mean()), float(np.ptp(exact)))
"""
NOTICES = "import sys; from inference.engine.catalog import find_model; \
from inference.engine.devices import make_predictor; print(*make_predictor(find_model(sys.argv[1]), 'cpu')[1])"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    return write_model_in_8_bits(write_model(folder / "lively"), folder / "lively-int8")


def picture(side: int = 320) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (side, side, 3), dtype=np.uint8)


def test_turned_pictures_agree_to_the_bit_or_the_user_is_told(model: Path) -> None:
    predictor, notices = make_predictor(find_model(str(model)))
    straight = predictor.probabilities([picture()])[0]
    maps = [e.undone(predictor.probabilities([e.of_picture(picture())])[0]) for e in ELEMENTS]
    equal = all(each.tobytes() == straight.tobytes() for each in maps)
    assert equal or any("turned pictures differ" in notice for notice in notices)
    assert np.ptp(straight) > 1e-3


def test_the_neighbours_do_not_change_a_bit(model: Path) -> None:
    """A cell is the same in a small tile and in a large one."""
    predictor, notices = make_predictor(find_model(str(model)))
    if notices:
        pytest.skip(f"sums are not exact here: {notices[0]}")
    whole = predictor.probabilities([picture()])[0]
    part = predictor.probabilities([np.ascontiguousarray(picture()[64:224, 32:224])])[0]
    assert part.tobytes() == np.ascontiguousarray(whole[2:5, 1:5]).tobytes()


@X86
def test_a_processor_that_cuts_off_sums_is_found_out(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = quantising.quantize_static
    monkeypatch.setattr(
        quantising,
        "quantize_static",
        lambda *given, **named: real(*given, **{**named, "reduce_range": False}),
    )
    overflowing = write_model_in_8_bits(write_model(tmp_path / "lively"), tmp_path / "overflowing")
    for folder, is_told in ((overflowing, True), (model, False)):
        told = subprocess.run(
            [sys.executable, "-c", NOTICES, str(folder)],
            env={**os.environ, "ONEDNN_MAX_CPU_ISA": "AVX2"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert ("cuts off sums" in told) == is_told


def test_a_scan_is_labelled_with_its_precision(model: Path, tmp_path: Path) -> None:
    slide = write_pyramid(tmp_path / "s.tif", textured(1500, 1500, seed=2), mpp=0.243)
    events = list(scan(ScanRequest("r", str(slide), str(model)), PredictorCache("cpu"), CancelToken()))
    started = next(e for e in events if isinstance(e, ScanStarted))
    assert (started.device, started.precision) == ("CPU (OpenVINO)", "int8")
    assert started.model_sha256 == find_model(str(model)).card.sha256
    assert isinstance(events[-1], ScanDone)


def test_no_card_and_no_other_engine_computes_it(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = find_model(str(model))
    with pytest.raises(EngineError, match="8 bits runs on the CPU"):
        make_predictor(entry, "cuda")
    monkeypatch.setattr("inference.engine.devices.cuda_device_count", lambda: 1)
    predictor, notices = make_predictor(entry)
    assert predictor.device == "CPU (OpenVINO)"
    assert "The CUDA card is not used" in notices[0]
    monkeypatch.setattr("inference.engine.devices.find_spec", lambda _name: None)
    with pytest.raises(EngineError, match="needs OpenVINO"):
        make_predictor(entry)


@X86
@pytest.mark.parametrize("instructions", ["AVX2", "AVX512_CORE", "DEFAULT"])
@pytest.mark.parametrize("name", ["p4m-densenet", "p4m-densenet-m"])
def test_those_shipped_compute_what_their_sources_do_on_every_processor(name: str, instructions: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", APART, f"{name}-int8", name],
        env={**os.environ, "ONEDNN_MAX_CPU_ISA": instructions},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    largest, mean, spread = map(float, told.split())
    # The cards say 0.13 and 0.012 of PCam's patches; sums cut off on AVX2 made 0.50 and 0.13 of these pictures.
    assert largest < 0.15 and mean < 0.02 and spread > 0.5


def test_those_shipped_lose_no_more_than_three_thousandths_of_auc() -> None:
    cards = [entry.card for entry in shipped_models() if entry.card.precision == "int8"]
    assert [card.name for card in cards] == ["p4m-densenet-int8", "p4m-densenet-m-int8"]
    for card in cards:
        assert card.training["rounded_from"] == find_model(card.name.removesuffix("-int8")).card.sha256
        for split in ("valid", "test"):
            measured = card.metrics[split]
            assert measured["beside_float32"]["auc"] - measured["auc"] <= 0.003
