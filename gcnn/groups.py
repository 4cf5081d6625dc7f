"""Point groups of the square lattice: their elements, products and action on arrays.

An element is written (m, r) and acts on an array as rot90^r after flip^m (flip reverses the last axis). A group is a
set of such elements closed under composition; everything that depends on a group (filter expansion, group axis
permutation) is derived from its product table, so plain, p4 and p4m are data, not code. Torch-free.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Element = tuple[int, int]
"""(m, r): m in {0, 1} reflections, then r in {0, 1, 2, 3} quarter turns counter-clockwise."""


def act(element: Element, array: NDArray[np.generic]) -> NDArray[np.generic]:
    """Turns the last two axes of an array by an element: rot90^r after flip^m."""
    reflections, quarter_turns = element
    flipped = np.flip(array, axis=-1) if reflections else array
    return np.rot90(flipped, quarter_turns, axes=(-2, -1))


def _signature(elements: tuple[Element, ...]) -> bytes:
    """What a chain of elements, applied first to last, does to a square of four different corners."""
    corners: NDArray[np.generic] = np.arange(4).reshape(2, 2)
    for element in elements:
        corners = act(element, corners)
    return np.ascontiguousarray(corners).tobytes()


@dataclass(frozen=True)
class PointGroup:
    """A finite group of rotations and reflections of the square.

    Attributes:
        name: "plain", "p4" or "p4m".
        elements: the elements in the order of the group axis; the identity is first.
    """

    name: str
    elements: tuple[Element, ...]

    @property
    def order(self) -> int:
        """Number of elements, |H|."""
        return len(self.elements)

    @cached_property
    def product(self) -> NDArray[np.int64]:
        """(|H|, |H|) table: product[g, h] is the index of g h, the element that acts as g after h."""
        by_effect = {_signature((element,)): index for index, element in enumerate(self.elements)}
        return np.array([[by_effect[_signature((h, g))] for h in self.elements] for g in self.elements])

    @cached_property
    def inverse(self) -> NDArray[np.int64]:
        """(|H|,) table: inverse[g] is the index of g^-1."""
        rows, columns = np.nonzero(self.product == 0)
        return columns[np.argsort(rows)]


PLAIN = PointGroup("plain", ((0, 0),))
P4 = PointGroup("p4", tuple((0, r) for r in range(4)))
P4M = PointGroup("p4m", tuple((m, r) for m in range(2) for r in range(4)))
GROUPS = {group.name: group for group in (PLAIN, P4, P4M)}
