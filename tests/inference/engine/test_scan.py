"""Scans of real small slides with a real model in OpenVINO."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.engine.cancel import CancelToken
from inference.engine.catalog import find_model
from inference.engine.messages import (
    ScanCancelled,
    ScanDone,
    ScanEvent,
    ScanProgress,
    ScanRequest,
    ScanStarted,
    Scores,
)
from inference.engine.openvino_predictor import OpenVinoPredictor
from inference.engine.predictor_cache import PredictorCache
from inference.engine.scan import scan
from inference.errors import CaseFileError, MissingMppError, ModelError, NoTissueError, SlideGoneError
from inference.results.case_file import CaseFile
from inference.results.case_records import RunState
from inference.slides.frames import Mpp
from inference.slides.grid import MARGIN
from inference.slides.open_slide import open_slide
from inference.slides.plane import ModelPlane, settle_mpp
from inference.slides.slide import RgbImage
from tests.support.make_slide import textured, write_pyramid
from tests.support.models import write_broken_model, write_model

WIDTH, HEIGHT = 4500, 2600  # at 0.243: 36 x 21 cells, 3 x 2 tiles
PREDICTORS = PredictorCache("cpu")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("models") / "lively")


@pytest.fixture(scope="module")
def slide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Coloured texture on white, so that some cells are tissue and some are not."""
    image = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    image[300:2100, 500:4100] = textured(1800, 3600, seed=1)
    return write_pyramid(tmp_path_factory.mktemp("slides") / "s.tif", image, mpp=0.243)


def heatmap_of(events: list[ScanEvent]) -> np.ndarray:
    started = next(e for e in events if isinstance(e, ScanStarted))
    heatmap = np.full((started.rows, started.columns), np.nan, np.float32)
    for scores in (e for e in events if isinstance(e, Scores)):
        rows, columns = scores.values.shape
        heatmap[scores.row : scores.row + rows, scores.column : scores.column + columns] = scores.values
    return heatmap


def fingerprint_of(slide: Path) -> str:
    opened = open_slide(slide)
    opened.close()
    return opened.info.fingerprint


def run(slide: Path, model: Path, *, case: Path | None = None, **more: object) -> list[ScanEvent]:
    request = ScanRequest("r", str(slide), str(model), case=None if case is None else str(case), **more)  # type: ignore[arg-type]
    return list(scan(request, PREDICTORS, CancelToken()))


def test_the_stitched_heatmap_equals_the_one_shot_heatmap_of_the_same_plane(slide: Path, model: Path) -> None:
    events = run(slide, model)
    started = next(e for e in events if isinstance(e, ScanStarted))
    heatmap = heatmap_of(events)
    opened = open_slide(slide)
    settled = settle_mpp(opened.info, Mpp.square(0.243), 0.972)
    plane = ModelPlane(opened, settled, 0.972).read(
        -MARGIN, -MARGIN, 32 * started.columns + 2 * MARGIN, 32 * started.rows + 2 * MARGIN
    )
    opened.close()
    whole = OpenVinoPredictor(find_model(str(model))).probabilities([plane])[0]
    computed = ~np.isnan(heatmap)
    assert computed.sum() == started.tissue_cells
    assert 0.1 < computed.mean() < 0.9
    np.testing.assert_allclose(heatmap[computed], whole[computed], rtol=0, atol=1e-6)
    assert np.ptp(whole[computed]) > 1e-3


def test_progress_ends_at_all_tissue_cells_and_done_is_last(slide: Path, model: Path) -> None:
    events = run(slide, model)
    progress = [e for e in events if isinstance(e, ScanProgress)]
    assert progress[-1].done_cells == progress[-1].total_cells
    assert [p.done_cells for p in progress] == sorted(p.done_cells for p in progress)
    done = events[-1]
    assert isinstance(done, ScanDone)
    assert (done.unreadable_tiles, done.nan_cells, done.resumed_tiles) == (0, 0, 0)


def test_a_cancelled_scan_resumes_bit_identical(slide: Path, model: Path, tmp_path: Path) -> None:
    whole = heatmap_of(run(slide, model))
    cancel, case = CancelToken(), tmp_path / "s.case"
    request = ScanRequest("r", str(slide), str(model), case=str(case))
    first: list[ScanEvent] = []
    for event in scan(request, PREDICTORS, cancel):
        first.append(event)
        if isinstance(event, Scores):
            cancel.cancel()
    assert isinstance(first[-1], ScanCancelled)
    kept = [e for e in first if isinstance(e, Scores)]
    second = run(slide, model, case=case)
    done = second[-1]
    assert isinstance(done, ScanDone)
    assert done.resumed_tiles == len(kept) > 0
    assert heatmap_of(second).tobytes() == whole.tobytes()
    with CaseFile.open(case, fingerprint=fingerprint_of(slide)) as opened:
        assert [r.state for r in opened.runs()] == [RunState.DONE]
        assert opened.heatmap(opened.runs()[0].id).values.tobytes() == whole.tobytes()


