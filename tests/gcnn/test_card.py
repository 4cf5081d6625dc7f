"""Model folders: what is written is read back, and what was changed is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from gcnn.card import CARD_FILE, ONNX_FILE, WEIGHTS_FILE, ModelCard, read_card, write_card
from gcnn.errors import CardError
from gcnn.model_folder import load_network
from gcnn.onnx_export import export_onnx
from tests.support.networks import lively_network


@pytest.fixture
def model_folder(tmp_path: Path) -> Path:
    net = lively_network("p4m-densenet-m")
    save_file(net.state_dict(), tmp_path / WEIGHTS_FILE)
    export_onnx(net, tmp_path / ONNX_FILE)
    card = ModelCard(name="tiny", title="P4M-DenseNet M", network="p4m-densenet-m", group="p4m")
    write_card(tmp_path, card)
    return tmp_path


def test_a_network_comes_back_as_it_was(model_folder: Path) -> None:
    net, card = load_network(model_folder)
    x = torch.rand(1, 3, 96, 96)
    torch.testing.assert_close(net(x), lively_network("p4m-densenet-m")(x), rtol=0, atol=0)
    assert card.sha256 == read_card(model_folder).files[WEIGHTS_FILE]


@pytest.mark.parametrize("name", [WEIGHTS_FILE, ONNX_FILE])
def test_a_changed_byte_is_refused(model_folder: Path, name: str) -> None:
    file = model_folder / name
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(CardError, match=f"{name} does not have the sha256"):
        read_card(model_folder)


@pytest.mark.parametrize("name", [WEIGHTS_FILE, ONNX_FILE, CARD_FILE])
def test_a_missing_file_is_named(model_folder: Path, name: str) -> None:
    (model_folder / name).unlink()
    with pytest.raises(CardError, match=name):
        read_card(model_folder)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"name": 3}', "\xff"])
def test_what_is_no_card_is_refused(model_folder: Path, text: str) -> None:
    (model_folder / CARD_FILE).write_bytes(text.encode("latin-1"))
    with pytest.raises(CardError, match=CARD_FILE):
        read_card(model_folder)


@pytest.mark.parametrize(
    ("field", "value", "says"), [("format_version", 2, "format 2"), ("stride", 16, "geometry")]
)
def test_a_card_this_program_would_misread_is_refused(
    model_folder: Path, field: str, value: int, says: str
) -> None:
    changed = read_card(model_folder).model_copy(update={field: value})
    (model_folder / CARD_FILE).write_text(changed.model_dump_json())
    with pytest.raises(CardError, match=says):
        read_card(model_folder)


def test_a_card_cannot_point_outside_its_folder(model_folder: Path) -> None:
    card = read_card(model_folder)
    outside = card.model_copy(update={"files": {**card.files, "../secret": "0" * 64}})
    (model_folder / CARD_FILE).write_text(outside.model_dump_json())
    with pytest.raises(CardError, match="secret"):
        read_card(model_folder)
