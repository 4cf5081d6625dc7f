"""The case file: all that was computed and decided on a slide, in a SQLite file that survives a kill."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import orjson
import platformdirs
from numpy.typing import NDArray

from inference.errors import CaseFileError
from inference.places import DATA_HOME_VARIABLE as DATA_HOME_VARIABLE
from inference.results.candidates import Candidate
from inference.results.case_database import CaseDatabase
from inference.results.case_records import Review, ReviewedCandidate, Run, RunState, StoredTile
from inference.results.heatmap import Heatmap, require_probabilities
from inference.slides.frames import Mpp, PointL0, SizeL0
from inference.slides.grid import Tile, TileGrid


def data_home() -> Path:
    """The program's data folder; it need not exist yet."""
    return Path(
        os.environ.get(DATA_HOME_VARIABLE) or platformdirs.user_data_dir("equiscope", appauthor=False)
    )


def default_case_path(fingerprint: str) -> Path:
    """Where the case file of a slide lies unless the user says otherwise.

    Raises ValueError for a fingerprint that is not 32 hex digits, as it becomes a file name.
    """
    if re.fullmatch(r"[0-9a-f]{32}", fingerprint) is None:
        raise ValueError(f"{fingerprint!r} is no slide fingerprint")
    return data_home() / "cases" / f"{fingerprint}.case"


