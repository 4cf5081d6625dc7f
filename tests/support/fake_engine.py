"""A tiny real engine process: speaks the protocol of the window, computes nothing.

Run as a script. The first argument chooses how it behaves:
    steady   answers every scan with a heatmap of two tumour areas
    keeping  the same, and keeps the scan in the case file
    slow     the same, a block every 50 ms, and heeds a cancel
    held     the same, and after its first block waits for a file of the name in FAKE_ENGINE_GOES_ON
             or a cancel
    deaf     starts a scan and hears nothing any more
    crash    dies in the middle of a scan
    garbage  says a line that is no message
    refuse   answers a scan with `Failed`, no tissue
    mute     never says that it is ready
An optional second argument is a PNG with the tumour as white, which the heatmap then follows.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from inference.engine.messages import (
    CancelRequest,
    EngineReady,
    Event,
    Failed,
    QuitRequest,
    ScanCancelled,
    ScanDone,
    ScanProgress,
    ScanRequest,
    ScanStage,
    ScanStarted,
    Scores,
    decode,
    encode,
)
from inference.results.case_file import CaseFile
from inference.results.case_records import RunState
from inference.slides.frames import Mpp
from inference.slides.grid import TileGrid
from inference.slides.open_slide import open_slide
from inference.slides.slide import SlideInfo

MODEL_MPP = 0.972
BLOCK = 14
FILE_DEVICE = "CPU (fake)"
GOES_ON = "FAKE_ENGINE_GOES_ON"


def command(behaviour: str, mask: Path | None = None) -> tuple[str, ...]:
    """The command line of a fake engine."""
    return (sys.executable, __file__, behaviour, *([str(mask)] if mask is not None else []))


def made_up_heatmap(rows: int, columns: int) -> NDArray[np.float32]:
    """(rows, columns) probabilities: 0.97 falling off about one place, 0.71 about another."""
    y, x = np.mgrid[:rows, :columns].astype(np.float32)
    values = np.zeros((rows, columns), np.float32)
    for height, at_y, at_x in ((0.97, 0.3, 0.3), (0.71, 0.75, 0.7)):
        distance = np.hypot((y - round(at_y * rows)) / rows, (x - round(at_x * columns)) / columns)
        values = np.maximum(values, height * np.exp(-((distance / 0.18) ** 2))).astype(np.float32)
    return values


def heatmap_of_mask(path: Path, rows: int, columns: int) -> NDArray[np.float32]:
    """(rows, columns) share of tumour in each cell, blurred and a little noisy, as a network's would be."""
    Image.MAX_IMAGE_PIXELS = None
    mask = Image.open(path).convert("L").resize((columns, rows), Image.Resampling.BOX)
    values = np.asarray(mask, np.float32) / 255
    noise = np.random.default_rng(3).normal(0, 0.09, values.shape)
    return np.clip(values * 0.9 + 0.04 + noise, 0, 1).astype(np.float32)


def keep(request: ScanRequest, info: SlideInfo, grid: TileGrid, values: NDArray[np.float32]) -> int:
    """Writes the whole scan into the case file asked for; answers its run."""
    assert request.case is not None
    assert info.mpp is not None
    with CaseFile.open(Path(request.case), fingerprint=info.fingerprint) as case:
        run = case.start_run(
            model=request.model,
            model_sha256="0" * 64,
            settings={"mpp": [info.mpp.x, info.mpp.y]},
            device=FILE_DEVICE,
            precision="fp32",
            grid=grid,
        )
        for tile in grid.tiles():
            rows, columns = (
                slice(tile.row, tile.row + tile.rows),
                slice(tile.column, tile.column + tile.columns),
            )
            case.put_tile(run, tile, values[rows, columns])
        case.finish_run(run, RunState.DONE, seconds=1.25, unreadable_tiles=0, nan_cells=0)
    return run