def test_a_scan_cancelled_before_its_first_tile_computes_none(slide: Path, model: Path) -> None:
    cancel, events = CancelToken(), []
    for event in scan(ScanRequest("r", str(slide), str(model)), PREDICTORS, cancel):
        events.append(event)
        if isinstance(event, ScanStarted):
            cancel.cancel()
    assert [type(event) for event in events[-2:]] == [ScanStarted, ScanCancelled]


def test_a_kill_at_any_moment_costs_what_is_being_computed_and_no_more(
    slide: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However slowly events are taken: a tile is in the case file before its thread begins another."""
    case = tmp_path / "s.case"
    predictor = OpenVinoPredictor(find_model(str(model)))
    predictor.calls = 3
    begun, kept, lock = 0, [], threading.Lock()
    probabilities = predictor.probabilities

    def counted(images: Sequence[RgbImage]) -> list[np.ndarray]:
        nonlocal begun
        with lock:
            begun += len(images)
            with sqlite3.connect(case) as other:
                kept.append((begun, other.execute("SELECT count(*) FROM heatmap_tiles").fetchone()[0]))
        return probabilities(images)

    monkeypatch.setattr(predictor, "probabilities", counted)
    models = PredictorCache("cpu", make=lambda _model, _device: (predictor, ()))
    tiles = 0
    for event in scan(ScanRequest("r", str(slide), str(model), case=str(case)), models, CancelToken()):
        if isinstance(event, Scores):
            tiles += 1
            time.sleep(0.2)
    assert [count for count, _ in kept] == list(range(1, tiles + 1))
    assert max(count - there for count, there in kept) <= predictor.batch * predictor.calls < tiles


def test_a_finished_scan_is_not_resumed_and_fresh_starts_anew(
    slide: Path, model: Path, tmp_path: Path
) -> None:
    case = tmp_path / "s.case"
    run(slide, model, case=case)
    for fresh in (False, True):
        done = run(slide, model, case=case, fresh=fresh)[-1]
        assert isinstance(done, ScanDone)
        assert done.resumed_tiles == 0


def test_an_unreadable_place_is_nan_and_counted(slide: Path, model: Path, tmp_path: Path) -> None:
    """Bytes of the level that is read are wiped: the cells there are NaN, not a guess, and the rest is untouched."""
    import tifffile

    whole = heatmap_of(run(slide, model))
    broken = tmp_path / "broken.tif"
    broken.write_bytes(slide.read_bytes())
    with tifffile.TiffFile(slide) as tiff:
        page = tiff.pages[2]  # factor 4: the level at the model's resolution
        across = -(-page.imagewidth // page.tilewidth)
        offset, length = page.dataoffsets[across + 1], page.databytecounts[across + 1]
    with broken.open("r+b") as file:
        file.seek(offset)
        file.write(b"\x55" * length)
    events = run(broken, model)
    damaged = heatmap_of(events)
    done = events[-1]
    assert isinstance(done, ScanDone)
    assert done.unreadable_tiles >= 1
    lost = np.isnan(damaged) & ~np.isnan(whole)
    assert 64 <= lost.sum() <= 144  # one 256 px tile is 8 x 8 cells, and cells see one further
    same = ~np.isnan(damaged) & ~np.isnan(whole)
    assert damaged[same].tobytes() == whole[same].tobytes()


def test_a_model_that_gives_nan_is_flagged_not_painted(slide: Path, tmp_path: Path) -> None:
    events = run(slide, write_broken_model(tmp_path / "broken"))
    started = next(e for e in events if isinstance(e, ScanStarted))
    done = events[-1]
    assert isinstance(done, ScanDone)
    assert done.nan_cells == started.tissue_cells
    assert np.isnan(heatmap_of(events)).all()


def blank(path: Path, **more: object) -> Path:
    return write_pyramid(path, np.full((600, 600, 3), 250, np.uint8), **more)  # type: ignore[arg-type]


def test_an_empty_slide_has_no_tissue(model: Path, tmp_path: Path) -> None:
    with pytest.raises(NoTissueError, match="No tissue"):
        run(blank(tmp_path / "blank.tif"), model)


def test_a_slide_without_resolution_asks_for_it_and_takes_it(
    slide: Path, model: Path, tmp_path: Path
) -> None:
    image = textured(800, 700, seed=2)
    bare = write_pyramid(tmp_path / "bare.tif", image, mpp=None)
    with pytest.raises(MissingMppError, match="--mpp"):
        run(bare, model)
    started = next(e for e in run(bare, model, mpp=0.5) if isinstance(e, ScanStarted))
    assert (started.mpp_x, started.mpp_source) == (0.5, "given")


def test_an_unknown_model_is_named(slide: Path) -> None:
    with pytest.raises(ModelError, match="No such model: nothing-like-it"):
        run(slide, Path("nothing-like-it"))


def test_an_abandoned_scan_closes_its_run_and_its_threads(slide: Path, model: Path, tmp_path: Path) -> None:
    case = tmp_path / "s.case"
    events: Iterator[ScanEvent] = scan(
        ScanRequest("r", str(slide), str(model), case=str(case)), PREDICTORS, CancelToken()
    )
    for event in events:
        if isinstance(event, Scores):
            break
    events.close()  # type: ignore[attr-defined]
    with CaseFile.open(case, fingerprint=fingerprint_of(slide)) as opened:
        assert [r.state for r in opened.runs()] == [RunState.FAILED]


def test_a_slide_that_vanishes_fails_the_run_and_resumes_when_it_is_back(
    slide: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A drive that is gone must not end as a finished scan full of NaN."""
    whole = heatmap_of(run(slide, model))
    case, copy = tmp_path / "s.case", tmp_path / "copy.tif"
    copy.write_bytes(slide.read_bytes())
    fingerprint = fingerprint_of(copy)
    reads = count()
    read = ModelPlane.read

    def vanishing(self: ModelPlane, x: int, y: int, width: int, height: int) -> RgbImage:
        is_tile = {width, height} <= {288, 512}
        if is_tile and next(reads) >= 2:
            raise SlideGoneError("The slide can no longer be read", where=str(copy))
        return read(self, x, y, width, height)

    with monkeypatch.context() as patched:
        patched.setattr(ModelPlane, "read", vanishing)
        with pytest.raises(SlideGoneError):
            run(copy, model, case=case)
    with CaseFile.open(case, fingerprint=fingerprint) as opened:
        assert [r.state for r in opened.runs()] == [RunState.FAILED]
    events = run(copy, model, case=case)
    done = events[-1]
    assert isinstance(done, ScanDone)
    assert done.resumed_tiles == 2
    assert heatmap_of(events).tobytes() == whole.tobytes()


def test_a_write_that_fails_fails_the_run_loses_no_kept_tile_and_resumes(
    slide: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk, met by one thread while two others keep their tiles."""
    whole = heatmap_of(run(slide, model))
    case = tmp_path / "s.case"
    predictor = OpenVinoPredictor(find_model(str(model)))
    predictor.calls = 3
    models = PredictorCache("cpu", make=lambda _model, _device: (predictor, ()))
    request = ScanRequest("r", str(slide), str(model), case=str(case))
    writes, probabilities = count(), predictor.probabilities
    put_tile, begun, together = CaseFile.put_tile, count(), threading.Barrier(3)

    def side_by_side(images: Sequence[RgbImage]) -> list[np.ndarray]:
        if next(begun) < 3:
            together.wait(30)
        return probabilities(images)

    def full(self: CaseFile, *args: Any, **more: Any) -> None:
        if next(writes) == 0:
            raise CaseFileError("The disk is full", where=str(case), advice="Make room")
        put_tile(self, *args, **more)

    told: list[ScanEvent] = []
    with monkeypatch.context() as patched:
        patched.setattr(CaseFile, "put_tile", full)
        patched.setattr(predictor, "probabilities", side_by_side)
        with pytest.raises(CaseFileError, match="The disk is full") as raised:
            told.extend(scan(request, models, CancelToken()))
    # Although the error is still at hand, and with it all that it passed through.
    assert raised.tb is not None
    assert not [thread.name for thread in threading.enumerate() if "tile-reader" in thread.name]
    with CaseFile.open(case, fingerprint=fingerprint_of(slide)) as opened:
        (failed,) = opened.runs()
        assert failed.state is RunState.FAILED
        kept = {(stored.tile.row, stored.tile.column) for stored in opened.tiles(failed.id)}
    assert {(e.row, e.column) for e in told if isinstance(e, Scores)} == kept != set()
    events = run(slide, model, case=case)
    assert isinstance(done := events[-1], ScanDone)
    assert done.resumed_tiles == len(kept)
    assert heatmap_of(events).tobytes() == whole.tobytes()
