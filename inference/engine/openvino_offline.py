"""OpenVINO without its report of being imported, which would go over the network.

The report is sent from a forked process that outlives a killed engine and holds its pipes. None makes the import of the
reporting package fail, and OpenVINO then takes its own stub.
"""

# ruff: noqa: E402

from __future__ import annotations

import sys

sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]

import openvino as ov
from openvino import opset13
from openvino.preprocess import PrePostProcessor

__all__ = ["PrePostProcessor", "opset13", "ov"]
