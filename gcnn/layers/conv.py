"""Group convolutions: one filter bank, seen under every element of a point group.

Lifting (Z2 -> G) correlates the image with T_h psi for every h; G -> G correlates feature maps with the
left-translated filter (L_h psi)(h', y) = psi(h^-1 h', h^-1 y) (Cohen & Welling 2016; Veeling et al. 2018, section 2).
Both are one gather of the weights followed by an ordinary convolution, in which the group index runs fastest along
the channel axis.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gcnn.groups import PointGroup, act


def expansion_index(group: PointGroup, kernel: int, *, lifting: bool) -> Tensor:
    """Where each entry of the turned filters comes from.

    Returns:
        (|H|, |H_in| * kernel * kernel) int64: row h indexes psi.flatten() so that the result is L_h psi.
        |H_in| is 1 for lifting. Found by turning `arange` itself, hence right for even kernels too.
    """
    order_in = 1 if lifting else group.order
    filters = np.arange(order_in * kernel * kernel).reshape(order_in, kernel, kernel)
    rows = []
    for h, element in enumerate(group.elements):
        source = [0] if lifting else group.product[group.inverse[h]]
        rows.append(act(element, filters[source]).reshape(-1))
    return torch.from_numpy(np.stack(rows).astype(np.int64))


class GroupConv2d(nn.Module):
    """A valid group convolution without bias (batch norm follows).

    Args:
        group: the point group H.
        in_maps: maps of the input: image channels if lifting, else group maps.
        out_maps: group maps of the output.
        kernel: side of the square filters in pixels.
        lifting: Z2 -> G instead of G -> G.

    Input (batch, in_maps * |H_in|, height, width), output (batch, out_maps * |H|, height - kernel + 1, ...).
    """

    index: Tensor

    def __init__(
        self, group: PointGroup, in_maps: int, out_maps: int, *, kernel: int, lifting: bool = False
    ) -> None:
        super().__init__()
        self.group, self.in_maps, self.out_maps, self.kernel = group, in_maps, out_maps, kernel
        self.order_in = 1 if lifting else group.order
        self.weight = nn.Parameter(torch.empty(out_maps, in_maps, self.order_in, kernel, kernel))
        self.register_buffer("index", expansion_index(group, kernel, lifting=lifting), persistent=False)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """He initialisation; the fan-in counts the group axis, since every output sums over it."""
        fan_in = self.in_maps * self.order_in * self.kernel**2
        nn.init.normal_(self.weight, std=math.sqrt(2 / fan_in))

    def expanded_weight(self) -> Tensor:
        """The filters under all elements, (out_maps * |H|, in_maps * |H_in|, kernel, kernel)."""
        order, taps = self.group.order, self.order_in * self.kernel**2
        turned = self.weight.reshape(-1, taps).index_select(1, self.index.reshape(-1))
        turned = turned.reshape(self.out_maps, self.in_maps, order, taps).transpose(1, 2)
        return turned.reshape(self.out_maps * order, self.in_maps * self.order_in, self.kernel, self.kernel)

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.expanded_weight())
