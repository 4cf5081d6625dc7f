"""The folded network as an ONNX file with free batch, height and width.

The graph is written node by node from the plain layers. torch's own exporter gives the same function, but it puts
stack traces with file paths of the exporting machine into the file and takes a minute where this takes none.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from gcnn.densenet import GroupDenseNet
from gcnn.fold import PlainDenseNet, fold

ONNX_INPUT, ONNX_OUTPUT = "image", "logits"
_OPSET = 17  # old enough for every runtime in use, new enough for none of its operators to be deprecated


class _Graph:
    """Collects nodes and constants; every method returns the name of its result."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, tensor: Tensor) -> str:
        self.constants.append(numpy_helper.from_array(tensor.detach().cpu().numpy(), name))
        return name

    def add(self, operator: str, name: str, inputs: list[str], **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        return name

    def conv(self, name: str, x: str, layer: nn.Conv2d) -> str:
        inputs = [x, self.constant(f"{name}.weight", layer.weight)]
        if layer.bias is not None:
            inputs.append(self.constant(f"{name}.bias", layer.bias))
        return self.add("Conv", name, inputs, kernel_shape=list(layer.kernel_size))

    def norm_relu(self, name: str, x: str, layer: nn.BatchNorm2d) -> str:
        assert layer.running_mean is not None and layer.running_var is not None
        parts = (layer.weight, layer.bias, layer.running_mean, layer.running_var)
        names = ("weight", "bias", "mean", "variance")
        inputs = [x, *(self.constant(f"{name}.{n}", t) for n, t in zip(names, parts, strict=True))]
        normed = self.add("BatchNormalization", name, inputs, epsilon=layer.eps)
        return self.add("Relu", f"{name}.relu", [normed])


def onnx_model(net: PlainDenseNet) -> onnx.ModelProto:
    """The ONNX model of a folded network.

    Input `image` (batch, 3, height, width) float32 as the card's transform gives it, output `logits`
    (batch, 1, (height - 64) // 32, (width - 64) // 32).
    """
    graph = _Graph()
    for name, values in (("crop.starts", [1, 1]), ("crop.ends", [-1, -1]), ("crop.axes", [2, 3])):
        graph.constant(name, torch.tensor(values))
    x = graph.conv("lifting", ONNX_INPUT, net.lifting)
    for number, (block_norm, block_conv, end_norm, end_conv) in enumerate(net.stages(), 1):
        new = graph.conv(
            f"block{number}.conv", graph.norm_relu(f"block{number}.norm", x, block_norm), block_conv
        )
        old = graph.add("Slice", f"block{number}.crop", [x, "crop.starts", "crop.ends", "crop.axes"])
        x = graph.add("Concat", f"block{number}", [old, new], axis=1)
        x = graph.norm_relu(f"end{number}.norm", x, end_norm)
        x = graph.add("AveragePool", f"end{number}.pool", [x], kernel_shape=[2, 2], strides=[2, 2])
        x = graph.conv(f"end{number}.conv", x, end_conv)
    graph.nodes[-1].output[0] = ONNX_OUTPUT
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "equiscope",
            [helper.make_tensor_value_info(ONNX_INPUT, TensorProto.FLOAT, ["batch", 3, "height", "width"])],
            [helper.make_tensor_value_info(ONNX_OUTPUT, TensorProto.FLOAT, ["batch", 1, "rows", "columns"])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=8,  # the one that belongs to opset 17
        producer_name="equiscope",
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def export_onnx(net: GroupDenseNet, path: Path) -> None:
    """Folds a network and writes it as ONNX in float32."""
    path.write_bytes(onnx_model(fold(net).float().cpu()).SerializeToString())
