"""The shipped model's engines beside each other and beside the machine's matrix multiply.

`python -m benchmarks.engine [--model NAME] [--tile 512] [--rounds 5]` interleaves the contestants, takes medians, and
prints a table and one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from gcnn.model_folder import load_network
from inference.engine.catalog import find_model
from inference.engine.openvino_predictor import OpenVinoPredictor
from inference.engine.torch_predictor import TorchPredictor

GEMM_SIDE = 2048


def main() -> None:
    """Runs the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="p4m-densenet-m")
    parser.add_argument("--tile", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=5)
    wishes = parser.parse_args()
    entry = find_model(wishes.model)
    images = list(np.random.default_rng(0).integers(0, 256, (4, wishes.tile, wishes.tile, 3), dtype=np.uint8))
    group_network, _ = load_network(entry.folder)
    stacked = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).float() / 255
    openvino, folded = OpenVinoPredictor(entry), TorchPredictor(entry, device="cpu")

    def eager() -> None:
        with torch.inference_mode():
            group_network(stacked)

    contestants: dict[str, Callable[[], object]] = {
        "OpenVINO": lambda: openvino.probabilities(images),
        "torch, folded": lambda: folded.probabilities(images),
        "torch, group network": eager,
    }
    square = torch.rand(GEMM_SIDE, GEMM_SIDE)
    seconds: dict[str, list[float]] = {name: [] for name in ("sgemm", *contestants)}
    for work in contestants.values():
        work()
    for _ in range(wishes.rounds):
        seconds["sgemm"].append(_timed(lambda: square @ square))
        for name, work in contestants.items():
            seconds[name].append(_timed(work))
    _report(seconds, pixels=len(images) * wishes.tile**2, model=wishes.model)


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _report(seconds: dict[str, list[float]], *, pixels: int, model: str) -> None:
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    slowest = medians["torch, group network"]
    table = Table(title=f"{model}, {pixels / 1e6:.1f} Mpx a round, medians")
    for column in ("engine", "Mpx/s", "x group network"):
        table.add_column(column, justify="left" if column == "engine" else "right")
    for name, median in medians.items():
        if name != "sgemm":
            table.add_row(name, f"{pixels / median / 1e6:.2f}", f"{slowest / median:.2f}")
    Console(stderr=True).print(table)
    facts = {
        "machine": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "sgemm_gflops": 2 * GEMM_SIDE**3 / medians["sgemm"] / 1e9,
        "mpx_per_second": {n: pixels / m / 1e6 for n, m in medians.items() if n != "sgemm"},
    }
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
