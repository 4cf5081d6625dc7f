"""From a group network to the same function in plain layers: what is exported and run fast.

Filters are expanded once, each batch norm parameter is repeated for the |H| channels of its map, and head and group
mean become one 1x1 conv. The rest spares passes over memory, all of it exact up to rounding: the old and the new maps
of a block are normed and pooled apart, so that they are never joined at full resolution, and 1x1 convs of both are
added; a batch norm whose maps have no other consumer goes into the conv that makes them; the lifting conv is cheap
enough to be computed twice, with each of its two batch norms folded in.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gcnn.densenet import GroupDenseNet, Head, Transition, crop
from gcnn.layers.conv import GroupConv2d
from gcnn.layers.norm import GroupBatchNorm2d
from gcnn.layers.pool import halve


class Stage(NamedTuple):
    """One block and what ends it.

    Attributes:
        enter: what the block's conv sees, before its ReLU: a batch norm, in the first block the lifting conv.
        conv: the block's 3x3 conv with the batch norm of its new maps.
        keep: what the end sees of the block's input, cropped, before its ReLU; of the same kind as `enter`.
        end_old, end_new: the end's 1x1 conv for kept and for new maps; their results are added.
    """

    enter: nn.BatchNorm2d | nn.Conv2d
    conv: nn.Conv2d
    keep: nn.BatchNorm2d | nn.Conv2d
    end_old: nn.Conv2d
    end_new: nn.Conv2d


class PlainDenseNet(nn.Module):
    """The folded network: input and output as `GroupDenseNet`, frozen, in evaluation mode."""

    def __init__(self, source: GroupDenseNet) -> None:
        super().__init__()
        self._stages = nn.ModuleList()
        lifting: nn.Conv2d | None = _plain_conv(source.lifting)
        for block, end in source.stages():
            before, after, whole = _plain_norm(block.norm), _plain_norm(end.norm), _plain_end(end)
            kept = before.num_features
            kept_after = _part_of_norm(after, 0, kept)
            conv = _norm_into(_plain_conv(block.conv), _part_of_norm(after, kept, after.num_features))
            stage = Stage(
                enter=before if lifting is None else _norm_into(lifting, before),
                conv=conv,
                keep=kept_after if lifting is None else _norm_into(lifting, kept_after),
                end_old=_conv_of(whole.weight[:, :kept]),
                end_new=_conv_of(whole.weight[:, kept:], whole.bias),
            )
            lifting = None
            self._stages.append(nn.ModuleList(stage))
        self.eval().requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        for stage in self.stages():
            new = halve(F.relu_(stage.conv(F.relu_(stage.enter(x)))))
            old = halve(F.relu_(stage.keep(crop(x, 1))))
            x = stage.end_old(old).add_(stage.end_new(new))
        return x

    def stages(self) -> Iterator[Stage]:
        """The five blocks."""
        for stage in self._stages:
            yield Stage(*cast(nn.ModuleList, stage))


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
    for name in _NORM_PARTS:
        getattr(plain, name).data.copy_(getattr(norm, name).detach().repeat_interleave(order))
    return plain


_NORM_PARTS = ("weight", "bias", "running_mean", "running_var")


def _part_of_norm(norm: nn.BatchNorm2d, first: int, end: int) -> nn.BatchNorm2d:
    """The batch norm of channels [first, end)."""
    part = nn.BatchNorm2d(end - first, eps=norm.eps, dtype=norm.weight.dtype)
    for name in _NORM_PARTS:
        getattr(part, name).data.copy_(getattr(norm, name)[first:end])
    return part


def _norm_into(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> nn.Conv2d:
    """A conv without bias and the batch norm after it as one conv."""
    assert norm.running_mean is not None and norm.running_var is not None
    scale = (norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach()
    shift = (norm.bias - norm.running_mean * scale).detach()
    return _conv_of(conv.weight.detach() * scale.view(-1, 1, 1, 1), shift)


def _plain_end(end: Transition | Head) -> nn.Conv2d:
    """The 1x1 conv of a transition; for the head, group mean and conv as one conv.

    The mean over the group becomes each weight divided by |H| and repeated |H| times.
    """
    if isinstance(end, Transition):
        return _plain_conv(end.conv)
    order = end.norm.group.order
    return _conv_of(end.conv.weight.detach().repeat_interleave(order, dim=1) / order, end.conv.bias)
