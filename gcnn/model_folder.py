"""Finding a model folder and reading it back as a network."""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import load_file
from torch import nn

import resources
from gcnn.card import ONNX_FILE, WEIGHTS_FILE, ModelCard, read_card
from gcnn.densenet import GroupDenseNet, network
from gcnn.errors import CardError


def find_folder(model: str) -> Path:
    """The folder of a shipped model by name, or else the path itself."""
    shipped = Path(resources.__file__).parent / "models" / model
    return shipped if Path(model).name == model and shipped.is_dir() else Path(model)


def read_float32_card(folder: Path) -> ModelCard:
    """The card of a model folder with weights, after checking every hash (CardError, for one in 8 bits too)."""
    card = read_card(folder)
    if card.precision != "float32":
        raise CardError(f"{folder} holds a model in 8 bits; name the float32 model that it was made of")
    return card


def load_network(folder: Path) -> tuple[GroupDenseNet, ModelCard]:
    """The network of a model folder in evaluation mode on the CPU, after checking every hash (CardError).

    Raises CardError for a model in 8 bits, too: it has no weights of the group network.
    """
    card = read_float32_card(folder)
    net = network(card.network)
    net.load_state_dict(load_file(folder / WEIGHTS_FILE))
    return net.eval(), card


def load_to_measure(folder: Path) -> tuple[nn.Module, ModelCard]:
    """What a model folder computes, in evaluation mode on the CPU, whatever its precision (CardError)."""
    card = read_card(folder)
    if card.precision == "float32":
        return load_network(folder)
    from gcnn.onnx_network import OnnxNetwork

    return OnnxNetwork(folder / ONNX_FILE).eval(), card
