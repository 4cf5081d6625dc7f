"""A scan: from a slide and a model to a stream of events that carries the heatmap.

Open, find tissue, lay the grid, read tiles ahead in threads, predict, keep every finished tile in the case file. On the
CPU the result of a tile depends on nothing but its pixels and the model, so order, interruption and resumption leave no
trace; on CUDA batches of different size agree to rounding.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from inference.engine.ahead import READERS, computed_ahead, read_ahead
from inference.engine.cancel import CancelToken
from inference.engine.catalog import ModelEntry, find_model
from inference.engine.focus import Focus
from inference.engine.messages import (
    ScanCancelled,
    ScanDone,
    ScanEvent,
    ScanNotice,
    ScanProgress,
    ScanRequest,
    ScanStage,
    ScanStarted,
    Scores,
)
from inference.engine.predictor import Predictor
from inference.engine.room import Room
from inference.engine.tile_reading import TileInput, half_tiles
from inference.errors import NoTissueError
from inference.results.case_file import CaseFile
from inference.results.case_records import RunState
from inference.slides.frames import Mpp
from inference.slides.framing import frame_slide
from inference.slides.grid import Tile, TileGrid
from inference.slides.open_slide import open_building
from inference.slides.plane import ModelPlane
from inference.slides.slide import RgbImage, Slide
from inference.slides.tissue import TissueMask, find_tissue

PredictorFor = Callable[[ModelEntry], tuple[Predictor, tuple[str, ...]]]
"""Makes, or takes from a cache, the predictor of a model; with notices on the choice of device."""


Scored = list[NDArray[np.float32]]
"""Values of the cells of some tiles, tile by tile."""


class Models(Protocol):
    """Predictors of models, each with notices on its device; `PredictorCache` is the real one."""

    def __call__(self, model: ModelEntry) -> tuple[Predictor, tuple[str, ...]]: ...

    def on_cpu(self, model: ModelEntry) -> tuple[Predictor, tuple[str, ...]] | None:
        """The one to go on with where the device's memory does not suffice; None if the CPU computes already."""
        ...


def scan(
    request: ScanRequest,
    models: Models,
    cancel: CancelToken,
    focus: Focus | None = None,
    now: Callable[[], float] = time.monotonic,
) -> Iterator[ScanEvent]:
    """Carries out a request, event by event; ends with `ScanDone` or `ScanCancelled`.

    What `focus` says is looked at is computed first; it may change at any time and leaves no trace in the result.
    Where memory runs out, one batch is computed at a time, then fewer tiles of it; where a single one does not fit, the
    CPU computes, which begins anew.

    Args:
        now: the clock, in seconds; it stands still while the scan is made to wait.

    Raises:
        SlideError: the slide cannot be opened, or has no resolution and none was given.
        ModelError: the model is missing or damaged.
        NoTissueError: nothing on the slide passes the tissue rule.
        CaseFileError: the case file cannot be used.
        MemoryError: a single tile does not fit, and the CPU computes already.
    """
    with ExitStack() as stack:
        work = yield from prepare(request, models, cancel, focus or Focus(), stack, now)
        case = opened_case(work, stack)
        try:
            yield from work.run(case)
        except MemoryError:
            if (instead := models.on_cpu(work.model)) is None:
                raise
            predictor, device_notices = instead
            # Values of two devices agree to rounding only, so none of the other's are kept.
            again = replace(
                work, predictor=predictor, notices=(*work.slide_notices, *device_notices), unreadable_tiles=0,
                nan_cells=0, resumed_tiles=0, done_cells=0,
            )  # fmt: skip
            yield from again.run(case)


def prepare(
    request: ScanRequest,
    models: Models,
    cancel: CancelToken,
    focus: Focus,
    stack: ExitStack,
    now: Callable[[], float],
) -> Generator[ScanStage, None, Work]:
    """Opens what a scan needs, saying what it does; the slide is closed with the stack. Raises as `scan` does."""
    begun = now()
    yield ScanStage(request.run_id, "Opening the slide")
    model = find_model(request.model)
    slide = open_building(Path(request.slide), mpp=Mpp.square(request.mpp) if request.mpp else None)
    stack.callback(slide.close)
    framing = frame_slide(slide, model_mpp=model.card.mpp)
    grid, plane = framing.grid, framing.plane
    yield ScanStage(request.run_id, "Finding tissue")
    tissue = find_tissue(slide, grid, framing.settled)
    if not tissue.mask.any():
        raise NoTissueError(
            "No tissue was found",
            where=slide.info.path.name,
            advice="Check that this is a stained section and not an empty or fluorescence slide",
        )
    yield ScanStage(request.run_id, "Loading the model")
    predictor, device_notices = models(model)
    notices = (*slide.info.notices, *plane.notices)
    return Work(
        request, slide, plane, framing.mpp, grid, tissue, model, predictor, notices, (*notices, *device_notices),
        cancel, focus, now, begun,
    )  # fmt: skip


