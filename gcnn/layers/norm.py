"""Batch norm with one scale, shift, mean and variance per group map.

Moments are pooled over batch, group, height and width. A moment per orientation would let the network tell the
orientations apart as soon as one sample of a batch is turned, and equivariance would be lost.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor, distributed, nn
from torch.nn import functional as F

from gcnn.groups import PointGroup


class GroupBatchNorm2d(nn.BatchNorm2d):
    """Batch norm over (batch, maps * |H|, height, width), statistics shared by the |H| channels of a map.

    In training the batch is that of all processes together, so that a run does not depend on their number.
    eps 1.1e-5 and momentum 0.01 (torch's sense) are those of the authors' Keras layers.
    """

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, group: PointGroup, maps: int) -> None:
        super().__init__(maps, eps=1.1e-5, momentum=0.01)
        self.group = group

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return _normalised(x, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps)
        with torch.no_grad():
            mean, var, count = moments(x, self.group.order)
            self.running_mean.lerp_(mean.to(self.running_mean), self.momentum or 0.0)
            self.running_var.lerp_((var * count / (count - 1)).to(self.running_var), self.momentum or 0.0)
        mean, inverse_std = mean.to(self.weight), (var + self.eps).rsqrt().to(self.weight)
        return cast(Tensor, _Normalise.apply(x, self.weight, self.bias, mean, inverse_std, count))


def moments(x: Tensor, order: int) -> tuple[Tensor, Tensor, int]:
    """Mean and biased variance (maps,) float64 of (batch, maps * order, height, width), and how many values of a map.

    Over the batches of all processes. The values are summed plane by plane in float32, which vectorises (torch's own
    pass for CPUs takes three times as long), and the planes in float64, so that the difference of squares is good
    to some 1e-7 of the mean square.
    """
    batch, channels, height, width = x.shape
    if x.is_contiguous():  # as planes: a reduction over the last axis alone is the fast one on CPUs
        planes = x.reshape(batch, channels, -1)
        sums = planes.sum(2, dtype=_wide(x)).double().sum(0)
        squares = torch.linalg.vector_norm(planes, dim=2, dtype=_wide(x)).double().square().sum(0)
    else:
        sums = x.sum((0, 2, 3), dtype=_wide(x)).double()
        squares = torch.linalg.vector_norm(x, dim=(0, 2, 3), dtype=_wide(x)).double().square()
    count = batch * height * width * order * _processes()
    mean, square = _sum_over_processes(torch.stack((sums, squares)).reshape(2, -1, order).sum(2)) / count
    return mean, (square - mean.square()).clamp_min_(0), count


def _wide(x: Tensor) -> torch.dtype:
    """The type to sum up in: half precision would overflow."""
    return torch.promote_types(x.dtype, torch.float32)


def _processes() -> int:
    """How many processes share the run."""
    running = distributed.is_available() and distributed.is_initialized()
    return distributed.get_world_size() if running else 1


def _sum_over_processes(x: Tensor) -> Tensor:
    """The sum of `x` over the processes of the run."""
    if _processes() > 1:
        x = x.clone()
        distributed.all_reduce(x)
    return x


class _Normalise(torch.autograd.Function):
    """(x - mean) * inverse_std * weight + bias, the moments being functions of x.

    With g the gradient of the output and z the normalised input, the gradient of x is
    weight * inverse_std * (g - mean(g) - z * mean(g z)), means over all values of the map (Ioffe & Szegedy 2015).
    """

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, mean: Tensor, inverse_std: Tensor, count: int
    ) -> Tensor:
        ctx.save_for_backward(x, weight, mean, inverse_std)
        ctx.count = count
        scale = weight * inverse_std
        return _affine(x, scale, bias - mean * scale)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        (grad,) = grads
        x, weight, mean, inverse_std = ctx.saved_tensors
        kernel = torch.ops.aten.native_batch_norm_backward  # g_x, g_weight, g_bias
        if _processes() == 1 and x.is_contiguous():
            maps = [t.reshape(len(x), len(weight), -1, x.shape[3]) for t in (grad.contiguous(), x)]
            found = kernel(*maps, weight, None, None, mean, inverse_std, True, 0.0, [True, True, True])
            return found[0].reshape(x.shape), found[1], found[2], None, None, None
        order = x.shape[1] // len(weight)
        channels = [t.repeat_interleave(order) for t in (mean, inverse_std)]
        _, gz, g = kernel(grad, x, None, None, None, *channels, True, 0.0, [False, True, True])
        own = torch.stack((gz, g)).double().reshape(2, -1, order).sum(2)
        g_weight, g_bias = own.to(weight)
        mean_gz, mean_g = (_sum_over_processes(own) / ctx.count).to(weight)
        scale = weight * inverse_std
        slope = scale * mean_gz * inverse_std
        g_x = _affine(grad, scale, slope * mean - scale * mean_g)
        g_x -= _affine(x, slope, torch.zeros_like(slope))
        return g_x, g_weight, g_bias, None, None, None


def _affine(x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """scale * x + shift per map, by the one kernel that does it in one pass in any memory format."""
    return _normalised(x, torch.zeros_like(scale), torch.ones_like(scale), scale, shift, eps=0.0)


def _normalised(x: Tensor, mean: Tensor, var: Tensor, weight: Tensor, bias: Tensor, *, eps: float) -> Tensor:
    """(x - mean) / sqrt(var + eps) * weight + bias, each (maps,) and valid for the |H| channels of its map."""
    order = x.shape[1] // len(mean)
    mean, var, weight, bias = (t.repeat_interleave(order) for t in (mean, var, weight, bias))
    return F.batch_norm(x, mean, var, weight, bias, eps=eps)
