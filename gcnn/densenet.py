"""One densely connected network over any point group; Table 1 of the paper is six sets of its arguments.

3x3 lifting conv -> 5 x [BN-ReLU-3x3 conv, concatenated to the cropped input -> BN-ReLU-(1x1 conv, 2x2 average pool)];
in the fifth block group pooling and a 1x1 conv to one logit take the place of the 1x1 conv. All convs are valid, so
96 px in give one logit, and a larger input gives a map of logits with stride 32 (Veeling et al. 2018, section 3).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gcnn.groups import P4, P4M, PLAIN, PointGroup
from gcnn.layers.conv import GroupConv2d
from gcnn.layers.norm import GroupBatchNorm2d
from gcnn.layers.pool import GroupMeanPool, halve


@dataclass(frozen=True)
class NetworkPlan:
    """The arguments of one network.

    Attributes:
        title: the row of Table 1.
        group: the point group.
        maps: group maps after the lifting conv and after transitions 1 to 4.
        growth: group maps added by each block.
        augment_turns: trained with rotations and reflections (the "+" of the paper).
    """

    title: str
    group: PointGroup
    maps: tuple[int, ...]
    growth: int
    augment_turns: bool = False


TABLE_1 = {
    # The plain plan's maps times 1/sqrt(|H|) (equal weights) or 1/8 (equal compute), rounded.
    "p4m-densenet": NetworkPlan("P4M-DenseNet", P4M, (11, 20, 28, 37, 45), growth=8),
    "p4m-densenet-m": NetworkPlan("P4M-DenseNet M", P4M, (4, 7, 10, 13, 16), growth=3),
    "p4-densenet": NetworkPlan("P4-DenseNet", P4, (16, 28, 40, 52, 64), growth=12),
    "densenet-plus": NetworkPlan("DenseNet+", PLAIN, (32, 56, 80, 104, 128), growth=24, augment_turns=True),
    "densenet-plus-m": NetworkPlan(
        "DenseNet+ M", PLAIN, (88, 152, 216, 280, 344), growth=64, augment_turns=True
    ),
    "densenet": NetworkPlan("DenseNet", PLAIN, (32, 56, 80, 104, 128), growth=24),
}


def crop(x: Tensor, margin: int) -> Tensor:
    """Cuts `margin` pixels off every side, as a valid convolution does."""
    return x[..., margin:-margin, margin:-margin]


class DenseBlock(nn.Module):
    """BN-ReLU-3x3 conv whose output is concatenated to the input, cropped by the conv's margin of 1 px."""

    def __init__(self, group: PointGroup, maps: int, growth: int) -> None:
        super().__init__()
        self.norm = GroupBatchNorm2d(group, maps)
        self.conv = GroupConv2d(group, maps, growth, kernel=3)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat((crop(x, 1), self.conv(F.relu_(self.norm(x)))), dim=1)


class Transition(nn.Module):
    """BN-ReLU-1x1 conv and 2x2 average pool.

    The pool comes first: it commutes with a 1x1 conv and spares three quarters of the conv's work.
    """

    def __init__(self, group: PointGroup, in_maps: int, out_maps: int) -> None:
        super().__init__()
        self.norm = GroupBatchNorm2d(group, in_maps)
        self.conv = GroupConv2d(group, in_maps, out_maps, kernel=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(halve(F.relu_(self.norm(x))))


class Head(nn.Module):
    """BN-ReLU, 2x2 average pool, mean over the group, 1x1 conv to one logit."""

    def __init__(self, group: PointGroup, maps: int) -> None:
        super().__init__()
        self.norm = GroupBatchNorm2d(group, maps)
        self.group_pool = GroupMeanPool(group)
        self.conv = nn.Conv2d(maps, 1, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(self.group_pool(halve(F.relu_(self.norm(x)))))


class GroupDenseNet(nn.Module):
    """The network of a plan.

    Input (batch, 3, height, width) of colours as the card's transform gives them, sides >= 96; output logits
    (batch, 1, (height - 64) // 32, (width - 64) // 32): output cell j sees pixels [32 j, 32 j + 96).
    Exactly equivariant if and only if both sides are multiples of 32.
    """

    def __init__(self, plan: NetworkPlan) -> None:
        super().__init__()
        self.plan = plan
        group, maps, growth = plan.group, plan.maps, plan.growth
        self.lifting = GroupConv2d(group, 3, maps[0], kernel=3, lifting=True)
        self.blocks = nn.ModuleList(DenseBlock(group, m, growth) for m in maps)
        self.transitions = nn.ModuleList(
            Transition(group, before + growth, after) for before, after in pairwise(maps)
        )
        self.head = Head(group, maps[-1] + growth)

    def forward(self, x: Tensor) -> Tensor:
        x = self.lifting(x)
        for block, end in self.stages():
            x = end(block(x))
        return x

    def stages(self) -> Iterator[tuple[DenseBlock, Transition | Head]]:
        """The five blocks, each with what ends it: a transition, at last the head."""
        for block, end in zip(self.blocks, (*self.transitions, self.head), strict=True):
            yield cast(DenseBlock, block), cast("Transition | Head", end)


def network(name: str) -> GroupDenseNet:
    """The network of a row of Table 1 by name, freshly initialised; KeyError with the known names otherwise."""
    if name not in TABLE_1:
        raise KeyError(f"no network {name!r}; known are {', '.join(TABLE_1)}")
    return GroupDenseNet(TABLE_1[name])


def count_weights(module: nn.Module) -> int:
    """Weights as the paper counts them: parameters and the running statistics of batch norm."""
    statistics = (b for n, b in module.named_buffers() if n.endswith(("running_mean", "running_var")))
    return sum(t.numel() for t in (*module.parameters(), *statistics))
