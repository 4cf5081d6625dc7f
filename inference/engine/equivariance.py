"""Proof on a slide's own pixels that a model does not care how the glass lay: the eight turns and reflections compared.

Each tile of a region is predicted under every element of p4m and turned back. What differs is rounding for a p4m
network, and the network's own error for one that is not equivariant.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inference.engine.catalog import find_model
from inference.engine.group_check import ELEMENTS
from inference.engine.predictor_cache import PredictorCache
from inference.engine.tile_reading import read_tile
from inference.errors import EquiscopeError
from inference.slides.frames import Mpp, RegionL0
from inference.slides.framing import frame_slide
from inference.slides.grid import Tile, TileGrid
from inference.slides.open_slide import open_slide

MOST_TILES = 32
"""Tiles of 512 px that are compared; of a larger region so many, evenly spread: some 70 Mpx of network input."""


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


def verify_equivariance(
    slide_path: Path,
    region_l0: RegionL0,
    *,
    model_name: str,
    mpp: float | None,
    models: PredictorCache,
    on_progress: Callable[[float], None] = lambda part: None,
) -> EquivarianceReport:
    """Compares the eight elements on a region of a slide.

    Args:
        on_progress: is told the part done, 0..1.

    Raises:
        SlideError, ModelError: as a scan does.
        EquiscopeError: the region does not meet the slide.
    """
    model = find_model(model_name)
    slide = open_slide(slide_path, mpp=Mpp.square(mpp) if mpp else None)
    try:
        framing = frame_slide(slide, model_mpp=model.card.mpp)
        grid, plane = framing.grid, framing.plane
        inside = [tile for tile in grid.tiles() if _meets(grid, tile, region_l0)]
        if not inside:
            raise EquiscopeError(
                "The region does not meet the slide",
                where=f"{region_l0.x:g}, {region_l0.y:g}, {region_l0.width:g}, {region_l0.height:g}",
                advice="Give X,Y,W,H in level-0 pixels",
            )
        tiles = [inside[i * len(inside) // MOST_TILES] for i in range(MOST_TILES)]
        tiles = inside if len(inside) <= MOST_TILES else tiles
        predictor, _ = models(model)
        cells, largest, by_element = 0, [], []
        for number, tile in enumerate(tiles, 1):
            item = read_tile(plane, grid, tile)
            # One at a time: a batch of another size must not be what differs.
            turned = [predictor.probabilities([e.of_picture(item.image)])[0] for e in ELEMENTS]
            back = [e.undone(values) for e, values in zip(ELEMENTS, turned, strict=True)]
            maps = np.stack(back)[:, : tile.rows, : tile.columns]
            known = maps[:, item.readable & np.isfinite(maps).all(axis=0)]
            cells += known.shape[1]
            if known.size:
                largest.append(float(np.ptp(known, axis=0).max()))
                by_element.append(np.abs(known - known[0]).max(axis=1))
            on_progress(number / len(tiles))
        worst = np.max(by_element, axis=0).tolist() if by_element else [None] * len(ELEMENTS)
        return EquivarianceReport(
            model=model.card.name,
            model_sha256=model.card.sha256,
            device=predictor.device,
            precision=predictor.precision,
            region_l0=(region_l0.x, region_l0.y, region_l0.width, region_l0.height),
            cells=cells,
            tiles=len(tiles),
            tiles_in_region=len(inside),
            largest_difference=max(largest, default=None),
            by_element={e.name: value for e, value in zip(ELEMENTS, worst, strict=True)},
            tolerance=model.card.equivariance_tolerance,
        )
    finally:
        slide.close()


def _meets(grid: TileGrid, tile: Tile, region_l0: RegionL0) -> bool:
    left, top = tile.column * grid.stride_x_l0, tile.row * grid.stride_y_l0
    right, bottom = left + tile.columns * grid.stride_x_l0, top + tile.rows * grid.stride_y_l0
    return (
        left < region_l0.x + region_l0.width
        and right > region_l0.x
        and top < region_l0.y + region_l0.height
        and bottom > region_l0.y
    )
