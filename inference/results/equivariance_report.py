"""What came of comparing a model's answers under the eight turns and reflections of a region."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class EquivarianceReport:
    """What came of the comparison.

    Attributes:
        region_l0: x, y, width, height.
        cells: cells compared; `tiles` of `tiles_in_region` tiles were.
        largest_difference: of a cell's probabilities over the eight elements; None if no cell has them all, as where
            nothing can be read or the model gives no number.
        by_element: the largest difference from the unmoved picture, per element in plain words.
        tolerance: the card's: up to here it is rounding.
    """

    model: str
    model_sha256: str
    device: str
    precision: str
    region_l0: tuple[float, float, float, float]
    cells: int
    tiles: int
    tiles_in_region: int
    largest_difference: float | None
    by_element: dict[str, float | None]
    tolerance: float

    @property
    def verified(self) -> bool:
        """Whether every difference is within the tolerance."""
        return self.largest_difference is not None and self.largest_difference <= self.tolerance

    @property
    def sentence(self) -> str:
        """The outcome on one line."""
        if self.largest_difference is None:
            return "equivariance not verified: no cell of the region has a value under all eight elements"
        word = "verified" if self.verified else "NOT verified"
        return (
            f"equivariance {word}: max |d| {self.largest_difference:.1e} "
            f"(tolerance {self.tolerance:.0e}, {self.device}, {self.precision})"
        )

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "verified": self.verified}
