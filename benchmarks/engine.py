"""The engines beside each other and beside the machine's matrix multiply, in one run.

`python -m benchmarks.engine [--network NAME] [--tile 512] [--rounds 5]` takes random weights (speed does not depend on
them), interleaves the contestants, takes medians, and prints a table and one line of JSON. Per cell of the heatmap:
ours; the same in 8 bits; the same weights patch by patch (96 px at stride 32); eight-fold test-time augmentation of the
plain network; torch on the folded and on the unfolded network; escnn and e2cnn where they are installed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from torch import nn

from benchmarks.steerable import SPACES, steerable_network
from benchmarks.timing import timed
from gcnn.card import ONNX_FILE, ModelCard, write_card
from gcnn.densenet import GroupDenseNet, network
from gcnn.fold import PlainDenseNet, fold
from gcnn.groups import P4M
from gcnn.quantise import write_onnx_in_8_bits
from gcnn.write_model import write_folder
from inference.engine.catalog import ModelEntry, find_model
from inference.engine.group_check import ELEMENTS
from inference.engine.openvino_predictor import OpenVinoPredictor
from inference.engine.torch_predictor import TorchPredictor
from inference.slides.grid import CELL, MARGIN
from inference.slides.slide import RgbImage

GEMM_SIDE = 2048
PATCH = CELL + 2 * MARGIN
OURS, UNFOLDED = "ours (OpenVINO)", "torch, group network"


def main() -> None:
    """Runs the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", default="p4m-densenet-m")
    parser.add_argument("--tile", type=int, default=512)
    parser.add_argument("--images", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    wishes = parser.parse_args()
    torch.set_num_threads(os.cpu_count() or 1)
    shape = (wishes.images, wishes.tile, wishes.tile, 3)
    images = list(np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8))
    with tempfile.TemporaryDirectory() as folder:
        net, entry = _random_model(Path(folder) / "model", wishes.network)
        _, plain = _random_model(Path(folder) / "plain", "densenet")
        contestants = _contestants(net, entry, plain, images)
        seconds: dict[str, list[float]] = {name: [] for name in ("sgemm", *contestants)}
        square = torch.rand(GEMM_SIDE, GEMM_SIDE)
        for work in (lambda: square @ square, *contestants.values()):
            work()
        for _ in range(wishes.rounds):
            seconds["sgemm"].append(timed(lambda: square @ square))
            for name, work in contestants.items():
                seconds[name].append(timed(work))
    cells = len(images) * ((wishes.tile - 2 * MARGIN) // CELL) ** 2
    pixels = len(images) * wishes.tile**2
    _report(seconds, cells=cells, gflop=pixels * _work_of(fold(net)) / 1e9, name=wishes.network)


def _contestants(
    net: GroupDenseNet, entry: ModelEntry, plain: ModelEntry, images: list[RgbImage]
) -> dict[str, Callable[[], object]]:
    openvino, patchwise, turned = OpenVinoPredictor(entry), OpenVinoPredictor(entry), OpenVinoPredictor(plain)
    rounded, folded = OpenVinoPredictor(_in_8_bits(entry)), TorchPredictor(entry)
    stacked = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).float() / 255
    places = range(0, images[0].shape[0] - PATCH + 1, CELL)
    patches = [
        np.ascontiguousarray(i[y : y + PATCH, x : x + PATCH]) for i in images for y in places for x in places
    ]

    def in_torch(network: nn.Module) -> Callable[[], object]:
        def pass_on() -> object:
            with torch.inference_mode():
                return network(stacked)

        return pass_on

    others = {name: steerable_network(name, net.plan) for name in SPACES if net.plan.group is P4M}
    return {
        OURS: lambda: openvino.probabilities(images),
        "the same in 8 bits": lambda: rounded.probabilities(images),
        "the same, patch by patch": lambda: patchwise.probabilities(patches),
        "plain network, 8 turns": lambda: [
            turned.probabilities([e.of_picture(i) for i in images]) for e in ELEMENTS
        ],
        "torch, folded": lambda: folded.probabilities(images),
        UNFOLDED: in_torch(net),
        **{name: in_torch(library) for name, library in others.items() if library is not None},
    }


def _random_model(folder: Path, name: str) -> tuple[GroupDenseNet, ModelEntry]:
    net = network(name).eval()
    card = ModelCard(name=name, title=net.plan.title, network=name, group=net.plan.group.name)
    write_folder(folder, net, card)
    return net, find_model(str(folder))


def _in_8_bits(entry: ModelEntry) -> ModelEntry:
    """The model rounded to 8 bits, its scales set by noise, beside it."""
    folder = entry.folder.with_name(f"{entry.folder.name}-int8")
    folder.mkdir()
    noise = torch.randn(16, 3, PATCH, PATCH, generator=torch.Generator().manual_seed(0))
    write_onnx_in_8_bits(entry.folder / ONNX_FILE, folder / ONNX_FILE, iter(noise.split(4)))
    write_card(folder, entry.card.model_copy(update={"name": folder.name, "precision": "int8"}))
    return find_model(str(folder))


def _work_of(net: PlainDenseNet) -> float:
    """FLOP per input pixel of the folded network's convs on a large tile."""
    total = 0.0
    for number, stage in enumerate(net.stages()):
        for layer, halvings in zip(stage, (0, 0, 0, 1, 1), strict=True):
            if isinstance(layer, nn.Conv2d):
                total += 2 * layer.weight.numel() / 4 ** (number + halvings)
    return total


def _report(seconds: dict[str, list[float]], *, cells: int, gflop: float, name: str) -> None:
    medians = {contestant: statistics.median(values) for contestant, values in seconds.items()}
    ceiling = 2 * GEMM_SIDE**3 / medians.pop("sgemm") / 1e9
    table = Table(title=f"{name}, {cells} cells a round, medians")
    for column in ("engine", "cells/s", "ours is faster by"):
        table.add_column(column, justify="left" if column == "engine" else "right")
    for contestant, median in medians.items():
        table.add_row(contestant, f"{cells / median:.0f}", f"{median / medians[OURS]:.2f} x")
    Console(stderr=True).print(table)
    facts = {
        "network": name,
        "machine": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "sgemm_gflops": ceiling,
        "ours_gflops": gflop / medians[OURS],
        "ours_of_ceiling": gflop / medians[OURS] / ceiling,
        "cells_per_second": {contestant: cells / median for contestant, median in medians.items()},
        "times_slower_than_ours": {
            contestant: median / medians[OURS] for contestant, median in medians.items()
        },
    }
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
