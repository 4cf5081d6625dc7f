"""The made demo slide in one call: a lymph node with metastases, and the truth about it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from multiprocessing import get_context
from pathlib import Path

import cv2

from inference.synthetic.anatomy import lay_out_anatomy
from inference.synthetic.paint import Palette, glass, is_bare, make_palette, paint_block
from inference.synthetic.pyramid_tiff import BLOCK, EncodedBlock, block_places, encode_block, write_pyramid
from inference.synthetic.spec import DEFAULT_SPEC, DRAWING_VERSION, DemoSpec, DemoTruth
from inference.synthetic.truth_geojson import write_truth

__all__ = ["DemoSpec", "DemoTruth", "demo_truth", "truth_path", "write_demo_slide"]

MOST_WORKERS = 4
"""Each process holds about 0.3 GB; more would pass 1.5 GB and gain little over the writing of the file."""

FEWEST_BLOCKS_TO_SHARE = 9
"""Starting a process takes as long as painting two blocks."""


def demo_truth(spec: DemoSpec = DEFAULT_SPEC) -> DemoTruth:
    """What is tumour on the slide of `spec`, without drawing it."""
    return DemoTruth(tumour_l0=lay_out_anatomy(spec).tumour, spec=spec)


def truth_path(path: Path) -> Path:
    """Where the truth of the slide at `path` lies: beside it, `NAME.truth.geojson`."""
    return path.with_name(f"{path.stem}.truth.geojson")


def write_demo_slide(
    path: Path,
    spec: DemoSpec = DEFAULT_SPEC,
    *,
    progress: Callable[[float], None] | None = None,
    workers: int | None = None,
) -> DemoTruth:
    """Draw the slide of `spec` into a pyramidal TIFF at `path` and its truth beside it; the truth is returned.

    The bytes depend on the spec alone, not on `workers`, the number of processes (chosen by default; with 1, or for
    small slides by default, everything happens in this process). Processes are spawned, so a script that calls this
    needs the usual main guard. `progress` is told the part done, 0 to 1, from this thread. Both files appear whole
    or not at all. Raises OSError where they cannot be written.
    """
    with _staged(path) as staged_slide, _staged(truth_path(path)) as staged_truth:
        palette = make_palette(spec)
        truth = DemoTruth(tumour_l0=palette.layout.anatomy.tumour, spec=spec)
        write_truth(staged_truth, truth)
        with closing(_blocks(palette, workers)) as blocks:
            write_pyramid(
                staged_slide,
                _reported(blocks, len(block_places(spec.width, spec.height)), progress),
                width=spec.width,
                height=spec.height,
                mpp=spec.mpp,
                description=f"Equiscope synthetic slide, seed {spec.seed}, drawing version {DRAWING_VERSION}. "
                "Drawn by a program; no patient, no tissue, no diagnosis.",
            )
    return truth


@contextmanager
def _staged(path: Path) -> Iterator[Path]:
    """A temporary file in the folder of `path` that takes its name if all goes well and vanishes otherwise."""
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=".part", dir=path.parent)
    os.close(handle)
    staged = Path(name)
    try:
        yield staged
        # Temporary files are private; a slide should be as readable as any file its folder's owner makes.
        staged.chmod(0o644)
        staged.replace(path)
    finally:
        staged.unlink(missing_ok=True)


def _blocks(palette: Palette, workers: int | None) -> Generator[EncodedBlock, None, None]:
    """The encoded blocks in storing order, painted here or by processes; empty glass is encoded once."""
    spec = palette.layout.spec
    places = block_places(spec.width, spec.height)
    bare = [is_bare(palette, x, y, side=BLOCK) for x, y in places]
    painted = [place for place, empty in zip(places, bare, strict=True) if not empty]
    if workers is None:
        workers = min(MOST_WORKERS, os.cpu_count() or 1) if len(painted) >= FEWEST_BLOCKS_TO_SHARE else 1
    # Blocks lie on multiples of the noise's period, so one piece of empty glass serves for all.
    empty_block = encode_block(glass(palette, 0, 0, side=BLOCK))
    if workers <= 1:
        for (x, y), empty in zip(places, bare, strict=True):
            yield empty_block if empty else encode_block(paint_block(palette, x, y, side=BLOCK))
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), _take_palette, (palette,)) as pool:
        results = pool.map(_paint_shared, painted)
        try:
            for empty in bare:
                yield empty_block if empty else next(results)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


_shared: list[Palette] = []
"""The palette of a painting process: sent once when it starts, and the only thing such a process keeps."""


def _take_palette(palette: Palette) -> None:
    """Prepare a painting process. OpenCV must not start threads of its own: the processes already use all cores."""
    cv2.setNumThreads(1)
    _shared[:] = [palette]


def _paint_shared(place: tuple[int, int]) -> EncodedBlock:
    """Paint and encode one block in a painting process."""
    return encode_block(paint_block(_shared[0], *place, side=BLOCK))


def _reported(
    blocks: Iterable[EncodedBlock], count: int, progress: Callable[[float], None] | None
) -> Iterator[EncodedBlock]:
    """The same blocks, with `progress` told of each."""
    for number, block in enumerate(blocks, start=1):
        # Told before and not after: nobody asks a generator to go on after the last of the blocks.
        if progress is not None:
            progress(number / count)
        yield block
