"""Model folders made for tests: a real network with made weights, or a real ONNX file with a chosen function."""

from __future__ import annotations

from pathlib import Path

import torch

from gcnn.card import ONNX_FILE, InputTransform, ModelCard, read_card, write_card
from gcnn.densenet import TABLE_1, GroupDenseNet
from gcnn.quantise import write_onnx_in_8_bits
from gcnn.write_model import write_folder
from tests.support.networks import lively_network


def write_model(folder: Path, net: GroupDenseNet | None = None) -> Path:
    """A model folder with a lively P4M-DenseNet M, or the network given."""
    net = net or lively_network("p4m-densenet-m")
    plan = net.plan
    card = ModelCard(
        name=folder.name,
        title=plan.title,
        network=next(name for name, each in TABLE_1.items() if each == plan),
        group=plan.group.name,
        transform=InputTransform(mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25)),
    )
    write_folder(folder, net, card)
    return folder


def write_broken_model(folder: Path) -> Path:
    """A model whose logits are NaN everywhere."""
    net = lively_network("p4m-densenet-m")
    with torch.no_grad():
        assert net.head.conv.bias is not None
        net.head.conv.bias.fill_(torch.nan)
    return write_model(folder, net)


def write_model_in_8_bits(source: Path, folder: Path) -> Path:
    """The model of a folder in 8 bits, its scales set by noise."""
    folder.mkdir()
    noise = torch.randn(20, 3, 96, 96, generator=torch.Generator().manual_seed(0))
    write_onnx_in_8_bits(source / ONNX_FILE, folder / ONNX_FILE, iter(noise.split(5)))
    write_card(folder, read_card(source).model_copy(update={"name": folder.name, "precision": "int8"}))
    return folder
