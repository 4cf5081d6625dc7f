"""Group pooling: the mean over the group axis makes an equivariant map an invariant one."""

from __future__ import annotations

from torch import Tensor, nn

from gcnn.groups import PointGroup


class GroupMeanPool(nn.Module):
    """(batch, maps * |H|, height, width) -> (batch, maps, height, width): mean over the |H| channels of a map."""

    def __init__(self, group: PointGroup) -> None:
        super().__init__()
        self.group = group

    def forward(self, x: Tensor) -> Tensor:
        batch, channels, height, width = x.shape
        return x.reshape(batch, channels // self.group.order, self.group.order, height, width).mean(2)
