"""Rotation stability of a whole slide: the figures of a region, tissue only, and no trace of an interruption."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from inference.engine import slide_stability as module
from inference.engine.cancel import CancelToken
from inference.engine.catalog import ModelEntry
from inference.engine.focus import Focus
from inference.engine.messages import ScanProgress, ScanRequest, ScanStarted, Scores
from inference.engine.predictor import Predictor
from inference.engine.predictor_cache import PredictorCache
from inference.engine.scan import scan
from inference.engine.slide_stability import slide_stability
from inference.engine.slide_stability_messages import (
    SlideStabilityBlock,
    SlideStabilityCancelled,
    SlideStabilityDone,
    SlideStabilityRequest,
    SlideStabilityStarted,
)
from inference.engine.stability import stability
from inference.engine.stability_messages import StabilityRequest, StabilityStarted, StabilityTurn
from inference.engine.tile_reading import Plane
from inference.engine.turned_block import TurnedBlock
from inference.errors import EquiscopeError
from inference.results.case_file import CaseFile
from inference.results.stability import RunningMoments
from inference.slides.frames import RegionL0
from inference.slides.grid import Tile
from inference.slides.open_slide import open_slide
from tests.support.make_slide import textured, write_pyramid
from tests.support.models import write_model

PREDICTORS = PredictorCache("cpu")
TURNS, BLOCK = 4, 8
CELL_L0 = 128


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK_CELLS", BLOCK)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("models") / "lively")


@pytest.fixture(scope="module")
def slide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """16 x 20 cells, 2 x 3 blocks, the right quarter bare glass."""
    image = np.full((16 * CELL_L0, 20 * CELL_L0, 3), 255, np.uint8)
    image[:, : 15 * CELL_L0] = textured(16 * CELL_L0, 15 * CELL_L0, seed=1)
    return write_pyramid(tmp_path_factory.mktemp("slides") / "s.tif", image, mpp=0.243)


def run(  # type: ignore[no-untyped-def]
    slide: Path,
    model: Path,
    *,
    case: Path | None = None,
    stop_after: int | None = None,
    focus: Focus | None = None,
):
    request = SlideStabilityRequest(
        "s", str(slide), str(model), TURNS, case=None if case is None else str(case)
    )
    cancel, events = CancelToken(), []
    for event in slide_stability(request, PREDICTORS, cancel, focus or Focus()):
        events.append(event)
        if stop_after is not None and sum(isinstance(e, SlideStabilityBlock) for e in events) == stop_after:
            cancel.cancel()
    return events


def maps_of(events: list) -> np.ndarray:  # type: ignore[type-arg]
    """(4, rows, columns): mean, standard deviation, lowest and highest value."""
    started = next(e for e in events if isinstance(e, SlideStabilityStarted))
    maps = np.full((4, started.rows, started.columns), np.nan, np.float32)
    for block in (e for e in events if isinstance(e, SlideStabilityBlock)):
        rows, columns = block.mean.shape
        part = np.s_[block.row : block.row + rows, block.column : block.column + columns]
        for whole, values in zip(maps, (block.mean, block.std, block.lowest, block.highest), strict=True):
            whole[part] = values
    return maps


@pytest.fixture(scope="module")
def whole(slide: Path, model: Path) -> np.ndarray:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK_CELLS", BLOCK)
        events = run(slide, model)
    assert isinstance(events[-1], SlideStabilityDone)
    progress = [e.done_cells for e in events if isinstance(e, ScanProgress)]
    assert progress == sorted(progress)
    assert progress[-1] == next(e for e in events if isinstance(e, SlideStabilityStarted)).tissue_cells
    return maps_of(events)


def test_a_block_has_the_figures_of_a_region_of_its_cells(
    slide: Path, model: Path, whole: np.ndarray
) -> None:
    region = (0.0, 8.0 * CELL_L0, 8.0 * CELL_L0, 8.0 * CELL_L0)
    asked = StabilityRequest("r", str(slide), (str(model),), region, turns=TURNS)
    events = list(stability(asked, PREDICTORS, CancelToken()))
    turns = np.stack([e.values for e in events if isinstance(e, StabilityTurn)])
    sees_slide = next(e for e in events if isinstance(e, StabilityStarted)).beyond == 0
    assert len(turns) == TURNS
    assert 0 < sees_slide.sum() < sees_slide.size
    of_region = turns.mean(axis=0), turns.std(axis=0), turns.min(axis=0), turns.max(axis=0)
    for each, expected in zip(whole, of_region, strict=True):
        np.testing.assert_allclose(each[8:16, :8][sees_slide], expected[sees_slide], atol=2e-6)
    assert np.nanmax(whole[1, 8:16, :8]) > 1e-4


def test_the_cells_are_those_of_a_scan_but_for_those_whose_turns_see_beyond_the_edge(
    slide: Path, model: Path, whole: np.ndarray
) -> None:
    events = list(scan(ScanRequest("r", str(slide), str(model)), PREDICTORS, CancelToken()))
    started = next(e for e in events if isinstance(e, ScanStarted))
    heatmap = np.full((started.rows, started.columns), np.nan, np.float32)
    for scores in (e for e in events if isinstance(e, Scores)):
        rows, columns = scores.values.shape
        heatmap[scores.row : scores.row + rows, scores.column : scores.column + columns] = scores.values
    # 115 px of what a cell's turns may see are 3.1 cells beyond its own middle.
    inside = np.zeros(heatmap.shape, bool)
    inside[4:-4, 4:-4] = True
    for each in whole:
        np.testing.assert_array_equal(np.isfinite(each), np.isfinite(heatmap) & inside)
    assert np.isnan(heatmap[inside]).any()


def test_an_interrupted_one_goes_on_and_leaves_no_trace(
    slide: Path, model: Path, whole: np.ndarray, tmp_path: Path
) -> None:
    case = tmp_path / "s.case"
    first = run(slide, model, case=case, stop_after=2)
    assert isinstance(first[-1], SlideStabilityCancelled)
    second = run(slide, model, case=case)
    assert isinstance(second[-1], SlideStabilityDone)
    assert second[-1].resumed_blocks == 2
    assert maps_of(second).tobytes() == whole.tobytes()


def test_a_damaged_block_is_computed_again(
    slide: Path, model: Path, whole: np.ndarray, tmp_path: Path
) -> None:
    case = tmp_path / "s.case"
    run(slide, model, case=case)
    opened_slide = open_slide(slide)
    opened_slide.close()
    fingerprint = opened_slide.info.fingerprint
    with CaseFile.open(case, fingerprint=fingerprint) as opened, opened.database.transaction() as connection:
        connection.execute("UPDATE stability_blocks SET std = x'00' WHERE row = 8 AND column = 8")
    again = run(slide, model, case=case)
    assert isinstance(again[-1], SlideStabilityDone)
    assert again[-1].resumed_blocks == sum(isinstance(e, SlideStabilityBlock) for e in again) - 1
    assert maps_of(again).tobytes() == whole.tobytes()


class Half:
    """A predictor that is quick: one half everywhere."""

    batch, calls, one_by_one = 8, 1, True

    def probabilities(self, images: list[np.ndarray]) -> list[np.ndarray]:
        return [np.full((i.shape[0] // 32 - 2, i.shape[1] // 32 - 2), 0.5, np.float32) for i in images]


class Glass:
    """A plane without pixels to decode."""

    size_plane = (0, 0)

    def read(self, x: int, y: int, width: int, height: int) -> np.ndarray:
        return np.full((height, width, 3), 255, np.uint8)


@pytest.mark.parametrize("cell", [(2, 0), (2, 36), (3, 1), (4, 34), (20, 18)])
def test_a_cell_without_neighbours_has_a_figure_at_every_angle(cell: tuple[int, int]) -> None:
    """In a block of 41 x 37 turned by 45 degrees their places lie on the edge of a tile that nobody asked for."""
    rows, columns = 41, 37
    wanted = np.zeros((rows, columns), bool)
    wanted[cell] = True
    plane = Glass()
    # So far from the edges that every turn sees the slide.
    tile = Tile(8, 8, rows, columns)
    plane.size_plane = ((columns + 16) * 32, (rows + 16) * 32)
    work = SimpleNamespace(plane=plane, tissue_of=lambda _: wanted, predictor=Half(), cancel=CancelToken())
    moments = RunningMoments(rows, columns)
    for _ in module._turned(work, TurnedBlock(plane, plane.size_plane, tile), 2, moments):  # type: ignore[arg-type]
        pass
    assert moments.mean[cell] == 0.5
    assert np.isnan(moments.mean).sum() == rows * columns - 1


def test_the_next_block_is_read_while_one_is_computed_and_each_is_read_once(
    slide: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[tuple[int, int]] = []
    second = threading.Event()

    class Read(TurnedBlock):
        def __init__(
            self, plane: Plane, size: tuple[int, int], tile: Tile, fine: Plane | None = None
        ) -> None:
            super().__init__(plane, size, tile, fine)
            read.append((tile.row, tile.column))
            if len(read) == 2:
                second.set()

    monkeypatch.setattr(module, "TurnedBlock", Read)
    events: list[object] = []
    request = SlideStabilityRequest("s", str(slide), str(model), TURNS)
    for event in slide_stability(request, PREDICTORS, CancelToken(), Focus()):
        # The first block is not done before the second one is there.
        if isinstance(event, ScanProgress):
            assert second.wait(30)
        events.append(event)
    told = [(e.row, e.column) for e in events if isinstance(e, SlideStabilityBlock)]
    assert read == told
    assert len(told) > 2


def test_an_end_waits_for_the_read_under_way_and_not_for_the_rest_of_the_next_block() -> None:
    begun, ending = threading.Event(), threading.Event()
    fine_reads: list[int] = []

    class Slow(Glass):
        size_plane = (2000, 2000)

        def read(self, x: int, y: int, width: int, height: int) -> np.ndarray:
            if x > 0:
                begun.set()
                assert ending.wait(30)
            return super().read(x, y, width, height)

    class Fine(Glass):
        def read(self, x: int, y: int, width: int, height: int) -> np.ndarray:
            fine_reads.append(x)
            return super().read(x, y, width, height)

    class Reader(ThreadPoolExecutor):
        def shutdown(self, *args: Any, **more: Any) -> None:
            ending.set()
            super().shutdown(*args, **more)

    ahead = module._BlockAhead(Slow(), Fine(), Reader(1))  # type: ignore[arg-type]
    ahead.taken([Tile(0, column, 8, 8) for column in (0, 16)])
    assert begun.wait(30)
    ahead.close()
    assert fine_reads and all(x < 0 for x in fine_reads)


def test_what_is_looked_at_comes_first(slide: Path, model: Path) -> None:
    focus = Focus()
    focus.look_at(RegionL0(8.5 * CELL_L0, 9 * CELL_L0, 100, 100))
    block = next(
        e for e in run(slide, model, stop_after=1, focus=focus) if isinstance(e, SlideStabilityBlock)
    )
    assert (block.row, block.column) == (8, 8)


def test_what_the_user_should_know_of_the_device_is_told(slide: Path, model: Path) -> None:
    def wary(entry: ModelEntry) -> tuple[Predictor, tuple[str, ...]]:
        return PREDICTORS(entry)[0], ("Beware.",)

    events = slide_stability(
        SlideStabilityRequest("r", str(slide), str(model), TURNS), wary, CancelToken(), Focus()
    )
    assert next(e for e in events if isinstance(e, SlideStabilityStarted)).notices[-1] == "Beware."


def test_a_single_turn_makes_no_sense(slide: Path, model: Path) -> None:
    request = SlideStabilityRequest("s", str(slide), str(model), 1)
    with pytest.raises(EquiscopeError, match="angles"):
        list(slide_stability(request, PREDICTORS, CancelToken(), Focus()))
