"""What a made slide is asked to be, and what is true of it."""

from __future__ import annotations

from dataclasses import dataclass

from shapely.geometry import Polygon

DRAWING_VERSION = "1"
"""Raised whenever the same seed would give another picture, so a file says which drawing it holds."""

SMALLEST_SIDE_L0 = 1024
"""Below this there is no room for a node, its capsule and a nest of tumour at 0.243 um/px."""


@dataclass(frozen=True)
class DemoSpec:
    """Seed, level-0 size in pixels and resolution in um/px of a made slide.

    Raises ValueError where a side is below `SMALLEST_SIDE_L0` or the resolution lies outside 0.15 to 0.5 um/px:
    nuclei are drawn pixel by pixel and would be specks or balloons.
    """

    seed: int = 7
    # 8.0 x 5.5 mm, what a whole node section takes at the 40x of Camelyon16's scanners.
    width: int = 32768
    height: int = 22528
    # The resolution of Camelyon16, so that factor 4 is PCam's 0.972 um/px exactly.
    mpp: float = 0.243

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn."""
        if min(self.width, self.height) < SMALLEST_SIDE_L0:
            raise ValueError(
                f"a made slide is at least {SMALLEST_SIDE_L0} px on each side, not {self.width} x {self.height}"
            )
        if not 0.15 <= self.mpp <= 0.5:
            raise ValueError(f"a made slide has 0.15 to 0.5 um/px, not {self.mpp}")
        if self.seed < 0:
            raise ValueError(f"the seed is 0 or more, not {self.seed}")

    def px(self, length_um: float) -> float:
        """A length in micrometres as level-0 pixels."""
        return length_um / self.mpp


DEFAULT_SPEC = DemoSpec()
"""The slide of `make demo`."""


@dataclass(frozen=True)
class DemoTruth:
    """The drawn tumour: disjoint valid polygons in level-0 pixels, largest first, and the slide they belong to."""

    tumour_l0: tuple[Polygon, ...]
    spec: DemoSpec
