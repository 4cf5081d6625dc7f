"""Where the outputs of the network look: receptive field, stride, padding, tiling (derived, NETWORK.md 'Geometry')."""

from __future__ import annotations

STRIDE = 32
"""Five 2x2 pools."""
RECEPTIVE_FIELD = 96
"""The side that gives exactly one output: 96 -> 94 -> 46 -> 22 -> 10 -> 4 -> 1."""
MARGIN = (RECEPTIVE_FIELD - STRIDE) // 2
"""What a cell sees beyond its own square, on every side."""


def output_side(side: int) -> int:
    """Logits along one axis for an input of `side` pixels."""
    return max(0, (side - 2 * MARGIN) // STRIDE)


def field_of_cell(cell: int) -> tuple[int, int]:
    """The input pixels [start, stop) that output cell `cell` sees along one axis."""
    return STRIDE * cell, STRIDE * cell + RECEPTIVE_FIELD


def is_exactly_equivariant(height: int, width: int) -> bool:
    """Whether pooling falls on the same squares after every turn: both sides are multiples of the stride."""
    return height % STRIDE == 0 and width % STRIDE == 0
