"""The eight elements of p4m at work on a picture: turned by each, predicted, turned back; all equal for a p4m network.

A turn by 90 degrees and a reflection move pixels without interpolating, so whatever differs is the network's own doing:
rounding for p4m (1e-6 in float32), and an error for a network that is not equivariant.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.slides.slide import RgbImage


@dataclass(frozen=True, slots=True)
class Element:
    """Reflection left to right first where `mirrored`, then `quarters` quarter turns counterclockwise."""

    mirrored: bool
    quarters: int

    def of_picture(self, picture: RgbImage) -> RgbImage:
        """The picture (height, width, 3) moved by this element."""
        first = picture[:, ::-1] if self.mirrored else picture
        return np.ascontiguousarray(np.rot90(first, self.quarters))

    def undone(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """A map (rows, columns) of the moved picture, brought back to where the picture was."""
        back = np.rot90(values, -self.quarters)
        return np.ascontiguousarray(back[:, ::-1] if self.mirrored else back)

    @property
    def name(self) -> str:
        """In plain words."""
        turn = f"{90 * self.quarters}°"
        return f"mirrored, {turn}" if self.mirrored else turn


ELEMENTS = tuple(Element(mirrored, quarters) for mirrored in (False, True) for quarters in range(4))
"""p4m, the identity first."""


def largest_difference(maps: NDArray[np.float32]) -> float:
    """The largest difference of a cell's values over the elements, maps (8, rows, columns); NaN if none has all."""
    known = maps[:, ~np.isnan(maps).any(axis=0)]
    return float(np.ptp(known, axis=0).max()) if known.size else float("nan")
