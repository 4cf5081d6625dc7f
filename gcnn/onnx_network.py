"""An ONNX file as a network to be measured, as the engine runs it on a CPU; it cannot be trained."""

# ruff: noqa: E402

from __future__ import annotations

import sys
from pathlib import Path

# Else OpenVINO reports being imported over the network; without the package it takes its own stub.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]

import openvino as ov
import torch
from torch import Tensor, nn


class OnnxNetwork(nn.Module):
    """Runs one of our ONNX files on the CPU: (N, 3, H, W) as the card's transform gives it to logits (N, 1, h, w)."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        # Where networks are measured, a parameter tells which device they are on.
        self.place = nn.Parameter(torch.empty(0), requires_grad=False)
        settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": torch.get_num_threads()}
        self._compiled = ov.Core().compile_model(path, "CPU", settings)

    def forward(self, x: Tensor) -> Tensor:
        return torch.from_numpy(self._compiled(x.contiguous().numpy())[0].copy())
