"""Made-up rotation stability of a small region, with numbers that can be told."""

from __future__ import annotations

import numpy as np

from inference.results.stability_layer import StabilityLayer
from inference.results.stability_maps import StabilityMaps, StabilityModel
from inference.slides.frames import Mpp

ROWS, COLUMNS, TURNS = 6, 8, 8


def made_up_maps(*, models: int = 2, turns: int = TURNS, finished: bool = True) -> StabilityMaps:
    """Model 0 hardly varies; model 1 swings by 0.2 * column / columns over the turns. The first row is at the edge."""
    beyond = np.zeros((ROWS, COLUMNS), bool)
    beyond[0] = True
    names = [("p4m-densenet-m", "P4M-DenseNet M", "p4m"), ("densenet-plus", "DenseNet+", "plain")][:models]
    maps = StabilityMaps(
        tuple(
            StabilityModel(
                *name, sha256=str(number) * 64, tolerance=1e-5, device="CPU (test)", precision="float32"
            )
            for number, name in enumerate(names)
        ),
        fingerprint="f" * 32,
        mpp=Mpp.square(0.25),
        mpp_source="file",
        row=3,
        column=5,
        stride_x_l0=124.416,
        stride_y_l0=124.416,
        turns=turns,
        exact=False,
        beyond=beyond,
        unreadable=np.zeros((ROWS, COLUMNS), bool),
    )
    level = np.linspace(0.1, 0.9, ROWS * COLUMNS, dtype=np.float32).reshape(ROWS, COLUMNS)
    swing = np.broadcast_to(np.arange(COLUMNS, dtype=np.float32) / COLUMNS, (ROWS, COLUMNS))
    for number, each in enumerate(maps.models):
        size = np.float32((0.005, 0.2)[number])
        for turn in range(turns if finished else turns // 2):
            sign = np.float32(1 if turn % 2 else -1)
            each.put_turn(turn, np.clip(level + sign * size * swing, 0, 1).astype(np.float32))
        if finished:
            each.group = np.stack([level + np.float32(k * (1e-7, 0.01)[number]) for k in range(8)])
            each.interpolation = np.full((ROWS, COLUMNS), 0.003, np.float32)
            each.seconds = 2.5
    if finished:
        maps.pixel_error = 1.5
    return maps


def made_up_layer() -> StabilityLayer:
    """7 x 9 cells of a whole slide under 8 angles; the first row has no values."""
    layer = StabilityLayer.empty(
        model="p4m-densenet-m", model_sha256="0" * 64, turns=8, rows=7, columns=9, stride_x_l0=124.416,
        stride_y_l0=124.416,
    )  # fmt: skip
    mean = np.linspace(0.1, 0.9, 6 * 9, dtype=np.float32).reshape(6, 9)
    layer.put(
        1, 0, mean, mean * np.float32(0.1), mean * np.float32(0.8), np.minimum(mean * np.float32(1.1), 1)
    )
    return layer
