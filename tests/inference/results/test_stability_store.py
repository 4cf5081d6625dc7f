"""Whole-slide stability in the case file: a finished one is found again, whatever was begun after it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from inference.results import stability_store
from inference.results.case_file import CaseFile
from inference.results.case_records import RunState
from inference.results.stability_layer import StabilityLayer
from inference.results.stability_store import StabilityBlock
from inference.slides.grid import TileGrid

MPP = (0.25, 0.25)
TODAY = {"mpp": list(MPP), "edge": stability_store.EDGE, "samples": 4}
GRID = TileGrid(rows=20, columns=10, stride_x_l0=124.4, stride_y_l0=124.4, tile_cells=14)


def begin(case: CaseFile, *, turns: int, fresh: bool = False, settings: Mapping[str, object] = TODAY) -> int:
    return stability_store.begin(
        case, model="m", model_sha256="ab" * 32, turns=turns, device="CPU", precision="float32",
        settings=settings, grid=GRID, fresh=fresh,
    )  # fmt: skip


def _block(lowest: float, highest: float) -> StabilityBlock:
    """Six cells that lay between two values."""
    values = [np.full((2, 3), each, np.float32) for each in (0.5, 0.1, lowest, highest)]
    return StabilityBlock(0, 0, *values)


def test_a_finished_one_stays_the_one_to_show_when_another_is_given_up(tmp_path: Path) -> None:
    block = _block(0.4, 0.6)
    with CaseFile.open(tmp_path / "s.case", fingerprint="f") as case:
        done = begin(case, turns=8)
        stability_store.put_block(case, done, block)
        stability_store.finish(case, done, RunState.DONE)
        given_up = begin(case, turns=32)
        stability_store.finish(case, given_up, RunState.CANCELLED)
        found = stability_store.latest(case, mpp=MPP)
        assert found is not None
        assert (found.id, found.turns) == (done, 8)
        assert begin(case, turns=32) == given_up  # goes on
        assert begin(case, turns=8) == done  # nothing is computed twice
        assert [len(stability_store.blocks_of(case, each).sound) for each in (done, given_up)] == [1, 0]
        assert begin(case, turns=8, fresh=True) not in (done, given_up)


def test_before_any_is_finished_the_last_one_is_shown(tmp_path: Path) -> None:
    with CaseFile.open(tmp_path / "s.case", fingerprint="f") as case:
        assert stability_store.latest(case, mpp=MPP) is None
        begin(case, turns=8)
        last = begin(case, turns=16)
        found = stability_store.latest(case, mpp=MPP)
        assert found is not None and found.id == last
        assert stability_store.latest(case, mpp=(0.5, 0.5)) is None


def test_what_another_method_gave_is_not_shown(tmp_path: Path) -> None:
    with CaseFile.open(tmp_path / "s.case", fingerprint="f") as case:
        for without in ("edge", "samples"):
            settings = {name: value for name, value in TODAY.items() if name != without}
            stability_store.finish(case, begin(case, turns=8, settings=settings), RunState.DONE)
        assert stability_store.latest_for(case, mpp=MPP, model_sha256="ab" * 32) is None
        own = begin(case, turns=8)
        found = stability_store.latest_for(case, mpp=MPP, model_sha256="ab" * 32)
        assert found is not None and found.id == own


def test_a_block_of_an_earlier_version_has_no_extremes(tmp_path: Path) -> None:
    with CaseFile.open(tmp_path / "s.case", fingerprint="f") as case:
        scan = begin(case, turns=8)
        stability_store.put_block(case, scan, _block(0.4, 0.6))
        with case.database.transaction() as connection:
            connection.execute("UPDATE stability_blocks SET lowest = NULL, highest = NULL")
        found = stability_store.latest(case, mpp=MPP, model_sha256="ab" * 32)
        assert found is not None
        assert stability_store.latest(case, mpp=MPP, model_sha256="cd" * 32) is None
        layer = StabilityLayer.of_scan(case, found)
    assert layer.mean[1, 2] == 0.5 and np.isnan(layer.mean[2, 2])
    assert np.isnan(layer.highest).all()


def test_a_block_that_cannot_be_right_is_left_out_and_counted(tmp_path: Path) -> None:
    values = np.full((2, 3), 0.5, np.float32)
    with CaseFile.open(tmp_path / "s.case", fingerprint="f") as case:
        scan = begin(case, turns=8)
        for row, column in ((0, 0), (19, 0), (2, 8), (4, 0)):
            stability_store.put_block(case, scan, StabilityBlock(row, column, values, values, values, values))
        with case.database.transaction() as connection:
            connection.execute("UPDATE stability_blocks SET std = x'00' WHERE row = 4")
        kept = stability_store.blocks_of(case, scan)
        assert [(each.row, each.column) for each in kept.sound] == [(0, 0)]
        assert kept.damaged == 3


def test_that_of_a_model_is_shown_before_a_later_one_of_another(tmp_path: Path) -> None:
    with CaseFile.open(tmp_path / "s.case", fingerprint="f") as case:
        own = begin(case, turns=8)
        with case.database.transaction() as connection:
            connection.execute("UPDATE stability_scans SET model_sha256 = 'own'")
        other = begin(case, turns=8)

        def shown(sha256: str | None) -> int | None:
            found = stability_store.latest_for(case, mpp=MPP, model_sha256=sha256)
            return None if found is None else found.id

        assert [shown("own"), shown("none has it"), shown(None)] == [own, other, other]
