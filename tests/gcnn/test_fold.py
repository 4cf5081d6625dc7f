"""The folded network and its ONNX file are the same function as the group network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import openvino as ov
import pytest
import torch
from torch import nn

from gcnn.densenet import TABLE_1
from gcnn.fold import fold
from gcnn.onnx_export import export_onnx
from tests.support.networks import lively_network

PLAIN_LAYERS = (nn.Conv2d, nn.BatchNorm2d)


@pytest.mark.parametrize("name", TABLE_1)
def test_folding_changes_nothing(name: str) -> None:
    net = lively_network(name).double()
    x = torch.rand(2, 3, 128, 96, dtype=torch.float64)
    with torch.inference_mode():
        torch.testing.assert_close(fold(net)(x), net(x), rtol=0, atol=1e-12)


def test_nothing_but_plain_layers_is_left() -> None:
    leaves = [m for m in fold(lively_network("p4m-densenet")).modules() if not list(m.children())]
    assert {type(m) for m in leaves} == set(PLAIN_LAYERS)


def test_folding_leaves_the_source_alone() -> None:
    net = lively_network("p4-densenet")
    before = {k: v.clone() for k, v in net.state_dict().items()}
    fold(net)
    assert all(torch.equal(before[k], v) for k, v in net.state_dict().items())


@pytest.mark.parametrize("name", ["p4m-densenet-m", "p4-densenet", "densenet-plus"])
def test_onnx_gives_the_probabilities_of_torch_at_any_size(name: str, tmp_path: Path) -> None:
    net = lively_network(name)
    export_onnx(net, tmp_path / "model.onnx")
    settings = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = ov.Core().compile_model(tmp_path / "model.onnx", "CPU", settings)
    for shape in ((1, 3, 96, 96), (3, 3, 128, 224)):
        x = torch.randn(shape, generator=torch.Generator().manual_seed(1))
        with torch.inference_mode():
            expected = torch.sigmoid(net(x)).numpy()
        logits = compiled(x.numpy())[0]
        np.testing.assert_allclose(1 / (1 + np.exp(-logits)), expected, rtol=0, atol=1e-5)


def test_onnx_file_is_repeatable_and_names_its_free_sides(tmp_path: Path) -> None:
    for part in ("a", "b"):
        export_onnx(lively_network("p4m-densenet-m"), tmp_path / part)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    model = onnx.load(tmp_path / "a")
    sides = [d.dim_param or d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim]
    assert sides == ["batch", 3, "height", "width"]
