"""Finding a model folder and reading it back as a group network."""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import load_file

import resources
from gcnn.card import WEIGHTS_FILE, ModelCard, read_card
from gcnn.densenet import GroupDenseNet, network


def find_folder(model: str) -> Path:
    """The folder of a shipped model by name, or else the path itself."""
    shipped = Path(resources.__file__).parent / "models" / model
    return shipped if Path(model).name == model and shipped.is_dir() else Path(model)


def load_network(folder: Path) -> tuple[GroupDenseNet, ModelCard]:
    """The network of a model folder in evaluation mode on the CPU, after checking every hash (CardError)."""
    card = read_card(folder)
    net = network(card.network)
    net.load_state_dict(load_file(folder / WEIGHTS_FILE))
    return net.eval(), card