def opened_case(work: Work, stack: ExitStack) -> CaseFile | None:
    """The case file asked for, closed with the stack; None for none."""
    if work.request.case is None:
        return None
    opened = CaseFile.open(Path(work.request.case), fingerprint=work.slide.info.fingerprint)
    return stack.enter_context(opened)


@dataclass
class Work:
    """One scan with everything opened."""

    request: ScanRequest
    slide: Slide
    plane: ModelPlane
    mpp: Mpp
    grid: TileGrid
    tissue: TissueMask
    model: ModelEntry
    predictor: Predictor
    slide_notices: tuple[str, ...]
    notices: tuple[str, ...]
    cancel: CancelToken
    focus: Focus
    now: Callable[[], float]
    begun: float
    unreadable_tiles: int = 0
    nan_cells: int = 0
    resumed_tiles: int = 0
    done_cells: int = 0
    room: Room = field(init=False)

    def __post_init__(self) -> None:
        self.room = Room(self.predictor)

    def run(self, case: CaseFile | None) -> Iterator[ScanEvent]:
        """Scans all tissue tiles, taking from the case file what an interrupted run has left there."""
        case_run = None if case is None else self.case_run(case)
        yield self.started(case_run)
        todo = yield from self.restored(case, case_run)
        state = RunState.FAILED
        try:
            # A wish to stop that came while the slide was opened need not wait for a batch.
            if not self.cancel.cancelled:
                yield from self.compute(todo, case, case_run)
            state = RunState.CANCELLED if self.cancel.cancelled else RunState.DONE
        finally:
            seconds = self.finish(state, case, case_run)
        if state is RunState.CANCELLED:
            yield ScanCancelled(self.request.run_id)
        else:
            yield ScanDone(
                self.request.run_id, seconds, self.resumed_tiles, self.unreadable_tiles, self.nan_cells
            )

    def restored(self, case: CaseFile | None, case_run: int | None) -> Generator[Scores, None, list[Tile]]:
        """Tells what an interrupted run has left in the case file; the tiles with tissue that are still to do."""
        todo = [tile for tile in self.grid.tiles() if self.tissue_of(tile).any()]
        if case is None or case_run is None:
            return todo
        kept = {(s.tile.row, s.tile.column): s for s in case.tiles(case_run)}
        for tile in [t for t in todo if (t.row, t.column) in kept]:
            stored = kept[tile.row, tile.column]
            # Which cells of an unreadable tile the network would have failed on cannot be told any more.
            nan = 0 if stored.unreadable else int(np.isnan(stored.values[self.tissue_of(tile)]).sum())
            self._count(tile, nan_cells=nan, unreadable=stored.unreadable)
            self.resumed_tiles += 1
            yield Scores(self.request.run_id, tile.row, tile.column, stored.values)
        return [t for t in todo if (t.row, t.column) not in kept]

    def finish(self, state: RunState, case: CaseFile | None, case_run: int | None) -> float:
        """Closes the run in the case file; the seconds that it took."""
        seconds = self.now() - self.begun
        if case is not None and case_run is not None:
            case.finish_run(
                case_run,
                state,
                seconds=seconds,
                unreadable_tiles=self.unreadable_tiles,
                nan_cells=self.nan_cells,
            )
        return seconds

    def case_run(self, case: CaseFile) -> int:
        """A new run of the case file, or the unfinished one that this scan would repeat exactly."""
        case.record_mpp(self.mpp, source=self.slide.info.mpp_source)
        case.record_size(self.slide.info.size_l0)
        key: dict[str, Any] = {
            "model_sha256": self.model.card.sha256,
            "settings": scan_settings(self.model, self.mpp),
            "grid": self.grid,
            "device": self.predictor.device,
            "precision": self.predictor.precision,
        }
        found = None if self.request.fresh else case.find_resumable(**key)
        if found is None:
            return case.start_run(model=self.model.card.name, **key)
        case.resume_run(found)
        return found

    def started(self, case_run: int | None) -> ScanStarted:
        card = self.model.card
        return ScanStarted(
            run_id=self.request.run_id,
            fingerprint=self.slide.info.fingerprint,
            model=card.name,
            model_title=card.title,
            model_sha256=card.sha256,
            device=self.predictor.device,
            precision=self.predictor.precision,
            mpp_x=self.mpp.x,
            mpp_y=self.mpp.y,
            mpp_source=self.slide.info.mpp_source,
            rows=self.grid.rows,
            columns=self.grid.columns,
            stride_x_l0=self.grid.stride_x_l0,
            stride_y_l0=self.grid.stride_y_l0,
            tissue_cells=int(self.tissue.mask.sum()),
            tissue_fraction=self.tissue.fraction,
            notices=self.notices,
            case_run=case_run,
            width_l0=self.slide.info.size_l0.width,
            height_l0=self.slide.info.size_l0.height,
            synthetic=self.slide.info.synthetic,
            settings=scan_settings(self.model, self.mpp),
        )

    def tissue_of(self, tile: Tile) -> NDArray[np.bool_]:
        rows = slice(tile.row, tile.row + tile.rows)
        return self.tissue.mask[rows, tile.column : tile.column + tile.columns]

    def part_of(self, tile: Tile) -> tuple[slice, slice]:
        """What of a tile is computed: where images are computed one by one, no more of it than holds tissue."""
        side = self.grid.tile_cells
        return half_tiles(self.tissue_of(tile), side) if self.predictor.one_by_one else (slice(0, side),) * 2

    def _count(self, tile: Tile, *, nan_cells: int, unreadable: bool) -> None:
        self.done_cells += int(self.tissue_of(tile).sum())
        self.unreadable_tiles += unreadable
        self.nan_cells += nan_cells

    def compute(
        self, todo: Sequence[Tile], case: CaseFile | None, case_run: int | None
    ) -> Iterator[ScanEvent]:
        """Reads ahead, computes and keeps tiles on other threads, and tells each in order.

        A tile is kept by the thread that has computed it: what a kill costs is what was being computed. Where
        computing or keeping one fails, those that were kept are told first.
        """
        started, pixels = self.now(), 0
        already = self.done_cells
        size, calls = self.predictor.batch, self.predictor.calls
        keeping = threading.Lock()

        def finished(batch: list[TileInput]) -> Scored:
            probabilities = self._predict([item.image for item in batch])
            values = [self._values(item, result) for item, result in zip(batch, probabilities, strict=True)]
            if case is not None and case_run is not None:
                with keeping:
                    for item, kept in zip(batch, values, strict=True):
                        case.put_tile(case_run, item.tile, kept, unreadable=not item.readable.all())
            return values

        most = calls * size + READERS
        with (
            closing(
                read_ahead(self.plane, self.grid, todo, self.focus, self.part_of, size=size, most=most)
            ) as batches,
            closing(computed_ahead(batches, finished, calls=calls, cancel=self.cancel)) as computed,
        ):
            for batch, results in computed:
                while self.room.notices:
                    yield ScanNotice(self.request.run_id, self.room.notices.popleft())
                for item, values in zip(batch, results, strict=True):
                    tile = item.tile
                    asked = self.tissue_of(tile) & item.readable
                    nan_cells, unreadable = int(np.isnan(values[asked]).sum()), not bool(item.readable.all())
                    self._count(tile, nan_cells=nan_cells, unreadable=unreadable)
                    pixels += item.image.shape[0] * item.image.shape[1]
                    yield Scores(self.request.run_id, tile.row, tile.column, values)
                elapsed = max(self.now() - started, 1e-9)
                total = int(self.tissue.mask.sum())
                left = (total - self.done_cells) * elapsed / max(self.done_cells - already, 1)
                yield ScanProgress(self.request.run_id, self.done_cells, total, pixels / elapsed / 1e6, left)

    def _values(self, item: TileInput, probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
        """(tile.rows, tile.columns): the values of a tile's cells, NaN where there is no tissue or no pixels."""
        asked = self.tissue_of(item.tile) & item.readable
        return np.where(asked, item.whole(probabilities), np.nan).astype(np.float32)

    def _predict(self, images: Sequence[RgbImage]) -> Scored:
        """Probabilities of the images, those of one size together; no more at once than memory was found to hold."""
        results: dict[int, NDArray[np.float32]] = {}
        for shape in dict.fromkeys(image.shape for image in images):
            alike = [place for place, image in enumerate(images) if image.shape == shape]
            computed = self.room.probabilities([images[place] for place in alike])
            results.update(zip(alike, computed, strict=True))
        return [results[place] for place in range(len(images))]


def scan_settings(model: ModelEntry, mpp: Mpp) -> dict[str, Any]:
    """What, beside model, grid and device, decides a heatmap's values; kept with every run and export."""
    return {"model_mpp": model.card.mpp, "mpp": [mpp.x, mpp.y], "tissue_rule": "hsv-2018"}
