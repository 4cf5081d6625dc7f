"""Widening: a network that starts as a narrower one of the same group, computing the same function.

The narrow network's weights become the first maps of the wide one's layers; what these maps see of the new maps is
weighted by zero, so that the logits are unchanged, while the new maps themselves start freshly drawn and learn as soon
as their zeros do (after Chen et al. 2016, "Net2Net", whose wider layers repeat maps instead).
"""

from __future__ import annotations

from itertools import chain

import torch
from torch import Tensor, nn

from gcnn.densenet import GroupDenseNet, Head
from gcnn.layers.norm import GroupBatchNorm2d


def can_widen(narrow: GroupDenseNet, wide: GroupDenseNet) -> bool:
    """Whether `wide` has the same group and at least as many maps everywhere."""
    a, b = narrow.plan, wide.plan
    fits = all(x <= y for x, y in zip((*a.maps, a.growth), (*b.maps, b.growth), strict=True))
    return a.group is b.group and fits


@torch.no_grad()
def widen(narrow: GroupDenseNet, wide: GroupDenseNet) -> None:
    """Makes the freshly drawn `wide` compute what `narrow` computes; see `can_widen`."""
    kept = list(range(narrow.plan.maps[0]))
    _place(wide.lifting.weight, narrow.lifting.weight, kept, list(range(3)))
    for (block, end), (small_block, small_end) in zip(wide.stages(), narrow.stages(), strict=True):
        grown = list(range(small_block.conv.out_maps))
        _place_norm(block.norm, small_block.norm, kept)
        _place(block.conv.weight, small_block.conv.weight, grown, kept)
        # The grown maps stand behind all maps of the input, which are more in the wide network.
        kept = list(chain(kept, (block.conv.in_maps + g for g in grown)))
        _place_norm(end.norm, small_end.norm, kept)
        out = list(range(len(small_end.conv.weight)))
        _place(end.conv.weight, small_end.conv.weight, out, kept)
        if isinstance(end, Head) and isinstance(small_end, Head):
            _copy_bias(end.conv, small_end.conv)
        kept = out


def _place(wide: Tensor, narrow: Tensor, out_maps: list[int], in_maps: list[int]) -> None:
    """Writes `narrow` (out, in, ...) to the named rows and columns of `wide`; the rows' other columns become zero."""
    rows = torch.zeros_like(wide[out_maps])
    rows[:, in_maps] = narrow
    wide[out_maps] = rows


def _place_norm(wide: GroupBatchNorm2d, narrow: GroupBatchNorm2d, maps: list[int]) -> None:
    for name in ("weight", "bias", "running_mean", "running_var"):
        getattr(wide, name)[maps] = getattr(narrow, name)


def _copy_bias(wide: nn.Conv2d, narrow: nn.Conv2d) -> None:
    if wide.bias is not None and narrow.bias is not None:
        wide.bias.copy_(narrow.bias)
