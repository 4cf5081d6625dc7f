"""Proof on a slide's own pixels that a model does not care how the glass lay: the eight turns and reflections compared.

Each tile of a region is predicted under every element of p4m and turned back. What differs is rounding for a p4m
network, and the network's own error for one that is not equivariant.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np

from inference.engine.cancel import CancelToken
from inference.engine.catalog import find_model
from inference.engine.equivariance_messages import (
    EquivarianceCancelled,
    EquivarianceDone,
    EquivarianceEvent,
    EquivarianceProgress,
    EquivarianceRequest,
)
from inference.engine.group_check import ELEMENTS
from inference.engine.scan import PredictorFor
from inference.engine.tile_reading import read_tile
from inference.errors import EquiscopeError
from inference.results.equivariance_report import EquivarianceReport
from inference.slides.frames import Mpp, RegionL0
from inference.slides.framing import frame_slide
from inference.slides.grid import Tile, TileGrid
from inference.slides.open_slide import open_slide

MOST_TILES = 32
"""Tiles of 512 px that are compared; of a larger region so many, evenly spread: some 70 Mpx of network input."""


def verify_equivariance(
    slide_path: Path,
    region_l0: RegionL0,
    *,
    model_name: str,
    mpp: float | None,
    models: PredictorFor,
    on_progress: Callable[[float], None] = lambda part: None,
) -> EquivarianceReport:
    """Compares the eight elements on a region of a slide; raises as `compared` does.

    Args:
        on_progress: is told the part done, 0..1.
    """
    steps = compared(slide_path, region_l0, model_name=model_name, mpp=mpp, models=models)
    while True:
        try:
            on_progress(next(steps))
        except StopIteration as end:
            report: EquivarianceReport = end.value
            return report


def check_view(
    request: EquivarianceRequest, models: PredictorFor, cancel: CancelToken
) -> Iterator[EquivarianceEvent]:
    """Carries out a request of the window; ends with `EquivarianceDone` or `EquivarianceCancelled`."""
    steps = compared(
        Path(request.slide), RegionL0(*request.region_l0), model_name=request.model, mpp=request.mpp, models=models
    )  # fmt: skip
    while not cancel.cancelled:
        try:
            yield EquivarianceProgress(request.run_id, next(steps))
        except StopIteration as end:
            yield EquivarianceDone(request.run_id, asdict(end.value))
            return
    steps.close()
    yield EquivarianceCancelled(request.run_id)


def compared(
    slide_path: Path, region_l0: RegionL0, *, model_name: str, mpp: float | None, models: PredictorFor
) -> Generator[float, None, EquivarianceReport]:
    """Compares tile by tile, telling the part done, 0..1, after each element of the group.

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
        for number, tile in enumerate(tiles):
            item = read_tile(plane, grid, tile)
            # One at a time: a batch of another size must not be what differs.
            turned = []
            for e in ELEMENTS:
                turned += predictor.probabilities([e.of_picture(item.image)])
                yield (number + len(turned) / len(ELEMENTS)) / len(tiles)
            back = [e.undone(values) for e, values in zip(ELEMENTS, turned, strict=True)]
            maps = np.stack(back)[:, : tile.rows, : tile.columns]
            known = maps[:, item.readable & np.isfinite(maps).all(axis=0)]
            cells += known.shape[1]
            if known.size:
                largest.append(float(np.ptp(known, axis=0).max()))
                by_element.append(np.abs(known - known[0]).max(axis=1))
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
