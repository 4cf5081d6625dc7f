"""Model folders made for tests: a real network with made weights, or a real ONNX file with a chosen function."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import save_file

from gcnn.card import ONNX_FILE, WEIGHTS_FILE, InputTransform, ModelCard, write_card
from gcnn.densenet import TABLE_1, GroupDenseNet
from gcnn.onnx_export import export_onnx
from tests.support.networks import lively_network


def write_model(folder: Path, net: GroupDenseNet | None = None) -> Path:
    """A model folder with a lively P4M-DenseNet M, or the network given."""
    folder.mkdir(parents=True, exist_ok=True)
    net = net or lively_network("p4m-densenet-m")
    save_file({name: tensor.contiguous() for name, tensor in net.state_dict().items()}, folder / WEIGHTS_FILE)
    export_onnx(net, folder / ONNX_FILE)
    plan = net.plan
    write_card(
        folder,
        ModelCard(
            name=folder.name,
            title=plan.title,
            network=next(name for name, each in TABLE_1.items() if each == plan),
            group=plan.group.name,
            transform=InputTransform(mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25)),
        ),
    )
    return folder


def write_broken_model(folder: Path) -> Path:
    """A model whose logits are NaN everywhere."""
    net = lively_network("p4m-densenet-m")
    with torch.no_grad():
        assert net.head.conv.bias is not None
        net.head.conv.bias.fill_(torch.nan)
    return write_model(folder, net)
