"""The rotation stability of a whole slide in its case file: kept block by block, found again, gone on with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from inference.results.case_file import CaseFile
from inference.results.case_records import RunState
from inference.results.heatmap import CellValues
from inference.slides.grid import TileGrid

EDGE, SAMPLES = "no value", (1, 4)
"""What settings say of how cells at a slide's edge and turned pixels are told; earlier versions did it otherwise."""


@dataclass(frozen=True, slots=True)
class StabilityScan:
    """One computation of a slide's stability.

    Attributes:
        id: its number in the case file.
        model, model_sha256: as the model's card says.
        turns: angles k * 90 / turns degrees.
        device, precision: what computed it.
        settings: what else decides the values.
        rows, columns, stride_x_l0, stride_y_l0: the slide's grid, whose origin is (0, 0).
    """

    id: int
    model: str
    model_sha256: str
    turns: int
    device: str
    precision: str
    settings: dict[str, Any]
    rows: int
    columns: int
    stride_x_l0: float
    stride_y_l0: float
    state: RunState


@dataclass(frozen=True, slots=True, eq=False)
class StabilityBlock:
    """What is known of a block of cells over the turns; its first cell is (row, column).

    Attributes:
        mean, std, lowest, highest: (rows, columns) of each cell's probability; NaN = no value. Blocks kept by earlier
            versions of the program have no lowest and highest values.
    """

    row: int
    column: int
    mean: CellValues
    std: CellValues
    lowest: CellValues
    highest: CellValues


@dataclass(frozen=True, slots=True, eq=False)
class KeptBlocks:
    """What a case file holds of a computation: the sound blocks, and how many cannot be right."""

    sound: tuple[StabilityBlock, ...]
    damaged: int


_COLUMNS = (
    "id, model, model_sha256, turns, device, precision, settings, grid_rows, grid_columns, stride_x_l0, "
    "stride_y_l0, state"
)


def begin(
    case: CaseFile,
    *,
    model: str,
    model_sha256: str,
    turns: int,
    device: str,
    precision: str,
    settings: Mapping[str, Any],
    grid: TileGrid,
    fresh: bool = False,
) -> int:
    """The id of the computation that this would repeat exactly, a finished one rather than not, or of a new one."""
    key = (
        model_sha256, turns, device, precision, orjson.dumps(dict(settings), option=orjson.OPT_SORT_KEYS).decode(),
        grid.rows, grid.columns, grid.stride_x_l0, grid.stride_y_l0,
    )  # fmt: skip
    with case.database.transaction() as connection:
        found = connection.execute(
            "SELECT id FROM stability_scans WHERE model_sha256 = ? AND turns = ? AND device = ? "
            "AND precision = ? AND settings = ? AND grid_rows = ? AND grid_columns = ? AND stride_x_l0 = ? "
            "AND stride_y_l0 = ? ORDER BY state = 'done' DESC, id DESC LIMIT 1",
            key,
        ).fetchone()
        if found is not None and not fresh:
            connection.execute("UPDATE stability_scans SET state = 'running' WHERE id = ?", found)
            return int(found[0])
        cursor = connection.execute(
            "INSERT INTO stability_scans (started, model, model_sha256, turns, device, precision, settings, "
            "grid_rows, grid_columns, stride_x_l0, stride_y_l0, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (datetime.now(UTC).isoformat(timespec="seconds"), model, *key, RunState.RUNNING),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid


def finish(case: CaseFile, scan_id: int, state: RunState) -> None:
    """Closes a computation."""
    with case.database.transaction(lasting=True) as connection:
        connection.execute("UPDATE stability_scans SET state = ? WHERE id = ?", (RunState(state), scan_id))


def put_block(case: CaseFile, scan_id: int, block: StabilityBlock) -> None:
    """Keeps a block; a second time replaces the first. Raises ValueError for maps of different shapes."""
    maps = (block.mean, block.std, block.lowest, block.highest)
    if len({each.shape for each in maps}) != 1:
        raise ValueError(f"maps of {[each.shape for each in maps]} are no block")
    with case.database.transaction() as connection:
        connection.execute(
            "INSERT OR REPLACE INTO stability_blocks (scan, row, column, rows, columns, mean, std, lowest, highest) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (scan_id, block.row, block.column, *block.mean.shape, *map(_bytes, maps)),
        )


def blocks_of(case: CaseFile, scan_id: int) -> KeptBlocks:
    """The blocks of a computation in reading order, without those that cannot be right."""
    rows = case.database.all(
        "SELECT grid_rows, grid_columns, row, column, rows, columns, mean, std, lowest, highest FROM stability_blocks "
        "JOIN stability_scans ON stability_scans.id = scan WHERE scan = ? ORDER BY row, column",
        (scan_id,),
    )
    sound = [
        StabilityBlock(row, column, *(_values(blob, (height, width)) for blob in blobs))
        for grid_rows, grid_columns, row, column, height, width, *blobs in rows
        if 0 <= row <= grid_rows - height and 0 <= column <= grid_columns - width and min(height, width) > 0
        and all(len(blob) == 4 * height * width for blob in blobs if blob is not None)
    ]  # fmt: skip
    return KeptBlocks(tuple(sound), len(rows) - len(sound))


def latest(
    case: CaseFile, *, mpp: tuple[float, float], model_sha256: str | None = None
) -> StabilityScan | None:
    """The last finished computation at a slide's resolution, else the one begun last; None where there is none.

    What an earlier version computed by another method is passed over.

    Args:
        model_sha256: only those of this model; None for any.
    """
    for row in case.database.all(
        f"SELECT {_COLUMNS} FROM stability_scans ORDER BY state = 'done' DESC, id DESC"
    ):
        number, model, sha256, turns, device, precision, settings, rows, columns, x_l0, y_l0, state = row
        found = StabilityScan(
            number, model, sha256, turns, device, precision, orjson.loads(settings), rows, columns, x_l0, y_l0,
            RunState(state),
        )  # fmt: skip
        settings = found.settings
        if settings.get("edge") != EDGE or settings.get("samples") not in SAMPLES:
            continue
        if settings.get("mpp") == list(mpp) and model_sha256 in (None, found.model_sha256):
            return found
    return None


def latest_for(case: CaseFile, *, mpp: tuple[float, float], model_sha256: str | None) -> StabilityScan | None:
    """The `latest` of a model; where it has none, of any."""
    own = None if model_sha256 is None else latest(case, mpp=mpp, model_sha256=model_sha256)
    return own if own is not None else latest(case, mpp=mpp)


def _bytes(values: NDArray[np.float32]) -> bytes:
    return np.ascontiguousarray(values, "<f4").tobytes()


def _values(blob: bytes | None, shape: tuple[int, int]) -> CellValues:
    if blob is None:
        return np.full(shape, np.nan, np.float32)
    return np.frombuffer(blob, "<f4").reshape(shape).astype(np.float32)
