"""A case file keeps everything that was committed, through kills, and answers with what was put in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.errors import CaseFileError
from inference.results.candidates import Candidate, find_candidates
from inference.results.case_file import CaseFile, default_case_path
from inference.results.case_records import Review, RunState
from inference.results.heatmap import Heatmap
from inference.slides.frames import Mpp, PointL0
from inference.slides.grid import Tile, TileGrid

FINGERPRINT = "0123456789abcdef" * 2
GRID = TileGrid(rows=5, columns=7, stride_x_l0=127.5, stride_y_l0=128.0 / 3, tile_cells=3)
RUN: dict[str, Any] = {
    "model": "p4m-densenet-m",
    "model_sha256": "ab" * 32,
    "settings": {"tissue": {"saturation": 0.07, "value": 0.1}, "batch": 8},
    "device": "CPU",
    "precision": "float32",
    "grid": GRID,
}
RESUME = {key: RUN[key] for key in ("model_sha256", "settings", "grid")}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "slide.case"


@pytest.fixture
def case(path: Path) -> Iterator[CaseFile]:
    with CaseFile.open(path, fingerprint=FINGERPRINT) as case:
        yield case


def random_tiles(seed: int = 1) -> list[tuple[Tile, np.ndarray]]:
    rng = np.random.default_rng(seed)
    return [(tile, rng.random((tile.rows, tile.columns), dtype=np.float32)) for tile in GRID.tiles()]


def put_all(case: CaseFile, run_id: int) -> Heatmap:
    heatmap = Heatmap.empty(GRID)
    for tile, values in random_tiles():
        case.put_tile(run_id, tile, values)
        heatmap.put_block(tile.row, tile.column, values)
    return heatmap


# ---- what goes in comes out


def test_a_run_comes_back_as_it_was_started_and_finished(path: Path) -> None:
    with CaseFile.open(path, fingerprint=FINGERPRINT) as case:
        first = case.start_run(**RUN)
        case.finish_run(first, RunState.DONE, seconds=12.5, unreadable_tiles=1, nan_cells=9)
        second = case.start_run(**(RUN | {"model": "densenet"}))
    with CaseFile.open(path, fingerprint=FINGERPRINT) as case:
        done, running = case.runs()
        assert (done.id, done.model, done.model_sha256) == (first, "p4m-densenet-m", "ab" * 32)
        assert (done.settings, done.device, done.precision) == (RUN["settings"], "CPU", "float32")
        assert done.grid == GRID
        assert (done.state, done.seconds, done.unreadable_tiles, done.nan_cells) == (
            RunState.DONE,
            12.5,
            1,
            9,
        )
        assert done.started.utcoffset() is not None
        assert (running.id, running.state, running.seconds) == (second, RunState.RUNNING, None)
        assert case.run(first) == done
        assert case.latest_run() == running
        assert case.latest_run(RunState.DONE) == done
        assert case.latest_run(RunState.FAILED) is None


def test_a_new_case_file_is_empty(case: CaseFile) -> None:
    assert case.runs() == ()
    assert case.latest_run() is None
    assert case.mpp() is None
    assert case.find_resumable(**RESUME) is None


def test_the_resolution_in_use_is_kept_with_its_source(case: CaseFile) -> None:
    case.record_mpp(Mpp(0.25, 0.2505), source="file")
    case.record_mpp(Mpp.square(0.5), source="given")
    assert case.mpp() == (Mpp.square(0.5), "given")


def test_tiles_come_back_bit_for_bit_and_make_the_heatmap(path: Path) -> None:
    with CaseFile.open(path, fingerprint=FINGERPRINT) as case:
        run_id = case.start_run(**RUN)
        expected = put_all(case, run_id)
        other = case.start_run(**RUN)
    with CaseFile.open(path, fingerprint=FINGERPRINT) as case:
        stored = case.tiles(run_id)
        assert [each.tile for each in stored] == list(GRID.tiles())
        heatmap = case.heatmap(run_id)
        assert heatmap.values.tobytes() == expected.values.tobytes()
        assert (heatmap.stride_x_l0, heatmap.stride_y_l0) == (GRID.stride_x_l0, GRID.stride_y_l0)
        assert case.heatmap(other).computed_fraction == 0.0


def test_an_unreadable_tile_is_nan_and_says_so(case: CaseFile) -> None:
    run_id = case.start_run(**RUN)
    tile = Tile(0, 0, 3, 3)
    case.put_tile(run_id, tile, np.full((3, 3), np.nan, dtype=np.float32), unreadable=True)
    (stored,) = case.tiles(run_id)
    assert stored.unreadable
    assert np.isnan(stored.values).all()


def test_a_tile_put_twice_holds_the_second_values(case: CaseFile) -> None:
    run_id = case.start_run(**RUN)
    for value in (0.25, 0.75):
        case.put_tile(run_id, Tile(3, 3, 2, 3), np.full((2, 3), value, dtype=np.float32))
    (stored,) = case.tiles(run_id)
    assert (stored.values == 0.75).all()
    assert not stored.unreadable


def test_a_tile_of_another_shape_or_with_impossible_values_is_refused(case: CaseFile) -> None:
    run_id = case.start_run(**RUN)
    with pytest.raises(ValueError, match="not 3 x 3 cells"):
        case.put_tile(run_id, Tile(0, 0, 3, 3), np.zeros((2, 3), dtype=np.float32))
    with pytest.raises(ValueError, match="probabilities"):
        case.put_tile(run_id, Tile(0, 0, 1, 1), np.full((1, 1), np.inf, dtype=np.float32))
    assert case.tiles(run_id) == ()


def test_what_is_not_there_is_a_key_error(case: CaseFile) -> None:
    with pytest.raises(KeyError):
        case.run(7)
    with pytest.raises(KeyError):
        case.heatmap(7)
    with pytest.raises(KeyError):
        case.finish_run(7, RunState.DONE, seconds=1, unreadable_tiles=0, nan_cells=0)
    with pytest.raises(KeyError):
        case.set_review(case.start_run(**RUN), 0, Review.ACCEPTED)
    # The failed transaction was undone, so that the next one can begin.
    case.start_run(**RUN)


# ---- resuming


@pytest.mark.parametrize("state", [None, RunState.CANCELLED, RunState.FAILED])
def test_an_unfinished_run_can_be_resumed(case: CaseFile, state: RunState | None) -> None:
    run_id = case.start_run(**RUN)
    if state is not None:
        case.finish_run(run_id, state, seconds=1, unreadable_tiles=0, nan_cells=0)
    reordered = dict(reversed(RUN["settings"].items()))
    assert case.find_resumable(**(RESUME | {"settings": reordered})) == run_id
    assert case.find_resumable(**RESUME, device="CPU", precision="float32") == run_id
    case.resume_run(run_id)
    assert case.run(run_id).state is RunState.RUNNING


def test_a_finished_run_is_not_resumed(case: CaseFile) -> None:
    run_id = case.start_run(**RUN)
    case.finish_run(run_id, RunState.DONE, seconds=1, unreadable_tiles=0, nan_cells=0)
    assert case.find_resumable(**RESUME) is None


@pytest.mark.parametrize(
    "change",
    [
        {"model_sha256": "cd" * 32},
        {"settings": {"batch": 9}},
        {"grid": TileGrid(5, 7, 127.5, 42.0, 3)},
        {"grid": TileGrid(5, 7, 127.5, 128.0 / 3, 4)},
        {"device": "CUDA"},
        {"precision": "float16"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_run_that_would_compute_something_else_is_not_resumed(
    case: CaseFile, change: dict[str, Any]
) -> None:
    case.start_run(**RUN)
    assert case.find_resumable(**(RESUME | change)) is None


# ---- candidates and reviews


def some_candidates() -> tuple[Candidate, ...]:
    values = np.random.default_rng(4).random((5, 7), dtype=np.float32)
    return find_candidates(Heatmap(values, 127.5, 42.5), threshold=0.3, radius_cells=1)


def test_candidates_come_back_open_and_in_order(case: CaseFile) -> None:
    run_id = case.start_run(**RUN)
    expected = some_candidates()
    assert len(expected) > 3
    case.put_candidates(run_id, expected)
    stored = case.candidates(run_id)
    assert tuple(each.candidate for each in stored) == expected
    assert {(each.review, each.note) for each in stored} == {(Review.OPEN, "")}


def test_a_review_is_kept_and_can_be_changed(path: Path) -> None:
    with CaseFile.open(path, fingerprint=FINGERPRINT) as case:
        run_id = case.start_run(**RUN)
        case.put_candidates(run_id, some_candidates())
        case.set_review(run_id, 2, Review.REJECTED)
        case.set_review(run_id, 2, Review.ACCEPTED, note="micrometastasis; “sure”")
    with CaseFile.open(path, fingerprint=FINGERPRINT) as case:
        stored = case.candidates(run_id)
        assert (stored[2].review, stored[2].note) == (Review.ACCEPTED, "micrometastasis; “sure”")
        assert stored[1].review is Review.OPEN


def test_a_review_stays_with_its_place_when_the_list_changes(case: CaseFile) -> None:
    run_id = case.start_run(**RUN)
    everything = some_candidates()
    case.put_candidates(run_id, everything)
    case.set_review(run_id, 3, Review.ACCEPTED)
    place = everything[3]
    # A threshold so high that the candidate is gone, then back, at another rank.
    case.put_candidates(run_id, everything[:1])
    assert [each.review for each in case.candidates(run_id)] == [Review.OPEN]
    moved = Candidate(0, place.probability, place.point_l0, place.row, place.column)
    case.put_candidates(run_id, [moved])
    assert [each.review for each in case.candidates(run_id)] == [Review.ACCEPTED]


# ---- several users


def test_another_process_reads_while_this_one_writes(path: Path, case: CaseFile) -> None:
    run_id = case.start_run(**RUN)
    with CaseFile.open(path, fingerprint=FINGERPRINT) as reader:
        for count, (tile, values) in enumerate(random_tiles(), start=1):
            case.put_tile(run_id, tile, values)
            assert len(reader.tiles(run_id)) == count


def test_it_may_move_to_another_thread(case: CaseFile) -> None:
    answers: list[int] = []
    thread = threading.Thread(target=lambda: answers.append(case.start_run(**RUN)))
    thread.start()
    thread.join()
    assert [run.id for run in case.runs()] == answers


_OPEN_AND_START = """
import sys
from pathlib import Path
from inference.results.case_file import CaseFile
from inference.slides.grid import TileGrid
with CaseFile.open(Path(sys.argv[1]), fingerprint=sys.argv[2]) as case:
    case.start_run(model="m", model_sha256="00", settings={}, device="CPU", precision="float32",
                   grid=TileGrid(1, 1, 1.0, 1.0, 1))
