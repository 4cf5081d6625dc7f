"""Models on whole slides: the stain moves, the glass stays, and the heatmap is a scan's."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from experiments.slide_check import LabStain, normalised, scanned
from inference.engine.cancel import CancelToken
from inference.engine.catalog import find_model
from inference.engine.messages import ScanRequest, Scores
from inference.engine.predictor_cache import PredictorCache
from inference.engine.scan import scan
from tests.support.make_slide import textured, write_pyramid
from tests.support.models import write_model


def test_a_stain_is_moved_to_the_target_and_glass_stays_white() -> None:
    rng = np.random.default_rng(0)
    pink = np.clip(rng.normal((190, 120, 170), 12, (80, 80, 3)), 0, 255).astype(np.uint8)
    violet = np.clip(rng.normal((120, 80, 160), 18, (80, 80, 3)), 0, 255).astype(np.uint8)
    pink[:10] = 255
    target = LabStain.of(violet)
    assert target is not None
    moved = normalised(pink, target)
    assert (moved[:10] == 255).all()
    found = LabStain.of(moved)
    assert found is not None
    assert np.abs(found.mean - target.mean).max() < 2
    assert np.abs(found.std - target.std).max() < 3


def test_an_image_of_glass_is_left_as_it_is() -> None:
    glass = np.full((50, 50, 3), 250, np.uint8)
    assert normalised(glass, LabStain(np.zeros(3), np.ones(3))) is glass


def test_the_heatmap_is_that_of_a_scan(tmp_path: Path) -> None:
    slide = write_pyramid(tmp_path / "slide.tif", textured(1500, 2000), mpp=0.5)
    model = str(write_model(tmp_path / "model"))
    request = ScanRequest(run_id="1", slide=str(slide), model=model)
    predictors = PredictorCache("auto")
    assert find_model(model)
    ours = scanned(slide, model)
    for event in scan(request, predictors, CancelToken()):
        if isinstance(event, Scores):
            block = np.asarray(event.values)
            there = ours.values[
                event.row : event.row + block.shape[0], event.column : event.column + block.shape[1]
            ]
            assert np.array_equal(there, block, equal_nan=True)
