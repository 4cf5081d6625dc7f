"""Tiles per second through the window's reader beside a bare OpenSlide loop and beside decoding from memory.

`python -m benchmarks.reading [SLIDE ...] [--tiles 200] [--rounds 5]` interleaves the contestants on level 0 of each
slide (without one: made slides of 256 and 512 px tiles), takes medians, and prints a table and one line of JSON. Every
contestant makes the same display tiles, each once a round, in the same order:

- OpenSlide: `read_region` of an openslide-python handle, nothing more.
- memory: the JPEG tiles that a display tile is made of, decoded from bytes held in memory; the ceiling.
- reader: `Slide.read_region`, as a scan uses it.
- loader: the window's `TileLoader` with its threads, up to the QImage that is painted; beside it OpenSlide with as many
  threads.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import openslide
import simplejpeg
from PySide6.QtCore import QCoreApplication, QEventLoop
from rich.console import Console
from rich.table import Table

from app.canvas.display_pyramid import TILE, TileKey, display_levels
from app.canvas.tile_loader import READER_THREADS, LoadedTile, TileLoader
from app.frame_time import keep_frames_steady
from benchmarks.timing import timed
from inference.slides.direct_tiles import find_tables
from inference.slides.open_slide import open_slide
from inference.slides.reads import BoxLv
from inference.slides.slide import Slide
from inference.synthetic.giant_slide import write_giant_slide


def main() -> None:
    """Runs the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("slides", nargs="*", type=Path)
    parser.add_argument("--tiles", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    wishes = parser.parse_args()
    # As the window's program does: it decides how many threads convert a tile.
    keep_frames_steady()
    application = QCoreApplication([])
    with tempfile.TemporaryDirectory() as folder:
        paths = wishes.slides or [_made(Path(folder), tile) for tile in (256, 512)]
        results = [_compare(path, wishes.tiles, wishes.rounds) for path in paths]
    del application
    _report(results)


def _made(folder: Path, tile: int) -> Path:
    path = folder / f"made slide, tiles of {tile} px"
    write_giant_slide(path, width=20_000, height=20_000, tile=tile, tissue_fraction=1.0)
    return path


def _compare(path: Path, count: int, rounds: int) -> dict[str, object]:
    """Display tiles per second of every contestant on one slide."""
    probe = open_slide(path)
    info, level = probe.info, display_levels(probe.info.levels)[0]
    probe.close()
    # From the middle outward: tissue, and never the smaller tiles at the edge.
    keys = [
        TileKey(0, column, row)
        for row in range(level.height // TILE)
        for column in range(level.width // TILE)
    ]
    middle_x, middle_y = level.width / TILE / 2, level.height / TILE / 2
    keys.sort(key=lambda key: (key.column - middle_x) ** 2 + (key.row - middle_y) ** 2)
    keys = keys[:count]
    contestants: dict[str, Callable[[], float]] = {
        "OpenSlide": lambda: _openslide(path, keys, threads=1),
        "memory": lambda: _memory(path, keys),
        "reader": lambda: _reader(path, keys),
        f"OpenSlide, {READER_THREADS} threads": lambda: _openslide(path, keys, threads=READER_THREADS),
        f"loader, {READER_THREADS} threads": lambda: _loader(path, keys),
    }
    if not info.reading.startswith("JPEG tiles"):
        del contestants["memory"]
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds + 1):
        for name, work in contestants.items():
            seconds[name].append(work())
    return {
        "slide": path.name,
        "format": info.format,
        "reading": info.reading,
        "tiles": len(keys),
        "tiles_per_second": {n: len(keys) / statistics.median(s[1:]) for n, s in seconds.items()},
    }


def _openslide(path: Path, keys: list[TileKey], *, threads: int) -> float:
    with openslide.OpenSlide(path) as handle, ThreadPoolExecutor(threads) as pool:

        def read(key: TileKey) -> None:
            handle.read_region((key.column * TILE, key.row * TILE), 0, (TILE, TILE))

        read(keys[0])
        if threads == 1:
            return timed(lambda: [read(key) for key in keys])
        return timed(lambda: list(pool.map(read, keys)))


def _memory(path: Path, keys: list[TileKey]) -> float:
    """Every stored tile of every display tile; one that two display tiles share is decoded for each."""
    slide = open_slide(path)
    table = find_tables(path, slide.info.levels)[0]
    slide.close()
    content = path.read_bytes()
    streams = []
    for key in keys:
        for index in table.tiles_of(BoxLv(key.column * TILE, key.row * TILE, TILE, TILE)):
            start = int(table.offsets[index])
            streams.append(table.beginning + content[start + 2 : start + int(table.lengths[index])])
    return timed(lambda: [simplejpeg.decode_jpeg(stream) for stream in streams])


def _reader(path: Path, keys: list[TileKey]) -> float:
    slide = open_slide(path)
    try:
        return timed(lambda: [_read(slide, key) for key in keys])
    finally:
        slide.close()


def _read(slide: Slide, key: TileKey) -> None:
    slide.read_region(0, x_lv=key.column * TILE, y_lv=key.row * TILE, width=TILE, height=TILE)


def _loader(path: Path, keys: list[TileKey]) -> float:
    slide = open_slide(path)
    loader, loop, left = TileLoader(slide, display_levels(slide.info.levels)), QEventLoop(), set(keys)

    def arrived(tile: LoadedTile) -> None:
        if tile.image is None:
            raise SystemExit(f"{path}: {tile.reason}")
        left.discard(tile.key)
        if not left:
            loop.quit()

    loader.tileLoaded.connect(arrived)

    def load() -> None:
        loader.want(keys)
        loop.exec()

    try:
        return timed(load)
    finally:
        loader.stop()
        slide.close()


def _report(results: list[dict[str, object]]) -> None:
    for result in results:
        rates = result["tiles_per_second"]
        assert isinstance(rates, dict)
        table = Table(
            title=f"{result['slide']}: {result['reading']}; {result['tiles']} tiles of {TILE} px, medians"
        )
        for column in ("", "tiles/s", "x OpenSlide with as many threads"):
            table.add_column(column, justify="right" if column else "left")
        for name, rate in rates.items():
            beside = rates[f"OpenSlide, {READER_THREADS} threads" if "threads" in name else "OpenSlide"]
            table.add_row(name, f"{rate:.0f}", f"{rate / beside:.2f}")
        Console(stderr=True).print(table)
    facts = {
        "machine": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "results": results,
    }
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
