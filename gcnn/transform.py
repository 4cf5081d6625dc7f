"""The action of a point group on tensors: on images and on feature maps."""

from __future__ import annotations

import torch
from torch import Tensor

from gcnn.groups import PointGroup


def turn_planes(x: Tensor, group: PointGroup, g: int) -> Tensor:
    """[T_g x](y) = x(g^-1 y): turns the last two axes by element number g of a group."""
    reflections, quarter_turns = group.elements[g]
    flipped = torch.flip(x, dims=(-1,)) if reflections else x
    return torch.rot90(flipped, quarter_turns, dims=(-2, -1))


def turn_features(f: Tensor, group: PointGroup, g: int) -> Tensor:
    """[L_g f](h, x) = f(g^-1 h, g^-1 x): turns space and permutes the group axis.

    Args:
        f: (batch, maps * |H|, height, width), group index fastest.
        group: the group H of the feature map.
        g: number of the element.
    """
    batch, channels, height, width = f.shape
    by_element = f.reshape(batch, channels // group.order, group.order, height, width)
    source = torch.as_tensor(group.product[group.inverse[g]], device=f.device)
    turned = turn_planes(by_element.index_select(2, source), group, g)
    return turned.reshape(batch, channels, *turned.shape[-2:])
