"""The live model on a real small slide: what is on show comes first, coarsely, and is a scan's beginning."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path

import numpy as np
import pytest

from inference.engine.cancel import CancelToken
from inference.engine.focus import Focus
from inference.engine.live import MOST_PREVIEW_CELLS, block_side, live
from inference.engine.live_messages import LiveEnded, LivePreview, LiveRequest, LiveView
from inference.engine.messages import ScanDone, ScanRequest, ScanStarted, Scores
from inference.engine.predictor_cache import PredictorCache
from inference.engine.scan import scan
from inference.results.case_file import CaseFile
from inference.results.case_records import RunState
from inference.slides.frames import RegionL0
from tests.support.make_slide import textured, write_pyramid
from tests.support.models import write_model

PREDICTORS = PredictorCache("cpu")
CORNER = RegionL0(100, 100, 1500, 1000)
"""Level-0 px; a cell is 128 px, a tile 1792."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("models") / "lively")


@pytest.fixture(scope="module")
def slide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """5 x 3 tiles, bare glass at the right."""
    image = np.full((5000, 8500, 3), 255, np.uint8)
    image[:, :7300] = textured(5000, 7300, seed=1)
    return write_pyramid(tmp_path_factory.mktemp("slides") / "s.tif", image, mpp=0.243)


@pytest.fixture(scope="module")
def heatmap(slide: Path, model: Path) -> np.ndarray:
    events = list(scan(ScanRequest("r", str(slide), str(model)), PREDICTORS, CancelToken()))
    started = next(e for e in events if isinstance(e, ScanStarted))
    return filled(np.full((started.rows, started.columns), np.nan, np.float32), events)


def filled(values: np.ndarray, events: list) -> np.ndarray:  # type: ignore[type-arg]
    for scores in (e for e in events if isinstance(e, Scores)):
        rows, columns = scores.values.shape
        values[scores.row : scores.row + rows, scores.column : scores.column + columns] = scores.values
    return values


class Looking:
    """A live model and someone who looks."""

    def __init__(self, slide: Path, model: Path, case: Path | None = None) -> None:
        self.focus, self.cancel = Focus(), CancelToken()
        request = LiveRequest("v", str(slide), str(model), case=None if case is None else str(case))
        self._events = live(request, PREDICTORS, self.cancel, self.focus)

    def until_content(self) -> list:  # type: ignore[type-arg]
        return list(takewhile(lambda event: event is not None, self._events))


def test_what_is_on_show_is_computed_and_nothing_else(slide: Path, model: Path, heatmap: np.ndarray) -> None:
    looking = Looking(slide, model)
    assert not any(isinstance(e, Scores) for e in looking.until_content())
    looking.focus.look_at(CORNER)
    events = looking.until_content()
    assert [(e.row, e.column) for e in events if isinstance(e, Scores)] == [(0, 0)]
    assert isinstance(events[-1], LiveView)
    assert (events[-1].region_l0, events[-1].cells) == ((100, 100, 1500, 1000), 14 * 14)
    values = filled(np.full_like(heatmap, np.nan), events)
    assert values[:14, :14].tobytes() == heatmap[:14, :14].tobytes()
    # Once more the same view: all is known.
    looking.focus.look_at(CORNER)
    assert [type(e).__name__ for e in looking.until_content()] == ["LiveView"]
    looking.cancel.cancel()
    assert isinstance(looking.until_content()[-1], LiveEnded)


def test_a_large_view_is_previewed_by_cells_of_the_heatmap(
    slide: Path, model: Path, heatmap: np.ndarray
) -> None:
    looking = Looking(slide, model)
    looking.until_content()
    looking.focus.look_at(RegionL0(0, 0, 8500, 5000))
    events = looking.until_content()
    kinds = [type(e).__name__ for e in events if isinstance(e, Scores | LivePreview | LiveView)]
    assert kinds[0] == "LivePreview"
    assert kinds.count("LivePreview") == 2
    assert kinds[-1] == "LiveView"
    coarse, preview = (e for e in events if isinstance(e, LivePreview))
    # At first a quarter of the blocks, and the others in the value of one of these.
    np.testing.assert_array_equal(np.isnan(coarse.values), np.isnan(preview.values))
    few, all_of_them = (set(np.unique(v[np.isfinite(v)])) for v in (coarse.values, preview.values))
    assert 1 < len(few) < len(all_of_them) / 2
    assert few < all_of_them
    assert (coarse.values == preview.values).mean() > 0.1
    shown = heatmap[
        preview.row : preview.row + preview.values.shape[0],
        preview.column : preview.column + preview.values.shape[1],
    ]
    # Where there is tissue and nowhere else, and in each block the value of one of its cells.
    np.testing.assert_array_equal(np.isnan(preview.values), np.isnan(shown))
    side = block_side(*preview.values.shape)
    assert side > 1
    for row in range(0, shown.shape[0], side):
        for column in range(0, shown.shape[1], side):
            block = shown[row : row + side, column : column + side]
            said = np.unique(preview.values[row : row + side, column : column + side])
            said = said[np.isfinite(said)]
            assert len(said) <= 1
            if len(said):
                assert np.nanmin(np.abs(block - said[0])) < 1e-5
    assert filled(np.full_like(heatmap, np.nan), events).tobytes() == heatmap.tobytes()


@pytest.mark.parametrize("everything", [False, True])
def test_a_scan_goes_on_from_what_was_looked_at(
    slide: Path, model: Path, heatmap: np.ndarray, tmp_path: Path, everything: bool
) -> None:
    case = tmp_path / "s.case"
    looking = Looking(slide, model, case)
    looking.until_content()
    looking.focus.look_at(RegionL0(0, 0, 1e6, 1e6) if everything else CORNER)
    looking.until_content()
    looking.cancel.cancel()
    looking.until_content()
    request = ScanRequest("r", str(slide), str(model), case=str(case))
    events = list(scan(request, PREDICTORS, CancelToken()))
    done, started = events[-1], next(e for e in events if isinstance(e, ScanStarted))
    assert isinstance(done, ScanDone)
    tiles = sum(isinstance(event, Scores) for event in events)
    assert done.resumed_tiles == (tiles if everything else 1)
    assert filled(np.full_like(heatmap, np.nan), events).tobytes() == heatmap.tobytes()
    with CaseFile.open(case, fingerprint=started.fingerprint) as opened:
        assert [run.state for run in opened.runs()] == [RunState.DONE]


@pytest.mark.parametrize("cells", [(1, 1), (9, 9), (34, 60), (100, 100)])
def test_a_preview_is_as_fine_as_its_time_allows(cells: tuple[int, int]) -> None:
    def blocks(side: int) -> int:
        return -(-cells[0] // side) * -(-cells[1] // side)

    side = block_side(*cells)
    assert blocks(side) <= MOST_PREVIEW_CELLS
    assert side == 1 or blocks(side - 1) > MOST_PREVIEW_CELLS
