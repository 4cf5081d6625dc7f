"""A case read for export: marks that the list of candidates leaves out are counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from inference.export.export_source import source_of_case
from inference.results.case_file import CaseFile
from inference.results.case_records import Review, RunState
from inference.results.case_reviews import set_marks
from inference.slides.grid import TileGrid

GRID = TileGrid(rows=12, columns=12, stride_x_l0=124.4, stride_y_l0=124.4, tile_cells=14)


def test_marks_are_counted_that_no_candidate_bears_at_the_distance_or_threshold(tmp_path: Path) -> None:
    values = np.zeros((12, 12), np.float32)
    values[2, 2], values[2, 4], values[9, 9] = 0.9, 0.8, 0.6
    with CaseFile.open(tmp_path / "s.case", fingerprint="f") as case:
        run = case.start_run(
            model="m", model_sha256="s", settings={}, device="CPU", precision="float32", grid=GRID
        )
        case.put_tile(run, next(iter(GRID.tiles())), values)
        case.finish_run(run, RunState.DONE, seconds=1.0, unreadable_tiles=0, nan_cells=0)
        set_marks(case, run, dict.fromkeys(((2, 2), (2, 4), (9, 9)), (Review.ACCEPTED, "")))

        def unlisted(threshold: float, radius_cells: int) -> int:
            source = source_of_case(case, slide=None, threshold=threshold, radius_cells=radius_cells)
            assert len(source.candidates) + source.unlisted_marks == 3
            return source.unlisted_marks

        assert [unlisted(0.5, 1), unlisted(0.5, 3), unlisted(0.7, 3)] == [0, 1, 2]
