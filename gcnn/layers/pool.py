"""Pooling: over the group, which makes an equivariant map an invariant one, and over 2x2 pixels."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gcnn.groups import PointGroup


class GroupMeanPool(nn.Module):
    """(batch, maps * |H|, height, width) -> (batch, maps, height, width): mean over the |H| channels of a map."""

    def __init__(self, group: PointGroup) -> None:
        super().__init__()
        self.group = group

    def forward(self, x: Tensor) -> Tensor:
        batch, channels, height, width = x.shape
        return x.reshape(batch, channels // self.group.order, self.group.order, height, width).mean(2)


def halve(x: Tensor) -> Tensor:
    """2x2 average pool of (batch, channels, height, width); an odd last row or column is dropped, as torch does."""
    return cast(Tensor, _Halve.apply(x)) if x.device.type == "cpu" else F.avg_pool2d(x, 2)


class _Halve(torch.autograd.Function):
    """Rows are added first: whole rows vectorise, and half the data is left for the strided columns."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.shape = x.shape
        height, width = x.shape[-2] // 2 * 2, x.shape[-1] // 2 * 2
        rows = x[..., 0:height:2, :width] + x[..., 1:height:2, :width]
        return (rows[..., 0::2] + rows[..., 1::2]).mul_(0.25)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        quarter = grads[0] * 0.25
        height, width = quarter.shape[-2] * 2, quarter.shape[-1] * 2
        out = quarter.new_empty(ctx.shape)
        out[..., 0:height:2, 0:width:2] = quarter
        out[..., 0:height:2, 1:width:2] = quarter
        out[..., 1:height:2, :width] = out[..., 0:height:2, :width]
        out[..., height:, :] = 0
        out[..., width:] = 0
        return out
