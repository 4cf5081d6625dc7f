"""Batch norm with one scale, shift, mean and variance per group map.

Moments are pooled over batch, group, height and width. A moment per orientation would let the network tell the
orientations apart as soon as one sample of a batch is turned, and equivariance would be lost.
"""

from __future__ import annotations

from torch import Tensor, nn

from gcnn.groups import PointGroup


class GroupBatchNorm2d(nn.BatchNorm2d):
    """Batch norm over (batch, maps * |H|, height, width), statistics shared by the |H| channels of a map.

    eps 1.1e-5 and momentum 0.01 (torch's sense) are those of the authors' Keras layers.
    """

    def __init__(self, group: PointGroup, maps: int) -> None:
        super().__init__(maps, eps=1.1e-5, momentum=0.01)
        self.group = group

    def forward(self, x: Tensor) -> Tensor:
        batch, channels, height, width = x.shape
        per_map = x.reshape(batch, channels // self.group.order, self.group.order * height, width)
        return super().forward(per_map).reshape(batch, channels, height, width)
