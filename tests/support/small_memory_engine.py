"""The real engine process with a device whose memory holds `argv[1]` tiles at a time; run as a script.

With 0 not even one fits, and the engine must go on on the CPU.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from inference.engine.catalog import ModelEntry
from inference.engine.devices import DeviceChoice
from inference.engine.openvino_predictor import OpenVinoPredictor
from inference.engine.predictor import Predictor
from inference.engine.serve import serve
from inference.slides.slide import RgbImage


class SmallCard(OpenVinoPredictor):
    """OpenVINO under another name, with little memory."""

    device = "Small card"
    batch = 2

    def probabilities(self, images: Sequence[RgbImage]) -> list[NDArray[np.float32]]:
        if len(images) > int(sys.argv[1]):
            raise MemoryError
        return super().probabilities(images)


def make(model: ModelEntry, device: DeviceChoice) -> tuple[Predictor, tuple[str, ...]]:
    """The small card, unless the CPU is asked for."""
    return (OpenVinoPredictor(model) if device == "cpu" else SmallCard(model)), ()


if __name__ == "__main__":
    serve(make=make)
