"""Coverage: which parts of a slide were looked at, and how closely, on a coarse grid kept in its case file."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

import numpy as np
from numpy.typing import NDArray

from inference.errors import CaseFileError
from inference.results.case_file import CaseFile
from inference.slides.frames import PointL0, SizeL0

CELLS = 256
"""Along the slide's longer side: some 0.1 mm each, a few of them in a view at 40x, and one to a px of the minimap."""
NEVER = 255
"""The code of a square that was never looked at."""
_STEPS = 8
"""Codes per doubling of the downsample: 9 % apart, so that a view of 10.0x and one of 9.8x are told apart."""
_ZERO = 64
"""The code of downsample 1; eight doublings closer are still above 0, and coarser ones end far below `NEVER`."""

CornersL0 = tuple[PointL0, PointL0, PointL0, PointL0]
"""The places under the corners of a view in turn: top left, top right, bottom right, bottom left."""


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """How closely each square of a slide was seen at best.

    Attributes:
        side_l0: level-0 px along a square's side; the first one's corner is the slide's.
        codes: (rows, columns) uint8, lower for a closer look, `NEVER` for none; not to be written to.
    """

    side_l0: float
    codes: NDArray[np.uint8]

    @classmethod
    def nothing(cls, size_l0: SizeL0) -> Self:
        """Of a slide that nobody has looked at."""
        side_l0 = max(size_l0.width, size_l0.height) / CELLS
        rows, columns = math.ceil(size_l0.height / side_l0), math.ceil(size_l0.width / side_l0)
        return cls(side_l0, np.full((rows, columns), NEVER, np.uint8))

    def with_look(self, corners_l0: CornersL0, *, downsample: float) -> Coverage:
        """With one more look at the rectangle of a view, turned or not.

        A square counts as seen where its middle was.

        Args:
            downsample: level-0 px per device-independent px of the view.
        """
        rows, columns = self.codes.shape
        x_l0 = (np.arange(columns) + 0.5)[np.newaxis] * self.side_l0 - corners_l0[0].x
        y_l0 = (np.arange(rows) + 0.5)[:, np.newaxis] * self.side_l0 - corners_l0[0].y
        seen = np.ones((rows, columns), bool)
        for corner in (corners_l0[1], corners_l0[3]):
            dx, dy = corner.x - corners_l0[0].x, corner.y - corners_l0[0].y
            along = (x_l0 * dx + y_l0 * dy) / max(dx * dx + dy * dy, 1e-9)
            seen &= (along >= 0) & (along <= 1)
        codes = np.where(seen, np.minimum(self.codes, _code(downsample)), self.codes)
        return Coverage(self.side_l0, codes)

    def joined(self, other: Coverage) -> Coverage:
        """The looks of both. Raises ValueError for the coverage of another slide."""
        if other.codes.shape != self.codes.shape:
            raise ValueError(f"coverages of {self.codes.shape} and {other.codes.shape} squares")
        return Coverage(self.side_l0, np.minimum(self.codes, other.codes))

    def seen(self, downsample: float) -> NDArray[np.bool_]:
        """(rows, columns): the squares seen at that downsample or closer, to 5 %."""
        return self.codes <= _code(downsample)

    def part_seen(self, within: NDArray[np.bool_], downsample: float) -> float:
        """The part of the squares `within` that were seen at that downsample or closer, 0..1; 0 of no squares."""
        return float(self.seen(downsample)[within].mean()) if within.any() else 0.0


@dataclass(frozen=True, slots=True)
class Reading:
    """One person's way over a slide.

    Attributes:
        reader: a name, empty where none was given.
        coverage: what was looked at.
        ended: when the next reading was begun, UTC; None of the one under way.
    """

    reader: str
    coverage: Coverage
    ended: datetime | None = None


def read_reading(case: CaseFile, size_l0: SizeL0) -> Reading:
    """The reading under way; one of nothing where nothing was kept, or of a slide of another size.

    Raises CaseFileError for what cannot be right.
    """
    row = case.database.one("SELECT rows, columns, codes, reader FROM coverage")
    if row is None:
        return Reading("", Coverage.nothing(size_l0))
    return Reading(row[3], _coverage_of(case, size_l0, *row[:3]))


def readings_before(case: CaseFile, size_l0: SizeL0) -> tuple[Reading, ...]:
    """The readings that are over, the latest first. Raises CaseFileError for what cannot be right."""
    rows = case.database.all(
        "SELECT rows, columns, codes, reader, ended FROM coverage_before ORDER BY id DESC"
    )
    return tuple(
        Reading(row[3], _coverage_of(case, size_l0, *row[:3]), datetime.fromisoformat(row[4])) for row in rows
    )


def keep_coverage(case: CaseFile, coverage: Coverage) -> None:
    """Keeps what was looked at in place of what was kept before, for the same reader; committed when this returns."""
    with case.database.transaction() as connection:
        connection.execute(
            "INSERT INTO coverage (only, rows, columns, codes) VALUES (1, ?, ?, ?) "
            "ON CONFLICT (only) DO UPDATE SET rows = excluded.rows, columns = excluded.columns, codes = excluded.codes",
            _row_of(coverage),
        )


def begin_reading(case: CaseFile, size_l0: SizeL0, *, reader: str) -> None:
    """Ends the reading under way, which is kept, and begins one of nothing; committed when this returns.

    One in which nothing was looked at leaves no trace.
    """
    under_way = read_reading(case, size_l0)
    nothing = Coverage.nothing(size_l0)
    with case.database.transaction() as connection:
        if (under_way.coverage.codes != NEVER).any():
            connection.execute(
                "INSERT INTO coverage_before (reader, ended, rows, columns, codes) VALUES (?, ?, ?, ?, ?)",
                (
                    under_way.reader,
                    datetime.now(UTC).isoformat(timespec="seconds"),
                    *_row_of(under_way.coverage),
                ),
            )
        connection.execute(
            "INSERT OR REPLACE INTO coverage (only, reader, rows, columns, codes) VALUES (1, ?, ?, ?, ?)",
            (reader, *_row_of(nothing)),
        )


def _row_of(coverage: Coverage) -> tuple[int, int, bytes]:
    rows, columns = coverage.codes.shape
    return rows, columns, zlib.compress(coverage.codes.tobytes())


def _coverage_of(case: CaseFile, size_l0: SizeL0, rows: int, columns: int, packed: bytes) -> Coverage:
    nothing = Coverage.nothing(size_l0)
    if (rows, columns) != nothing.codes.shape:
        return nothing
    try:
        codes = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(rows, columns)
    except (zlib.error, ValueError) as error:
        raise CaseFileError(
            "The area looked at cannot be read from the case file",
            where=case.path.name,
            advice="Move the file away and look at the slide again",
        ) from error
    return Coverage(nothing.side_l0, codes)


def _code(downsample: float) -> int:
    return min(max(round(_STEPS * math.log2(downsample)) + _ZERO, 0), NEVER - 1)
