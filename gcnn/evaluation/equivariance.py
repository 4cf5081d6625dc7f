"""Checking that a network commutes with its group."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from gcnn.groups import PointGroup
from gcnn.transform import turn_planes


def equivariance_errors(
    network: Callable[[Tensor], Tensor], x: Tensor, group: PointGroup
) -> tuple[float, ...]:
    """Largest |Phi(T_g x) - T_g Phi(x)| for every element g, Phi returning invariant maps (logits).

    Args:
        network: maps (batch, 3, height, width) to (batch, 1, rows, columns).
        x: the input; equivariance is exact only for square-lattice-aligned sides (multiples of 32).
        group: the elements to try, not necessarily the network's own.
    """
    with torch.no_grad():
        reference = network(x)
        return tuple(
            float((network(turn_planes(x, group, g)) - turn_planes(reference, group, g)).abs().max())
            for g in range(group.order)
        )


def assert_equivariant(
    network: Callable[[Tensor], Tensor], x: Tensor, group: PointGroup, *, tolerance: float
) -> None:
    """Raises AssertionError naming the element with the largest error if any exceeds the tolerance."""
    errors = equivariance_errors(network, x, group)
    worst = max(range(group.order), key=errors.__getitem__)
    if not errors[worst] <= tolerance:  # NaN fails too
        raise AssertionError(
            f"not equivariant under {group.name}: element {group.elements[worst]} differs by "
            f"{errors[worst]:.2e}, tolerance {tolerance:.0e}"
        )
