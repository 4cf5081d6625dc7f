"""From a group network to the same function in plain layers: what is exported and run fast.

Filters are expanded once, each batch norm parameter is repeated for the |H| channels of its map, and head and group
mean become one 1x1 conv. What is left is Conv2d, BatchNorm2d, ReLU, AvgPool2d and concatenation. A batch norm stands
before its ReLU and feeds two consumers through the concatenation, so it stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gcnn.densenet import GroupDenseNet, Head, Transition, crop
from gcnn.layers.conv import GroupConv2d
from gcnn.layers.norm import GroupBatchNorm2d
from gcnn.layers.pool import halve

Stage = tuple[nn.BatchNorm2d, nn.Conv2d, nn.BatchNorm2d, nn.Conv2d]


class PlainDenseNet(nn.Module):
    """The folded network: input and output as `GroupDenseNet`, frozen, in evaluation mode."""

    def __init__(self, source: GroupDenseNet) -> None:
        super().__init__()
        self.lifting = _plain_conv(source.lifting)
        self._stages = nn.ModuleList(
            nn.ModuleList(
                (_plain_norm(block.norm), _plain_conv(block.conv), _plain_norm(end.norm), _plain_end(end))
            )
            for block, end in source.stages()
        )
        self.eval().requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        x = self.lifting(x)
        for block_norm, block_conv, end_norm, end_conv in self.stages():
            x = torch.cat((crop(x, 1), block_conv(F.relu_(block_norm(x)))), dim=1)
            x = end_conv(halve(F.relu_(end_norm(x))))
        return x

    def stages(self) -> Iterator[Stage]:
        """The five blocks as (norm, 3x3 conv, norm, 1x1 conv)."""
        for stage in self._stages:
            yield cast(Stage, tuple(cast(nn.ModuleList, stage)))


def fold(source: GroupDenseNet) -> PlainDenseNet:
    """The plain network of a group network; the source is not changed."""
    return PlainDenseNet(source)


def _conv_of(weight: Tensor, bias: Tensor | None = None) -> nn.Conv2d:
    maps_out, maps_in, *kernel = weight.shape
    conv = nn.Conv2d(maps_in, maps_out, (kernel[0], kernel[1]), bias=bias is not None, dtype=weight.dtype)
    conv.weight.data.copy_(weight)
    if conv.bias is not None and bias is not None:
        conv.bias.data.copy_(bias)
    return conv


def _plain_conv(conv: GroupConv2d) -> nn.Conv2d:
    return _conv_of(conv.expanded_weight().detach())


def _plain_norm(norm: GroupBatchNorm2d) -> nn.BatchNorm2d:
    """The |H| channels of a map are neighbours, so each parameter is repeated in place."""
    order = norm.group.order
    plain = nn.BatchNorm2d(norm.num_features * order, eps=norm.eps, dtype=norm.weight.dtype)
    for name in ("weight", "bias", "running_mean", "running_var"):
        getattr(plain, name).data.copy_(getattr(norm, name).detach().repeat_interleave(order))
    return plain


def _plain_end(end: Transition | Head) -> nn.Conv2d:
    """The 1x1 conv of a transition; for the head, group mean and conv as one conv.

    The mean over the group becomes each weight divided by |H| and repeated |H| times.
    """
    if isinstance(end, Transition):
        return _plain_conv(end.conv)
    order = end.norm.group.order
    return _conv_of(end.conv.weight.detach().repeat_interleave(order, dim=1) / order, end.conv.bias)
