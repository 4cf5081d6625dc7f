"""Review marks by cell, and how they are carried over to a later scan where they still match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import shapely
from shapely import STRtree

from inference.results.candidates import Candidate
from inference.results.case_file import CaseFile
from inference.results.case_records import Review

Mark = tuple[Review, str]
"""What the user decided, and the note."""

MATCH_CELLS = 1.5
"""How far, in cells of the new scan, a candidate may have moved and still be the same place: one cell and rounding."""


def reviews_of(case: CaseFile, run_id: int) -> dict[tuple[int, int], Mark]:
    """(row, column) -> mark, of one run."""
    rows = case.database.all('SELECT "row", "column", state, note FROM reviews WHERE run = ?', (run_id,))
    return {(row, column): (Review(state), note) for row, column, state, note in rows}


def set_marks(case: CaseFile, run_id: int, marks: Mapping[tuple[int, int], Mark]) -> None:
    """Keeps marks of cells, committed when this returns; an open one without note is taken away."""
    kept = [(run_id, *cell, review.value, note) for cell, (review, note) in marks.items()]
    with case.database.transaction(lasting=True) as connection:
        connection.executemany("INSERT OR REPLACE INTO reviews VALUES (?, ?, ?, ?, ?)", kept)
        connection.execute("DELETE FROM reviews WHERE run = ? AND state = 'open' AND note = ''", (run_id,))


def carry_marks(case: CaseFile, run_id: int, candidates: Sequence[Candidate]) -> int:
    """Gives candidates of a run that has no marks yet those of the earlier runs, and answers how many.

    The latest earlier mark within `MATCH_CELLS` of a candidate counts. A run that already has marks is left alone: what
    the user undid there must not come back.
    """
    if reviews_of(case, run_id) or not candidates:
        return 0
    grid = case.run(run_id).grid
    earlier = case.database.all(
        'SELECT (v."column" + 0.5) * r.stride_x_l0, (v."row" + 0.5) * r.stride_y_l0, v.state, v.note '
        "FROM reviews AS v JOIN runs AS r ON r.id = v.run WHERE v.run < ? ORDER BY v.run",
        (run_id,),
    )
    if not earlier:
        return 0
    places = shapely.points([[x, y] for x, y, _, _ in earlier])
    tree = STRtree(places)
    marks: dict[tuple[int, int], Mark] = {}
    reach = MATCH_CELLS * max(grid.stride_x_l0, grid.stride_y_l0)
    points = shapely.points([[each.point_l0.x, each.point_l0.y] for each in candidates])
    near_candidate, near_mark = tree.query(points, predicate="dwithin", distance=reach)
    # Later marks come last and so win.
    for index in np.argsort(near_mark, kind="stable"):
        candidate = candidates[near_candidate[index]]
        _, _, state, note = earlier[near_mark[index]]
        marks[(candidate.row, candidate.column)] = Review(state), note
    set_marks(case, run_id, marks)
    return len(marks)