class CaseFile:
    """An open case file; a context manager.

    Use it from one thread at a time. Several processes may read while one writes (SQLite's WAL). Every method
    that changes something has committed when it returns: kill -9 loses nothing that was. A power cut may lose
    the last heatmap tiles, which a scan recomputes, but neither the file nor a user's decision.
    Every method raises `CaseFileError` where the file cannot be read or written.
    """

    def __init__(self, database: CaseDatabase, fingerprint: str) -> None:
        self._database = database
        self.fingerprint = fingerprint

    @classmethod
    def open(cls, path: Path, *, fingerprint: str) -> CaseFile:
        """Opens the case file of a slide, or creates it together with missing folders.

        Raises `CaseFileError` for a file that is not a case file (which is left as it is), one of a newer
        program, one of another slide, and a place that cannot be written.
        """
        return cls(CaseDatabase.open(path, fingerprint=fingerprint), fingerprint)

    def close(self) -> None:
        """Lets the file go; further use is an error."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def path(self) -> Path:
        """The file."""
        return self._database.path

    @property
    def database(self) -> CaseDatabase:
        """The database under it, for what keeps its own tables there (annotations, reviews)."""
        return self._database

    # ---- resolution

    def record_mpp(self, mpp: Mpp, *, source: str) -> None:
        """Keeps the resolution in use and where it came from ("file" or "given")."""
        with self._database.transaction(lasting=True) as connection:
            connection.execute(
                "UPDATE slide SET mpp_x = ?, mpp_y = ?, mpp_source = ?", (mpp.x, mpp.y, source)
            )

    def mpp(self) -> tuple[Mpp, str] | None:
        """The resolution kept and its source; None where none was."""
        row = self._database.one("SELECT mpp_x, mpp_y, mpp_source FROM slide")
        return None if row is None or row[0] is None else (Mpp(row[0], row[1]), row[2])

    def record_size(self, size_l0: SizeL0) -> None:
        """Keeps the slide's level-0 size, so that exports can do without the slide."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE slide SET width_l0 = ?, height_l0 = ?", (size_l0.width, size_l0.height)
            )

    def size_l0(self) -> SizeL0 | None:
        """The slide's level-0 size; None where it was never kept."""
        row = self._database.one("SELECT width_l0, height_l0 FROM slide")
        return None if row is None or row[0] is None else SizeL0(row[0], row[1])

    # ---- runs

    def start_run(
        self,
        *,
        model: str,
        model_sha256: str,
        settings: Mapping[str, Any],
        device: str,
        precision: str,
        grid: TileGrid,
    ) -> int:
        """Opens a run and answers its id. `settings` must be JSON with string keys."""
        with self._database.transaction() as connection:
            cursor = connection.execute(
                f"INSERT INTO runs ({Run.COLUMNS}) VALUES ({', '.join('?' * 16)})",
                (
                    None,  # SQLite gives the id.
                    datetime.now(UTC).isoformat(timespec="seconds"),
                    model,
                    model_sha256,
                    _canonical(settings),
                    device,
                    precision,
                    *_grid_columns(grid),
                    RunState.RUNNING,
                    None,  # What follows is known when the run is finished.
                    None,
                    None,
                ),
            )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def find_resumable(
        self,
        *,
        model_sha256: str,
        settings: Mapping[str, Any],
        grid: TileGrid,
        device: str | None = None,
        precision: str | None = None,
    ) -> int | None:
        """The latest unfinished run that these arguments would repeat exactly, or None.

        Device and precision count where given: tiles of two devices agree to rounding only, and a resumed
        scan is to end bit for bit like an uninterrupted one.
        """
        row = self._database.one(
            "SELECT id FROM runs WHERE state <> 'done' AND model_sha256 = ? AND settings = ? "
            "AND grid_rows = ? AND grid_columns = ? AND stride_x_l0 = ? AND stride_y_l0 = ? "
            "AND tile_cells = ? AND device = ifnull(?, device) AND precision = ifnull(?, precision) "
            "ORDER BY id DESC LIMIT 1",
            (model_sha256, _canonical(settings), *_grid_columns(grid), device, precision),
        )
        return None if row is None else int(row[0])

    def resume_run(self, run_id: int) -> None:
        """Marks an unfinished run as running again."""
        with self._database.transaction() as connection:
            _changed_one(
                connection.execute("UPDATE runs SET state = 'running' WHERE id = ?", (run_id,)), run_id
            )

    def finish_run(
        self, run_id: int, state: RunState, *, seconds: float, unreadable_tiles: int, nan_cells: int
    ) -> None:
        """Closes a run: its outcome, the seconds it computed, what has no value though asked for."""
        with self._database.transaction(lasting=True) as connection:
            _changed_one(
                connection.execute(
                    "UPDATE runs SET state = ?, seconds = ?, unreadable_tiles = ?, nan_cells = ? "
                    "WHERE id = ?",
                    (RunState(state), seconds, unreadable_tiles, nan_cells, run_id),
                ),
                run_id,
            )

    def runs(self) -> tuple[Run, ...]:
        """All runs, oldest first."""
        rows = self._database.all(f"SELECT {Run.COLUMNS} FROM runs ORDER BY id")
        return tuple(Run.from_row(row) for row in rows)

    def run(self, run_id: int) -> Run:
        """One run. Raises KeyError for an id that is not in this file."""
        row = self._database.one(f"SELECT {Run.COLUMNS} FROM runs WHERE id = ?", (run_id,))
        if row is None:
            raise KeyError(f"no run {run_id} in {self.path.name}")
        return Run.from_row(row)

    def latest_run(self, state: RunState | None = None) -> Run | None:
        """The run started last, of a state if given; None where there is none."""
        row = self._database.one(
            f"SELECT {Run.COLUMNS} FROM runs WHERE state = ifnull(?, state) ORDER BY id DESC LIMIT 1",
            (state,),
        )
        return None if row is None else Run.from_row(row)

    # ---- heatmap

    def put_tile(
        self, run_id: int, tile: Tile, values: NDArray[np.float32], *, unreadable: bool = False
    ) -> None:
        """Keeps a finished tile, values (tile.rows, tile.columns); a second time replaces the first.

        Raises ValueError for another shape or a value that no heatmap may hold.
        """
        require_probabilities(values)
        if values.shape != (tile.rows, tile.columns):
            raise ValueError(f"values {values.shape} are not {tile.rows} x {tile.columns} cells")
        blob = np.ascontiguousarray(values, dtype="<f4").tobytes()
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO heatmap_tiles VALUES (?, ?, ?, ?, ?, ?, ?)",
                (run_id, tile.row, tile.column, tile.rows, tile.columns, int(unreadable), blob),
            )

    def tiles(self, run_id: int) -> tuple[StoredTile, ...]:
        """The finished tiles of a run in reading order."""
        rows = self._database.all(
            "SELECT row, column, rows, columns, unreadable, cells FROM heatmap_tiles WHERE run = ? "
            "ORDER BY row, column",
            (run_id,),
        )
        return tuple(self._stored_tile(row) for row in rows)

    def heatmap(self, run_id: int) -> Heatmap:
        """The heatmap of a run as far as it is computed. Raises KeyError for an unknown id."""
        heatmap = Heatmap.empty(self.run(run_id).grid)
        for stored in self.tiles(run_id):
            try:
                heatmap.put_block(stored.tile.row, stored.tile.column, stored.values)
            except ValueError as error:
                raise self._damaged() from error
        return heatmap

    # ---- candidates

    def put_candidates(self, run_id: int, candidates: Sequence[Candidate]) -> None:
        """Replaces the candidates of a run; what the user decided stays with its cell."""
        with self._database.transaction(lasting=True) as connection:
            connection.execute("DELETE FROM candidates WHERE run = ?", (run_id,))
            connection.executemany(
                "INSERT INTO candidates VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (run_id, each.index, each.probability, *astuple(each.point_l0), each.row, each.column)
                    for each in candidates
                ],
            )

    def candidates(self, run_id: int) -> tuple[ReviewedCandidate, ...]:
        """The candidates of a run with the user's decisions, most probable first."""
        rows = self._database.all(
            "SELECT rank, probability, x_l0, y_l0, c.row, c.column, ifnull(state, 'open'), ifnull(note, '') "
            "FROM candidates AS c LEFT JOIN reviews AS r "
            "ON r.run = c.run AND r.row = c.row AND r.column = c.column WHERE c.run = ? ORDER BY rank",
            (run_id,),
        )
        return tuple(
            ReviewedCandidate(
                Candidate(index, probability, PointL0(x_l0, y_l0), row, column), Review(state), note
            )
            for index, probability, x_l0, y_l0, row, column, state, note in rows
        )

    def set_review(self, run_id: int, index: int, review: Review, *, note: str = "") -> None:
        """Keeps what the user decided on a candidate. Raises KeyError where the run has no such candidate."""
        with self._database.transaction(lasting=True) as connection:
            cursor = connection.execute(
                "INSERT OR REPLACE INTO reviews SELECT run, row, column, ?, ? FROM candidates "
                "WHERE run = ? AND rank = ?",
                (Review(review), note, run_id, index),
            )
            if cursor.rowcount != 1:
                raise KeyError(f"run {run_id} has no candidate {index}")

    def _stored_tile(self, record: tuple[Any, ...]) -> StoredTile:
        row, column, rows, columns, unreadable, blob = record
        if len(blob) != 4 * rows * columns:
            raise self._damaged()
        values = np.frombuffer(blob, dtype="<f4").reshape(rows, columns).astype(np.float32)
        return StoredTile(Tile(row, column, rows, columns), values, bool(unreadable))

    def _damaged(self) -> CaseFileError:
        return CaseFileError(
            "The case file holds a heatmap tile that cannot be right",
            where=self.path.name,
            advice="Move the file away and scan the slide again",
        )


def _canonical(settings: Mapping[str, Any]) -> str:
    """Settings as JSON with sorted keys, so that equal settings are equal strings."""
    return orjson.dumps(dict(settings), option=orjson.OPT_SORT_KEYS).decode()


def _grid_columns(grid: TileGrid) -> tuple[float, ...]:
    """A grid as the table `runs` keeps it."""
    return grid.rows, grid.columns, grid.stride_x_l0, grid.stride_y_l0, grid.tile_cells


def _changed_one(cursor: sqlite3.Cursor, run_id: int) -> None:
    if cursor.rowcount != 1:
        raise KeyError(f"no run {run_id} in this case file")
