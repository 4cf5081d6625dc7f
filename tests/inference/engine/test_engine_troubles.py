"""What may go wrong with a scan, each through the real engine process: nothing is lost and everything is said."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import tifffile

from inference.engine.messages import (
    Event,
    Failed,
    FocusRequest,
    ScanDone,
    ScanNotice,
    ScanRequest,
    ScanStarted,
    Scores,
)
from tests.support.engine_process import FORGETFUL, Engine
from tests.support.make_slide import textured, write_pyramid
from tests.support.models import write_broken_model, write_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_model(tmp_path_factory.mktemp("models") / "lively"))


@pytest.fixture(scope="module")
def slide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """62 x 34 cells, 5 x 3 tiles, all tissue."""
    return write_pyramid(tmp_path_factory.mktemp("slides") / "s.tif", textured(4300, 7900, seed=1), mpp=0.243)


def heatmap_of(events: list[Event]) -> np.ndarray:
    started = [e for e in events if isinstance(e, ScanStarted)][-1]
    heatmap = np.full((started.rows, started.columns), np.nan, np.float32)
    for scores in (e for e in events if isinstance(e, Scores)):
        rows, columns = scores.values.shape
        heatmap[scores.row : scores.row + rows, scores.column : scores.column + columns] = scores.values
    return heatmap


def scan(request: ScanRequest, *more: FocusRequest, command: tuple[str, ...] | None = None) -> list[Event]:
    engine = Engine(command).ready() if command else Engine().ready()
    try:
        for message in (request, *more):
            engine.say(message)
        return engine.hear_until(ScanDone, Failed)
    finally:
        engine.close()


@pytest.fixture(scope="module")
def whole(slide: Path, model: str) -> np.ndarray:
    return heatmap_of(scan(ScanRequest("1", str(slide), model)))


def test_what_is_looked_at_comes_first_and_leaves_no_trace(
    slide: Path, model: str, whole: np.ndarray
) -> None:
    heard = scan(ScanRequest("1", str(slide), model), FocusRequest("1", 7800, 4200, 50, 50))
    first = next(e for e in heard if isinstance(e, Scores))
    assert (first.row, first.column) == (28, 56)
    assert heatmap_of(heard).tobytes() == whole.tobytes()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_killed_and_hung_engines_resume_bit_identical(
    slide: Path, model: str, whole: np.ndarray, tmp_path: Path
) -> None:
    """Killed in the middle, then stopped dead in the middle and killed as the window does it."""
    request = ScanRequest("1", str(slide), model, case=str(tmp_path / "s.case"))
    told: set[tuple[int, int]] = set()
    for trouble, tiles in ((signal.SIGKILL, 1), (signal.SIGKILL, 4), (signal.SIGSTOP, 7)):
        engine = Engine().ready()
        engine.say(request)
        while len(told) < tiles:
            told |= {(e.row, e.column) for e in engine.hear_until(Scores) if isinstance(e, Scores)}
        engine.process.send_signal(trouble)
        engine.close()
    heard = scan(request)
    done = heard[-1]
    assert isinstance(done, ScanDone)
    # What was told was kept: a tile is committed before it is told.
    assert done.resumed_tiles >= len(told) == 7
    assert heatmap_of(heard).tobytes() == whole.tobytes()


def test_out_of_memory_computes_fewer_tiles_at_a_time_and_says_so(
    slide: Path, model: str, whole: np.ndarray
) -> None:
    heard = scan(ScanRequest("1", str(slide), model), command=(*FORGETFUL, "1"))
    notices = [e.text for e in heard if isinstance(e, ScanNotice)]
    assert notices[-1] == "Small card ran out of memory: 1 tile is computed at a time."
    assert len(notices) == len(set(notices))
    # It goes on where it is: the CPU would begin anew.
    assert [e.device for e in heard if isinstance(e, ScanStarted)] == ["Small card"]
    assert heatmap_of(heard).tobytes() == whole.tobytes()


def test_a_card_that_holds_no_tile_hands_over_to_the_cpu(
    slide: Path, model: str, whole: np.ndarray, tmp_path: Path
) -> None:
    request = ScanRequest("1", str(slide), model, case=str(tmp_path / "s.case"))
    heard = scan(request, command=(*FORGETFUL, "0"))
    first, second = (e for e in heard if isinstance(e, ScanStarted))
    assert (first.device, second.device) == ("Small card", "CPU (OpenVINO)")
    assert second.notices == (
        "The memory of Small card does not suffice even for one tile: the CPU computes instead.",
    )
    assert first.case_run != second.case_run
    assert isinstance(heard[-1], ScanDone)
    assert heatmap_of(heard).tobytes() == whole.tobytes()


def test_a_model_without_numbers_and_a_place_without_pixels_are_counted(
    slide: Path, model: str, whole: np.ndarray, tmp_path: Path
) -> None:
    nan = scan(ScanRequest("1", str(slide), str(write_broken_model(tmp_path / "broken"))))
    started, done = next(e for e in nan if isinstance(e, ScanStarted)), nan[-1]
    assert isinstance(done, ScanDone)
    assert done.nan_cells == started.tissue_cells
    assert np.isnan(heatmap_of(nan)).all()

    damaged = tmp_path / "damaged.tif"
    damaged.write_bytes(slide.read_bytes())
    with tifffile.TiffFile(slide) as tiff:
        page = tiff.pages[2]  # factor 4: the level at the model's resolution
        offset, length = page.dataoffsets[0], page.databytecounts[0]
    with damaged.open("r+b") as file:
        file.seek(offset)
        file.write(b"\x55" * length)
    heard = scan(ScanRequest("1", str(damaged), model))
    done, values = heard[-1], heatmap_of(heard)
    assert isinstance(done, ScanDone)
    assert done.unreadable_tiles >= 1
    assert np.isnan(values[0, 0])
    readable = ~np.isnan(values)
    assert 0.9 < readable.mean() < 1
    assert values[readable].tobytes() == whole[readable].tobytes()


def test_the_engine_starts_no_process_that_could_outlive_it_or_reach_the_network(
    slide: Path, model: str
) -> None:
    """A killed engine's pipe must end with it: OpenVINO's own reporting forks a process that holds it open."""
    engine = Engine().ready()
    engine.say(ScanRequest("1", str(slide), model))
    engine.hear_until(Scores)
    engine.process.kill()
    assert engine.process.stdout is not None
    ended = threading.Thread(target=engine.process.stdout.read, daemon=True)
    ended.start()
    ended.join(20)
    assert not ended.is_alive()
    engine.close()
