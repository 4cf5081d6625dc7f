"""A model in 8 bits: as good as its source or not written, named by its own hash, and not taken for a group network."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from gcnn import quantise as quantising
from gcnn.card import ONNX_FILE, read_card
from gcnn.data.loading import to_input
from gcnn.errors import CardError, QuantisationError
from gcnn.model_folder import load_network, load_to_measure
from gcnn.quantise import quantise
from tests.support.models import write_model
from tests.support.patches import write_pcam


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pcam(tmp_path_factory.mktemp("pcam"))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("models") / "lively")


@pytest.fixture(scope="module")
def rounded(data: Path, source: Path) -> Path:
    quantise(source, data=data, out=source.with_name("lively-int8"), rotation_patches=2)
    return source.with_name("lively-int8")


def test_its_card_says_what_it_is_and_was(source: Path, rounded: Path) -> None:
    card, was = read_card(rounded), read_card(source)
    assert (card.name, card.title, card.precision) == ("lively-int8", f"{was.title}, 8 bit", "int8")
    assert card.sha256 == card.files[ONNX_FILE] != was.sha256
    assert list(card.files) == [ONNX_FILE]
    assert (card.training["rounded_from"], card.training["calibration_patches"]) == (was.sha256, 48)
    beside = card.metrics["valid"]["beside_float32"]
    assert beside["auc"] - card.metrics["valid"]["auc"] <= quantising.MOST_AUC_LOST
    assert 0 < beside["mean_difference"] <= beside["largest_difference"] < 0.2
    assert "8 bits" in card.limits and "lively" in card.limits


def test_it_computes_nearly_what_its_source_does(source: Path, rounded: Path) -> None:
    base = np.linspace(110, 190, 9)[:, None, None, None]
    colours = base + np.random.default_rng(3).normal(0, 25, (9, 96, 160, 3))
    x = to_input(np.clip(colours, 0, 255).astype(np.uint8), read_card(source).transform)
    with torch.inference_mode():
        exact, near = (load_to_measure(folder)[0](x).sigmoid() for folder in (source, rounded))
    assert near.shape == exact.shape == (9, 1, 1, 3)
    assert 0 < (exact - near).abs().max() < (exact.max() - exact.min()) / 5


def test_it_is_a_fraction_of_the_size(source: Path, rounded: Path) -> None:
    assert (rounded / ONNX_FILE).stat().st_size < 0.5 * (source / ONNX_FILE).stat().st_size


def test_it_has_no_group_network_to_go_on_from(rounded: Path, data: Path, tmp_path: Path) -> None:
    with pytest.raises(CardError, match="8 bits; name the float32 model"):
        load_network(rounded)
    with pytest.raises(CardError, match="8 bits"):
        quantise(rounded, data=data, out=tmp_path / "twice")
    with pytest.raises(CardError, match="another folder"):
        quantise(rounded, data=data, out=rounded)


def test_a_float32_model_is_not_written_over(source: Path, data: Path, tmp_path: Path) -> None:
    other = write_model(tmp_path / "other")
    before = {path.name: path.read_bytes() for path in other.iterdir()}
    with pytest.raises(CardError, match="holds a float32 model"):
        quantise(source, data=data, out=other)
    assert {path.name: path.read_bytes() for path in other.iterdir()} == before


def test_one_that_loses_too_much_leaves_the_folder_as_it_was(
    source: Path, rounded: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(rounded, tmp_path / "before")
    monkeypatch.setattr(quantising, "MOST_AUC_LOST", -1.0)
    for name in ("before", "new"):
        with pytest.raises(QuantisationError, match="of AUC on validation"):
            quantise(source, data=data, out=tmp_path / name, rotation_patches=0)
    assert read_card(tmp_path / "before") == read_card(rounded)
    assert [path.name for path in tmp_path.iterdir()] == ["before"]
