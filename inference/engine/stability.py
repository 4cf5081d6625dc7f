"""Rotation stability of a region: its maps under evenly spaced turns, turned back, as a stream of events.

Every turn is read from real slide pixels, with enough around the region that no turned cell sees padding; only the
slide's own edge can prevent that, and the cells concerned are named. Turns come in nested order, 4, 8, 16, 32, with
the models taking turns, so that a coarse answer for all is there early. The eight elements of p4m follow the first
four turns.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.engine.ahead import made_ahead
from inference.engine.cancel import CancelToken
from inference.engine.catalog import ModelEntry, find_model
from inference.engine.group_check import ELEMENTS, Element
from inference.engine.messages import ScanStage
from inference.engine.predictor import Predictor, at_a_time
from inference.engine.scan import PredictorFor
from inference.engine.stability_messages import (
    StabilityCancelled,
    StabilityDone,
    StabilityEvent,
    StabilityGroup,
    StabilityProgress,
    StabilityRequest,
    StabilityStarted,
    StabilityTurn,
)
from inference.engine.turned_block import FIELD, OVERSAMPLING, Lattice, Picture, TurnedBlock
from inference.errors import EquiscopeError, ModelError
from inference.results.stability import (
    FIRST_TURNS,
    LEAST_TURNS,
    MOST_TURNS,
    RunningMoments,
    nested_order,
    turn_angle,
)
from inference.slides.frames import Mpp, RegionL0
from inference.slides.framing import frame_slide
from inference.slides.grid import Tile, TileGrid
from inference.slides.open_slide import open_slide

MOST_CELLS = 20_000
"""Of a region: 4.4 x 4.4 mm, some minutes a model on two cores. A whole slide is another request."""
PROGRESS_SECONDS = 0.1
"""At least so long between two reports: pictures may take less than a millisecond each."""
SMALL_PICTURE = 512
"""Side in px up to which more pictures are predicted at a time, of larger ones few, so that a wish to stop is heard."""


def stability(
    request: StabilityRequest,
    predictor_for: PredictorFor,
    cancel: CancelToken,
    now: Callable[[], float] = time.monotonic,
) -> Iterator[ScanStage | StabilityEvent]:
    """Carries out a request, event by event; ends with `StabilityDone` or `StabilityCancelled`.

    Args:
        now: the clock, in seconds; it stands still while this is made to wait.

    Raises:
        SlideError: the slide cannot be opened, or has no resolution and none was given.
        ModelError: a model is missing or damaged, or the models work at different resolutions.
        EquiscopeError: the region is off the slide or too large, or so many turns make no sense.
    """
    require_turns(request.turns)
    yield ScanStage(request.run_id, "Opening the slide")
    models = [find_model(name) for name in request.models]
    model_mpp = common_mpp(models)
    slide = open_slide(Path(request.slide), mpp=Mpp.square(request.mpp) if request.mpp else None)
    try:
        framing = frame_slide(slide, model_mpp=model_mpp)
        mpp, grid, plane = framing.mpp, framing.grid, framing.plane
        block = block_of(grid, RegionL0(*request.region_l0))
        yield ScanStage(request.run_id, "Reading the region")
        turned = TurnedBlock(plane, plane.size_plane, block, plane.finer(OVERSAMPLING))
        yield ScanStage(request.run_id, "Loading the models" if len(models) > 1 else "Loading the model")
        loaded = [predictor_for(model) for model in models]
        predictors = [predictor for predictor, _ in loaded]
        notices = (*slide.info.notices, *plane.notices, *dict.fromkeys(n for _, each in loaded for n in each))
        yield StabilityStarted(
            run_id=request.run_id,
            fingerprint=slide.info.fingerprint,
            models=tuple(_described(model, by) for model, by in zip(models, predictors, strict=True)),
            row=block.row,
            column=block.column,
            rows=block.rows,
            columns=block.columns,
            stride_x_l0=grid.stride_x_l0,
            stride_y_l0=grid.stride_y_l0,
            mpp_x=mpp.x,
            mpp_y=mpp.y,
            mpp_source=slide.info.mpp_source,
            turns=request.turns,
            exact=request.exact,
            beyond=turned.beyond.astype(np.float32),
            unreadable=turned.unreadable.astype(np.float32),
            notices=notices,
        )
        yield from _Work(request, turned, predictors, cancel, now).run()
    finally:
        slide.close()


def require_turns(turns: int) -> None:
    """Raises EquiscopeError for a number of turns that makes no sense."""
    if not LEAST_TURNS <= turns <= MOST_TURNS:
        raise EquiscopeError(
            "So many angles make no sense", where=str(turns), advice=f"Give {LEAST_TURNS} to {MOST_TURNS}"
        )


def common_mpp(models: Sequence[ModelEntry]) -> float:
    """The resolution that the models share. Raises ModelError for none or several."""
    resolutions = {model.card.mpp for model in models}
    if len(resolutions) != 1:
        raise ModelError(
            "Models are compared at one resolution" if models else "No model was given",
            where=", ".join(f"{model.card.name}: {model.card.mpp} um/px" for model in models),
            advice="Choose models of the same resolution",
        )
    return resolutions.pop()


def block_of(grid: TileGrid, region_l0: RegionL0) -> Tile:
    """The cells of a grid that a rectangle touches.

    Raises EquiscopeError for one off the slide, or with too many cells.
    """
    if not all(
        math.isfinite(value) for value in (region_l0.x, region_l0.y, region_l0.width, region_l0.height)
    ):
        raise EquiscopeError("The region is no rectangle", where=str(region_l0))
    left = max(0, math.floor(region_l0.x / grid.stride_x_l0))
    top = max(0, math.floor(region_l0.y / grid.stride_y_l0))
    right = min(grid.columns, math.ceil((region_l0.x + region_l0.width) / grid.stride_x_l0))
    bottom = min(grid.rows, math.ceil((region_l0.y + region_l0.height) / grid.stride_y_l0))
    if right <= left or bottom <= top or region_l0.width <= 0 or region_l0.height <= 0:
        raise EquiscopeError(
            "The region lies off the slide",
            where=f"{region_l0.x:.0f},{region_l0.y:.0f},{region_l0.width:.0f},{region_l0.height:.0f}",
            advice="Give X,Y,W,H in level-0 pixels",
        )
    rows, columns = bottom - top, right - left
    if rows * columns > MOST_CELLS:
        raise EquiscopeError(
            f"The region is too large for its rotation stability: {rows * columns} cells of at most {MOST_CELLS}",
            where=f"{region_l0.width:.0f} x {region_l0.height:.0f} px",
            advice="Zoom in or choose a smaller rectangle",
        )
    return Tile(top, left, rows, columns)


def _described(model: ModelEntry, predictor: Predictor) -> tuple[str, str, str, str, float, str, str]:
    """A model as the values of a `StabilityModel`."""
    card = model.card
    return (
        card.name, card.title, card.group, card.sha256, card.equivariance_tolerance,
        predictor.device, predictor.precision,
    )  # fmt: skip


@dataclass(eq=False)
class _Map:
    """One map under way: its pictures, what the network answered so far, and the event it becomes."""

    model: int
    count: int
    pictures: Iterator[Callable[[], Picture]]
    answers: NDArray[np.float32]
    told: Callable[[NDArray[np.float32]], StabilityEvent | None]
    pixels: int


class _Work:
    """One request with everything opened."""

    def __init__(
        self,
        request: StabilityRequest,
        block: TurnedBlock,
        predictors: Sequence[Predictor],
        cancel: CancelToken,
        now: Callable[[], float],
    ) -> None:
        self._request = request
        self._now = now
        self._block = block
        self._predictors = predictors
        self._cancel = cancel
        self._upright: list[NDArray[np.float32]] = [np.zeros(0, np.float32) for _ in predictors]
        self._seconds = [0.0 for _ in predictors]
        self._angles = [turn_angle(turn, request.turns) for turn in range(request.turns)]

    def run(self) -> Iterator[StabilityEvent]:
        maps = self._maps()
        total, done, begun, last = sum(each.pixels for each in maps), 0, self._now(), -math.inf
        for each, answers, pixels in self._predicted(maps):
            done += pixels
            now = self._now()
            if now - last >= PROGRESS_SECONDS:
                last = now
                yield StabilityProgress(
                    self._request.run_id, done / total, (total - done) * (now - begun) / done
                )
            if answers is not None and (event := each.told(answers)) is not None:
                yield event
        if self._cancel.cancelled:
            yield StabilityCancelled(self._request.run_id)
            return
        yield StabilityDone(
            self._request.run_id,
            tuple(self._seconds),
            np.stack([self._interpolation(upright) for upright in self._upright]),
            float(np.mean([self._block.pixel_error(angle) for angle in self._angles[1:]])),
        )

    def _maps(self) -> list[_Map]:
        """All maps in the order of work."""
        order = nested_order(self._request.turns)
        models = range(len(self._predictors))
        maps: list[_Map] = []
        start, stop = 0, min(FIRST_TURNS, len(order))
        while start < len(order):
            for model in models:
                maps.extend(self._turn(model, turn) for turn in order[start:stop])
            if start == 0:
                for model in models:
                    maps.extend(self._group(model))
            start, stop = stop, min(2 * stop, len(order))
        return maps

    def _turn(self, model: int, turn: int) -> _Map:
        """The map of one model under one turn."""
        angle = self._angles[turn]
        lattice = self._block.lattice(angle)

        def told(answers: NDArray[np.float32]) -> StabilityEvent:
            values = answers if self._request.exact else lattice.turned_back(answers)
            values[self._block.unreadable] = np.nan
            if turn == 0:
                self._upright[model] = values
            return StabilityTurn(self._request.run_id, model, turn, values)

        block = self._block.block
        if self._request.exact:
            cells = [(row, column) for row in range(block.rows) for column in range(block.columns)]
            return _Map(
                model=model,
                count=len(cells),
                pictures=(partial(self._block.field, *cell, angle) for cell in cells),
                answers=np.zeros((block.rows, block.columns), np.float32),
                told=told,
                pixels=len(cells) * FIELD**2,
            )
        return _Map(
            model=model,
            count=len(lattice.tiles),
            pictures=(partial(self._block.picture, lattice, *place) for place in lattice.tiles),
            answers=np.zeros((lattice.rows, lattice.columns), np.float32),
            told=told,
            pixels=len(lattice.tiles) * self._block.picture_side**2,
        )

    def _group(self, model: int) -> list[_Map]:
        """The maps of one model under the elements of p4m; the last one tells of all."""
        known: list[NDArray[np.float32]] = []
        return [self._group_map(model, element, known) for element in ELEMENTS]

    def _group_map(self, model: int, element: Element, known: list[NDArray[np.float32]]) -> _Map:
        block, tile = self._block.block, self._block.tile_cells
        rows, columns = (block.columns, block.rows) if element.quarters % 2 else (block.rows, block.columns)
        down, across = -(-rows // tile), -(-columns // tile)

        def told(answers: NDArray[np.float32]) -> StabilityEvent | None:
            values = element.undone(answers[:rows, :columns])
            values[self._block.unreadable] = np.nan
            known.append(values)
            if len(known) < len(ELEMENTS):
                return None
            return StabilityGroup(self._request.run_id, model, np.stack(known))

        return _Map(
            model=model,
            count=down * across,
            pictures=(lambda picture=picture: picture for picture in self._block.moved(element)),  # type: ignore[misc]
            answers=np.zeros((down * tile, across * tile), np.float32),
            told=told,
            pixels=down * across * self._block.picture_side**2,
        )

    def _predicted(self, maps: Sequence[_Map]) -> Iterator[tuple[_Map, NDArray[np.float32] | None, int]]:
        """Each map with its answers once they are complete, None before; and the pixels predicted for it.

        Batches go across maps, as a small region has a single picture a turn, but never across models.
        """
        left = {id(each): each.count for each in maps}
        batch: list[tuple[_Map, Picture]] = []
        size = 2 * max(at_a_time(predictor) for predictor in self._predictors)
        makers = (partial(_of_map, each, maker) for each in maps for maker in each.pictures)
        with closing(made_ahead(makers, size=2 * size)) as made:
            for each, picture in made:
                if batch and (
                    batch[0][0].model != each.model or batch[0][1].image.shape != picture.image.shape
                ):
                    yield from self._batch(batch, left)
                    batch = []
                batch.append((each, picture))
                times = 2 if picture.image.shape[0] <= SMALL_PICTURE else 1
                if len(batch) >= times * at_a_time(self._predictors[each.model]):
                    yield from self._batch(batch, left)
                    batch = []
                if self._cancel.cancelled:
                    return
            if batch:
                yield from self._batch(batch, left)

    def _batch(
        self, batch: Sequence[tuple[_Map, Picture]], left: dict[int, int]
    ) -> Iterator[tuple[_Map, NDArray[np.float32] | None, int]]:
        model = batch[0][0].model
        begun = time.monotonic()
        results = self._predictors[model].probabilities([picture.image for _, picture in batch])
        self._seconds[model] += time.monotonic() - begun
        for (each, picture), result in zip(batch, results, strict=True):
            rows, columns = result.shape
            each.answers[picture.row : picture.row + rows, picture.column : picture.column + columns] = result
            left[id(each)] -= 1
            complete = each.answers if left[id(each)] == 0 else None
            yield each, complete, picture.image.shape[0] * picture.image.shape[1]

    def _interpolation(self, upright: NDArray[np.float32]) -> NDArray[np.float32]:
        """Standard deviation over the turns of a map turned forth and back, as the network's answers are."""
        moments = RunningMoments(*upright.shape)
        for angle in self._angles:
            if self._request.exact or angle == 0:
                moments.add(upright)
            else:
                lattice: Lattice = self._block.lattice(angle)
                moments.add(lattice.turned_back(lattice.turned_forth(upright)))
        return moments.std


def _of_map(each: _Map, maker: Callable[[], Picture]) -> tuple[_Map, Picture]:
    """A picture with the map that it is of."""
    return each, maker()
