"""The same architecture in escnn and e2cnn, where they are installed: what others' libraries take for it.

Both need numpy below 2, which the project does not; without them, or with a numpy that they cannot use, they are left
out of the comparison.
"""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gcnn.densenet import NetworkPlan, crop

SPACES = {"escnn": "flipRot2dOnR2", "e2cnn": "FlipRot2dOnR2"}
"""Each library's name of the plane under p4m."""


def steerable_network(library: str, plan: NetworkPlan) -> nn.Module | None:
    """The network of a p4m plan in a library, frozen, with random weights; None where the library does not run."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            spaces, layers = (import_module(f"{library}.{part}") for part in ("gspaces", "nn"))
            net = _Network(getattr(spaces, SPACES[library])(N=4), layers, plan).eval()
            with torch.inference_mode():
                net(torch.zeros(1, 3, 96, 96))
    except (ImportError, AttributeError):
        return None
    return net


class _Network(nn.Module):
    """`GroupDenseNet` with a steerable library's layers; pools before the 1x1 convs, as ours does."""

    def __init__(self, space: Any, layers: Any, plan: NetworkPlan) -> None:
        super().__init__()

        def maps(count: int) -> Any:
            return layers.FieldType(space, count * [space.regular_repr])

        self._wrapped = layers.GeometricTensor
        self._order = plan.group.order
        self._colours = layers.FieldType(space, 3 * [space.trivial_repr])
        self.lifting = layers.R2Conv(self._colours, maps(plan.maps[0]), 3, bias=False)
        self.stages = nn.ModuleList()
        for before, after in zip(plan.maps, (*plan.maps[1:], None), strict=True):
            old, joined = maps(before), maps(before + plan.growth)
            parts = [
                layers.InnerBatchNorm(old),
                layers.ReLU(old, inplace=True),
                layers.R2Conv(old, maps(plan.growth), 3, bias=False),
                layers.InnerBatchNorm(joined),
                layers.ReLU(joined, inplace=True),
            ]
            if after is not None:
                parts.append(layers.R2Conv(joined, maps(after), 1, bias=False))
            self.stages.append(nn.ModuleList(parts))
        self.head = nn.Conv2d(plan.maps[-1] + plan.growth, 1, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        fields = self.lifting(self._wrapped(x, self._colours))
        for norm, relu, conv, norm_after, relu_after, *end in self.stages:
            new = conv(relu(norm(fields)))
            joined = torch.cat((crop(fields.tensor, 1), new.tensor), dim=1)
            seen = relu_after(norm_after(self._wrapped(joined, norm_after.in_type)))
            fields = self._wrapped(F.avg_pool2d(seen.tensor, 2), seen.type)
            for mix in end:
                fields = mix(fields)
        planes = fields.tensor
        return self.head(planes.view(len(planes), -1, self._order, *planes.shape[2:]).mean(dim=2))