"""


def start_python(code: str, *arguments: str) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], env=environment, stdout=subprocess.PIPE, text=True
    )


def test_processes_that_create_the_file_at_the_same_time_share_it(path: Path) -> None:
    processes = [start_python(_OPEN_AND_START, str(path), FINGERPRINT) for _ in range(4)]
    for process in processes:
        process.communicate(timeout=60)
    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    with CaseFile.open(path, fingerprint=FINGERPRINT) as case:
        assert len(case.runs()) == 4


# ---- kill -9

_WRITE_WITHOUT_END = """
import sys
from pathlib import Path
import numpy as np
from inference.results.candidates import Candidate
from inference.results.case_file import CaseFile
from inference.results.case_records import Review
from inference.slides.frames import PointL0
from inference.slides.grid import Tile, TileGrid
case = CaseFile.open(Path(sys.argv[1]), fingerprint=sys.argv[2])
run_id = case.start_run(model="m", model_sha256="00", settings={}, device="CPU", precision="float32",
                        grid=TileGrid(1_000_000, 1, 1.0, 1.0, 1))
case.put_candidates(run_id, [Candidate(0, 0.5, PointL0(0.5, 0.5), 0, 0)])
for row in range(1_000_000):
    case.put_tile(run_id, Tile(row, 0, 1, 1), np.full((1, 1), row / 1e6, dtype=np.float32))
    case.set_review(run_id, 0, Review.ACCEPTED, note=str(row))
    print(row, flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system cannot kill -9")
def test_kill_9_loses_nothing_that_was_committed(path: Path) -> None:
    for kill_after in (1, 17, 120):
        writer = start_python(_WRITE_WITHOUT_END, str(path), FINGERPRINT)
        assert writer.stdout is not None
        for _ in range(kill_after):
            told = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        rest, _ = writer.communicate(timeout=30)
        told = int(rest.split()[-1]) if rest.endswith("\n") and rest.split() else told
        with CaseFile.open(path, fingerprint=FINGERPRINT) as case:
            run = case.latest_run()
            assert run is not None
            assert run.state is RunState.RUNNING
            tiles = case.tiles(run.id)
            assert told + 1 <= len(tiles) <= told + 2
            assert [each.tile.row for each in tiles] == list(range(len(tiles)))
            assert all(each.values[0, 0] == np.float32(row / 1e6) for row, each in enumerate(tiles))
            (candidate,) = case.candidates(run.id)
            assert told <= int(candidate.note) <= told + 1


# ---- where it lies


def test_the_default_place_is_named_by_the_fingerprint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EQUISCOPE_DATA_HOME", str(tmp_path / "Daten, ä 数据"))
    place = default_case_path(FINGERPRINT)
    assert place == tmp_path / "Daten, ä 数据" / "cases" / f"{FINGERPRINT}.case"
    CaseFile.open(place, fingerprint=FINGERPRINT).close()
    assert place.is_file()


def test_the_default_place_is_the_users_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EQUISCOPE_DATA_HOME", raising=False)
    place = default_case_path(FINGERPRINT)
    assert place.is_absolute()
    assert place.parent.parent.name == "equiscope"


@pytest.mark.parametrize(
    "fingerprint", ["", "../../etc/passwd", "0123", FINGERPRINT.upper(), FINGERPRINT + "\n"]
)
def test_only_a_fingerprint_becomes_a_file_name(fingerprint: str) -> None:
    with pytest.raises(ValueError, match="fingerprint"):
        default_case_path(fingerprint)


# ---- a damaged tile


def test_a_tile_that_cannot_be_right_is_reported(path: Path, case: CaseFile) -> None:
    run_id = case.start_run(**RUN)
    put_all(case, run_id)
    with case._database.transaction() as connection:
        connection.execute("UPDATE heatmap_tiles SET cells = x'00' WHERE row = 3 AND column = 3")
    with pytest.raises(CaseFileError, match="scan the slide again"):
        case.heatmap(run_id)


def test_a_tile_outside_its_grid_is_reported(case: CaseFile) -> None:
    run_id = case.start_run(**RUN)
    case.put_tile(run_id, Tile(100, 0, 1, 1), np.zeros((1, 1), dtype=np.float32))
    with pytest.raises(CaseFileError, match="scan the slide again"):
        case.heatmap(run_id)


def test_candidates_keep_places_as_they_are(case: CaseFile) -> None:
    run_id = case.start_run(**RUN)
    precise = Candidate(0, float(np.float32(0.7)), PointL0(1 / 3, 1e5 + 2 / 3), 4, 6)
    case.put_candidates(run_id, [precise])
    assert case.candidates(run_id)[0].candidate == precise
