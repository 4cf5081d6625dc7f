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

    def relu_of(self, name: str, x: str, layer: nn.BatchNorm2d | nn.Conv2d) -> str:
        """A layer and its ReLU, which runtimes make one pass of."""
        if isinstance(layer, nn.Conv2d):
            return self.add("Relu", f"{name}.relu", [self.conv(name, x, layer)])
        assert layer.running_mean is not None and layer.running_var is not None
        parts = (layer.weight, layer.bias, layer.running_mean, layer.running_var)
        names = ("weight", "bias", "mean", "variance")
        inputs = [x, *(self.constant(f"{name}.{n}", t) for n, t in zip(names, parts, strict=True))]
        normed = self.add("BatchNormalization", name, inputs, epsilon=layer.eps)
        return self.add("Relu", f"{name}.relu", [normed])

    def halve(self, name: str, x: str) -> str:
        return self.add("AveragePool", name, [x], kernel_shape=[2, 2], strides=[2, 2])


def onnx_model(net: PlainDenseNet) -> onnx.ModelProto:
    """The ONNX model of a folded network.

    Input `image` (batch, 3, height, width) float32 as the card's transform gives it, output `logits`
    (batch, 1, (height - 64) // 32, (width - 64) // 32).
    """
    graph = _Graph()
    for name, values in (("crop.starts", [1, 1]), ("crop.ends", [-1, -1]), ("crop.axes", [2, 3])):
        graph.constant(name, torch.tensor(values))
    x = ONNX_INPUT
    for number, stage in enumerate(net.stages(), 1):
        seen = graph.relu_of(f"block{number}.enter", x, stage.enter)
        new = graph.halve(f"new{number}.pool", graph.relu_of(f"block{number}.conv", seen, stage.conv))
        cropped = graph.add("Slice", f"old{number}.crop", [x, "crop.starts", "crop.ends", "crop.axes"])
        old = graph.halve(f"old{number}.pool", graph.relu_of(f"old{number}.keep", cropped, stage.keep))
        parts = [
            graph.conv(f"end{number}.old", old, stage.end_old),
            graph.conv(f"end{number}.new", new, stage.end_new),
        ]
        x = graph.add("Add", f"end{number}", parts)
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
