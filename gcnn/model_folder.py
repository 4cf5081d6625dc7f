"""Reading a model folder back as a group network."""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import load_file

from gcnn.card import WEIGHTS_FILE, ModelCard, read_card
from gcnn.densenet import GroupDenseNet, network


def load_network(folder: Path) -> tuple[GroupDenseNet, ModelCard]:
    """The network of a model folder in evaluation mode on the CPU, after checking every hash (CardError)."""
    card = read_card(folder)
    net = network(card.network)
    net.load_state_dict(load_file(folder / WEIGHTS_FILE))
    return net.eval(), card
