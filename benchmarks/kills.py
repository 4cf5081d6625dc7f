"""`kill -9` at random moments of a scan, each resumed: is the heatmap the same to the bit, is nothing kept done twice?

`python -m benchmarks.kills [--times 10] [--seed 0] [--model NAME]` writes a slide (20,000 x 40,000 px by default, 20 %
tissue) and scans it once without a disturbance by `equiscope-scan slide`, a process as users start it. Then, `--times`
over, the same command into a new folder is killed after a random part of that time and started again. The case file,
read between the two, says which tiles the kill left; all of them must be resumed. Ends with 1 where a heatmap differs
or a tile that was kept is computed again.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import tifffile
from rich.console import Console
from rich.table import Table

from inference.engine.results_folder import CASE_FILE
from inference.results.case_file import CaseFile
from inference.slides.open_slide import open_slide
from inference.synthetic.giant_slide import write_giant_slide


def main() -> None:
    """Kills and resumes as often as asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", default="p4m-densenet-m")
    parser.add_argument("--width", type=int, default=20_000)
    parser.add_argument("--height", type=int, default=40_000)
    asked = parser.parse_args()
    moments = random.Random(asked.seed)
    with tempfile.TemporaryDirectory() as folder:
        slide = Path(folder) / "slide.tif"
        write_giant_slide(slide, width=asked.width, height=asked.height)
        whole = Path(folder) / "whole"
        began = time.perf_counter()
        _start(slide, whole, asked.model).wait()
        seconds = time.perf_counter() - began
        tiles = kept_tiles(slide, whole)
        table = Table(title=f"{asked.model}, {tiles} tiles, {seconds:.1f} s undisturbed")
        for name in ("killed after s", "tiles kept", "tiles resumed", "heatmap"):
            table.add_column(name, justify="right")
        same = 0
        for time_over in range(asked.times):
            out = Path(folder) / str(time_over)
            moment = moments.uniform(0, seconds)
            killed = _start(slide, out, asked.model)
            time.sleep(moment)
            killed.send_signal(signal.SIGKILL)
            killed.wait()
            kept = kept_tiles(slide, out)
            resumed = json.loads(_start(slide, out, asked.model).communicate()[0])["resumed_tiles"]
            equal = heatmap_bytes(out) == heatmap_bytes(whole) and resumed == kept
            same += equal
            table.add_row(f"{moment:.2f}", f"{kept}", f"{resumed}", "the same" if equal else "DIFFERS")
        Console().print(table)
        print(json.dumps({"times": asked.times, "same": same, "tiles": tiles, "seconds": seconds}))
        if same != asked.times:
            raise SystemExit(1)


def _start(slide: Path, out: Path, model: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "inference.engine", "slide", str(slide), "--out", str(out)]
    return subprocess.Popen(
        [*command, "--model", model, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def kept_tiles(slide: Path, out: Path) -> int:
    """Tiles of the newest run in a results folder's case file; 0 where the scan has not made one yet."""
    if not (out / CASE_FILE).exists():
        return 0
    with closing(open_slide(slide)) as opened:
        fingerprint = opened.info.fingerprint
    with CaseFile.open(out / CASE_FILE, fingerprint=fingerprint) as case:
        run = case.latest_run()
        return 0 if run is None else len(case.tiles(run.id))


def heatmap_bytes(out: Path) -> bytes:
    """The written heatmap's probabilities."""
    return bytes(tifffile.imread(out / "heatmap.tif").tobytes())


if __name__ == "__main__":
    main()
