"""A slide comes back with what its case file remembers, and opens without one too."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.work.open_with_case import open_with_case, record_given_mpp
from inference.results import stability_store
from inference.results.case_file import DATA_HOME_VARIABLE, CaseFile, default_case_path
from inference.results.case_records import RunState
from inference.results.stability_store import StabilityBlock
from inference.slides.frames import Mpp
from inference.slides.grid import TileGrid
from inference.slides.slide import SlideInfo
from tests.support.make_slide import textured, write_pyramid


@pytest.fixture
def slide_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(DATA_HOME_VARIABLE, str(tmp_path / "home"))
    return write_pyramid(tmp_path / "a.tif", textured(900, 1200), mpp=0.25)


def _info(path: Path) -> SlideInfo:
    opened = open_with_case(path, None)
    opened.slide.close()
    return opened.slide.info


def _store_scan(info: SlideInfo, state: RunState, *, mpp: float = 0.25) -> None:
    """A finished or broken-off scan of one tile in the slide's case file."""
    grid = TileGrid.of_slide(info.size_l0, Mpp.square(mpp), model_mpp=0.972)
    with CaseFile.open(default_case_path(info.fingerprint), fingerprint=info.fingerprint) as case:
        case.record_mpp(Mpp.square(mpp), source="file")
        run = case.start_run(
            model="m",
            model_sha256="0" * 64,
            settings={"mpp": [mpp, mpp]},
            device="CPU",
            precision="float32",
            grid=grid,
        )
        tile = next(grid.tiles())
        values = np.full((tile.rows, tile.columns), 0.2, np.float32)
        values[1, 2] = 0.9
        values[0, 0] = np.nan
        case.put_tile(run, tile, values)
        case.finish_run(run, state, seconds=2.5, unreadable_tiles=1, nan_cells=0)


def test_a_slide_without_case_file_opens_plain_and_none_is_made(slide_path: Path) -> None:
    opened = open_with_case(slide_path, None)
    opened.slide.close()
    assert opened.earlier is None
    assert not default_case_path(opened.slide.info.fingerprint).exists()


def test_the_last_finished_scan_is_shown_again(slide_path: Path) -> None:
    _store_scan(_info(slide_path), RunState.DONE)
    opened = open_with_case(slide_path, None)
    opened.slide.close()
    earlier = opened.earlier
    assert earlier is not None
    assert earlier.candidates[0].probability == pytest.approx(0.9)
    assert (earlier.candidates[0].row, earlier.candidates[0].column) == (1, 2)
    assert earlier.run.done is not None
    assert (earlier.run.done.seconds, earlier.run.done.unreadable_tiles) == (2.5, 1)
    assert earlier.layer.computed_cells() == earlier.layer.heatmap.values.size - 1


def test_a_scan_that_was_broken_off_or_made_at_another_resolution_is_not(slide_path: Path) -> None:
    _store_scan(_info(slide_path), RunState.CANCELLED)
    opened = open_with_case(slide_path, None)
    opened.slide.close()
    assert opened.earlier is None
    _store_scan(_info(slide_path), RunState.DONE)
    opened = open_with_case(slide_path, Mpp.square(0.5))
    opened.slide.close()
    assert opened.earlier is None


def test_a_corrected_resolution_brings_back_the_scan_made_at_it_and_no_other(slide_path: Path) -> None:
    info = _info(slide_path)
    _store_scan(info, RunState.DONE, mpp=0.25)
    _store_scan(info, RunState.DONE, mpp=0.5)
    opened = open_with_case(slide_path, None)
    opened.slide.close()
    assert opened.earlier is not None
    assert opened.earlier.layer.heatmap.stride_x_l0 == pytest.approx(32 * 0.972 / 0.25)
    # What was recorded last tells of the last scan or question, not of the scan that is shown.
    record_given_mpp(info.fingerprint, Mpp.square(0.3))
    opened = open_with_case(slide_path, Mpp.square(0.3))
    opened.slide.close()
    assert opened.earlier is None


def test_a_case_file_that_is_none_is_a_problem_but_the_slide_opens(slide_path: Path) -> None:
    case_path = default_case_path(_info(slide_path).fingerprint)
    case_path.parent.mkdir(parents=True)
    case_path.write_bytes(b"not a database" * 100)
    opened = open_with_case(slide_path, None)
    opened.slide.close()
    assert opened.problem is not None
    assert opened.problem.advice


def test_a_given_resolution_is_used_only_where_the_file_states_none(slide_path: Path, tmp_path: Path) -> None:
    silent = write_pyramid(tmp_path / "b.tif", textured(900, 1300, seed=1), mpp=None)
    for path in (slide_path, silent):
        record_given_mpp(_info(path).fingerprint, Mpp.square(0.5))
    assert _info(slide_path).mpp == Mpp.square(0.25)
    assert (_info(silent).mpp, _info(silent).mpp_source) == (Mpp.square(0.5), "given")


def test_a_damaged_block_of_stability_hides_neither_the_scan_nor_the_other_blocks(slide_path: Path) -> None:
    info = _info(slide_path)
    _store_scan(info, RunState.DONE)
    grid = TileGrid.of_slide(info.size_l0, Mpp.square(0.25), model_mpp=0.972)
    values = np.full((2, 2), 0.25, np.float32)
    with CaseFile.open(default_case_path(info.fingerprint), fingerprint=info.fingerprint) as case:
        scan = stability_store.begin(
            case, model="m", model_sha256="0" * 64, turns=4, device="CPU", precision="float32",
            settings={"mpp": [0.25, 0.25], "edge": stability_store.EDGE, "samples": 1}, grid=grid,
        )  # fmt: skip
        for row in (0, 2, 1000):
            stability_store.put_block(case, scan, StabilityBlock(row, 0, values, values, values, values))
        stability_store.finish(case, scan, RunState.DONE)
    opened = open_with_case(slide_path, None)
    opened.slide.close()
    assert opened.earlier is not None
    assert opened.stability is not None
    assert np.isfinite(opened.stability.std).sum() == 8
    assert not opened.stability.is_complete
    assert opened.problem is not None
    assert "left out: 1" in opened.problem.sentence()
