"""Writing a network as a model folder."""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import save_file

from gcnn.card import ONNX_FILE, WEIGHTS_FILE, ModelCard, write_card
from gcnn.densenet import GroupDenseNet
from gcnn.onnx_export import export_onnx


def write_folder(folder: Path, net: GroupDenseNet, card: ModelCard) -> ModelCard:
    """Writes a network as a model folder: weights, the folded network as ONNX, the card; returns the hashed card."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / WEIGHTS_FILE
    save_file({name: tensor.contiguous() for name, tensor in net.state_dict().items()}, weights)
    weights.chmod(0o644)  # safetensors writes for the owner alone; an installed model is read by everyone
    export_onnx(net, folder / ONNX_FILE)
    return write_card(folder, card)
