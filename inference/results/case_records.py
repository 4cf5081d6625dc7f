"""What a case file answers with: runs, stored tiles and reviewed candidates as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

import numpy as np
import orjson
from numpy.typing import NDArray

from inference.results.candidates import Candidate
from inference.slides.grid import Tile, TileGrid


class RunState(StrEnum):
    """How far a scan came. `RUNNING` in a file that no scan is writing means: it was killed."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Review(StrEnum):
    """What the user decided on a candidate; `OPEN` until looked at."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Run:
    """One scan of the slide.

    Attributes:
        id: within its case file.
        started: UTC.
        model, model_sha256: name and hash of its weights.
        settings: as given to `start_run`.
        device, precision: what computed it, e.g. "CPU", "float32".
        grid: its cells and tiles.
        state: see `RunState`.
        seconds, unreadable_tiles, nan_cells: as given to `finish_run`; None before.
    """

    id: int
    started: datetime
    model: str
    model_sha256: str
    settings: Mapping[str, Any]
    device: str
    precision: str
    grid: TileGrid
    state: RunState
    seconds: float | None
    unreadable_tiles: int | None
    nan_cells: int | None

    COLUMNS: ClassVar[str] = (
        "id, started, model, model_sha256, settings, device, precision, grid_rows, grid_columns, "
        "stride_x_l0, stride_y_l0, tile_cells, state, seconds, unreadable_tiles, nan_cells"
    )
    """Of the table `runs`, in the order that `from_row` expects."""

    @classmethod
    def from_row(cls, row: tuple[Any, ...]) -> Run:
        """The run that a row of `COLUMNS` tells of."""
        run_id, started, model, model_sha256, settings, device, precision = row[:7]
        rows, columns, stride_x_l0, stride_y_l0, tile_cells = row[7:12]
        state, seconds, unreadable_tiles, nan_cells = row[12:]
        return cls(
            id=run_id,
            started=datetime.fromisoformat(started),
            model=model,
            model_sha256=model_sha256,
            settings=orjson.loads(settings),
            device=device,
            precision=precision,
            grid=TileGrid(rows, columns, stride_x_l0, stride_y_l0, tile_cells),
            state=RunState(state),
            seconds=seconds,
            unreadable_tiles=unreadable_tiles,
            nan_cells=nan_cells,
        )


@dataclass(frozen=True, slots=True, eq=False)
class StoredTile:
    """One finished tile of a run.

    Attributes:
        tile: its cells.
        values: (tile.rows, tile.columns) float32, NaN = no value.
        unreadable: some of the slide could not be read here; the cells that see it are NaN.
    """

    tile: Tile
    values: NDArray[np.float32]
    unreadable: bool


@dataclass(frozen=True, slots=True)
class ReviewedCandidate:
    """A candidate with what the user decided."""

    candidate: Candidate
    review: Review
    note: str
