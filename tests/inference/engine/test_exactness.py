"""No tissue is lost by the mask, and a heatmap does not depend on how it was computed: the whole list in one place.

Order, interruption and what is looked at are proved bit for bit through the real process in `test_engine_troubles`;
here are tile size, threads, and a scan that knows of no tissue mask.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from inference.engine import scan as scan_module
from inference.engine.cancel import CancelToken
from inference.engine.catalog import find_model
from inference.engine.messages import ScanRequest, ScanStarted, Scores
from inference.engine.openvino_predictor import OpenVinoPredictor
from inference.engine.predictor_cache import PredictorCache
from inference.slides import framing
from inference.slides.grid import TileGrid
from inference.slides.tissue import TissueMask
from tests.support.make_slide import textured, write_pyramid
from tests.support.models import write_model

WIDTH, HEIGHT = 4500, 2600
ROUNDING = 1e-6
LEAST_STAINED = 1 / 64
"""Of a cell's area: 15 um^2, less than half the nucleus of a lymphocyte."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("models") / "lively")


@pytest.fixture(scope="module")
def slide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tissue with a ragged edge, a strand 10 um wide and a fleck of 20 um on white, none of it along cells' edges.

    A lone fleck of 12 um, a single cell afloat on glass, is too little for the paper's rule and would be left out.
    """
    image = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    # Eosin and haematoxylin in turns; colours at random would be grey from afar.
    turns = textured(HEIGHT, WIDTH, seed=1)[..., :1].astype(np.float32) / 255
    texture = (turns * (232, 150, 190) + (1 - turns) * (90, 60, 140)).astype(np.uint8)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    blob = np.hypot(x - 1700, (y - 1300) * 1.3) < 900 + 120 * np.sin(np.arctan2(y - 1300, x - 1700) * 7)
    strand = (np.abs(y - 0.35 * x - 400) < 20) | (np.hypot(x - 4100, y - 420) < 40)
    image[blob | strand] = texture[blob | strand]
    return write_pyramid(tmp_path_factory.mktemp("slides") / "s.tif", image, mpp=0.243)


def heatmap(slide: Path, model: Path, **how: int) -> np.ndarray:
    """The heatmap; `threads` are the predictor's, `batch` and `calls` the tiles of a call and the calls at a time."""
    predictor = OpenVinoPredictor(find_model(str(model)), threads=how.get("threads"))
    predictor.batch = how.get("batch", predictor.batch)
    predictor.calls = how.get("calls", predictor.calls)
    models = PredictorCache("cpu", make=lambda _model, _device: (predictor, ()))
    events = list(scan_module.scan(ScanRequest("r", str(slide), str(model)), models, CancelToken()))
    started = next(e for e in events if isinstance(e, ScanStarted))
    values = np.full((started.rows, started.columns), np.nan, np.float32)
    for scores in (e for e in events if isinstance(e, Scores)):
        rows, columns = scores.values.shape
        values[scores.row : scores.row + rows, scores.column : scores.column + columns] = scores.values
    return values


@pytest.fixture(scope="module")
def usual(slide: Path, model: Path) -> np.ndarray:
    return heatmap(slide, model)


def test_no_cell_with_tissue_is_lost_to_the_mask(
    slide: Path, model: Path, usual: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    def everything(_slide: object, grid: TileGrid, _mpp: object) -> TissueMask:
        return TissueMask(np.ones((grid.rows, grid.columns), bool), 1.0, 0)

    monkeypatch.setattr(scan_module, "find_tissue", everything)
    full = heatmap(slide, model)
    assert not np.isnan(full).any()
    computed = ~np.isnan(usual)
    assert 0.1 < computed.mean() < 0.7
    # What both computed is the same to the bit, although other tiles were computed beside it.
    assert usual[computed].tobytes() == full[computed].tobytes()
    # A cell on bare glass is left out; one that holds any drop of tissue is not.
    opened = scan_module.open_building(slide, mpp=None)
    stride = 128
    stained = np.zeros(computed.shape)
    for row in range(computed.shape[0]):
        strip = opened.read_region(0, x_lv=0, y_lv=row * stride, width=WIDTH, height=stride)
        coloured = strip.max(axis=2).astype(int) - strip.min(axis=2) > 40
        for column in range(computed.shape[1]):
            part = coloured[:, column * stride : (column + 1) * stride]
            stained[row, column] = part.sum() / stride**2
    opened.close()
    assert (stained > LEAST_STAINED).sum() > 50
    assert not computed[stained == 0].all()
    assert computed[stained > LEAST_STAINED].all()


@pytest.mark.parametrize("cells", [6, 9, 22])
def test_the_size_of_tiles_changes_nothing_but_rounding(
    slide: Path, model: Path, usual: np.ndarray, monkeypatch: pytest.MonkeyPatch, cells: int
) -> None:
    of_slide = partial(TileGrid.of_slide, tile_cells=cells)
    monkeypatch.setattr(framing.TileGrid, "of_slide", of_slide)
    other = heatmap(slide, model)
    np.testing.assert_array_equal(np.isnan(other), np.isnan(usual))
    np.testing.assert_allclose(other, usual, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("how", [{"threads": 1}, {"threads": 2}, {"batch": 7}, {"calls": 1}, {"calls": 5}])
def test_threads_and_batches_change_no_bit(
    slide: Path, model: Path, usual: np.ndarray, how: dict[str, int]
) -> None:
    assert heatmap(slide, model, **how).tobytes() == usual.tobytes()