class FakeEngine:
    """Answers requests from standard input on standard output."""

    def __init__(self, behaviour: str, mask: Path | None) -> None:
        self._behaviour = behaviour
        self._mask = mask
        self._cancelled: set[str] = set()

    def serve(self) -> None:
        """Until told to quit or until standard input ends."""
        if self._behaviour == "mute":
            time.sleep(60)
        self._say(EngineReady("fake"))
        for line in sys.stdin.buffer:
            message = decode(line)
            if isinstance(message, QuitRequest):
                return
            if isinstance(message, CancelRequest):
                self._cancelled.add(message.run_id)
            if isinstance(message, ScanRequest):
                threading.Thread(target=self._scan, args=(message,), daemon=True).start()

    def _scan(self, request: ScanRequest) -> None:
        run_id = request.run_id
        self._say(ScanStage(run_id, "Finding tissue"))
        if self._behaviour == "refuse":
            self._say(Failed(run_id, "NoTissueError", "No tissue was found", "slide", "Check the stain"))
            return
        if self._behaviour == "garbage":
            sys.stdout.buffer.write(b"Segmentation fault (no JSON)\n")
            sys.stdout.buffer.flush()
            return
        slide = open_slide(Path(request.slide), mpp=Mpp.square(request.mpp) if request.mpp else None)
        info = slide.info
        slide.close()
        assert info.mpp is not None
        grid = TileGrid.of_slide(info.size_l0, info.mpp, model_mpp=MODEL_MPP, tile_cells=BLOCK)
        if self._mask is None:
            values = made_up_heatmap(grid.rows, grid.columns)
        else:
            values = heatmap_of_mask(self._mask, grid.rows, grid.columns)
        cells = grid.rows * grid.columns
        case_run = None
        if self._behaviour == "keeping":
            case_run = keep(request, info, grid, values)
        self._say(
            ScanStarted(
                run_id=run_id,
                fingerprint=info.fingerprint,
                model=request.model,
                model_title="P4M-DenseNet-M",
                model_sha256="0" * 64,
                device=FILE_DEVICE,
                precision="fp32",
                mpp_x=info.mpp.x,
                mpp_y=info.mpp.y,
                mpp_source=info.mpp_source,
                rows=grid.rows,
                columns=grid.columns,
                stride_x_l0=grid.stride_x_l0,
                stride_y_l0=grid.stride_y_l0,
                tissue_cells=cells,
                tissue_fraction=0.62,
                notices=(),
                case_run=case_run,
                width_l0=info.size_l0.width,
                height_l0=info.size_l0.height,
                synthetic=info.synthetic,
                settings={},
            )
        )
        done = 0
        for number, tile in enumerate(grid.tiles()):
            if self._behaviour == "crash":
                print("killed by the test", file=sys.stderr, flush=True)
                sys.stderr.flush()
                # Past all clean-up, as a real crash goes.
                os._exit(17)
            if self._behaviour == "deaf":
                time.sleep(60)
            if self._behaviour in ("slow", "held"):
                time.sleep(0.05)
            while number and self._behaviour == "held" and not self._may_go_on(run_id):
                time.sleep(0.05)
            if run_id in self._cancelled:
                self._say(ScanCancelled(run_id))
                return
            block = values[tile.row : tile.row + tile.rows, tile.column : tile.column + tile.columns]
            self._say(Scores(run_id, tile.row, tile.column, block))
            done += block.size
            self._say(ScanProgress(run_id, done, cells, 1.6, 0.05 * (cells - done) / max(1, number + 1)))
        self._say(ScanDone(run_id, 1.25, 0, 0, 0))

    def _may_go_on(self, run_id: str) -> bool:
        return run_id in self._cancelled or Path(os.environ[GOES_ON]).exists()

    def _say(self, event: Event) -> None:
        sys.stdout.buffer.write(encode(event))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    FakeEngine(sys.argv[1], Path(sys.argv[2]) if len(sys.argv) > 2 else None).serve()
