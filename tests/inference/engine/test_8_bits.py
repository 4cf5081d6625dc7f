"""A model in 8 bits in the engine: labelled, exact under turns where the processor is, and said where it is not."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

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


@pytest.mark.skipif(
    platform.machine() not in {"x86_64", "AMD64"}, reason="sets the instructions of an x86 processor"
)
def test_a_processor_that_rounds_sums_on_the_way_is_found_out(model: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", NOTICES, str(model)],
        env={**os.environ, "ONEDNN_MAX_CPU_ISA": "AVX2"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "probabilities of turned pictures differ" in told


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


def test_those_shipped_lose_no_more_than_three_thousandths_of_auc() -> None:
    cards = [entry.card for entry in shipped_models() if entry.card.precision == "int8"]
    assert [card.name for card in cards] == ["p4m-densenet-int8", "p4m-densenet-m-int8"]
    for card in cards:
        assert card.training["rounded_from"] == find_model(card.name.removesuffix("-int8")).card.sha256
        for split in ("valid", "test"):
            measured = card.metrics[split]
            assert measured["beside_float32"]["auc"] - measured["auc"] <= 0.003
