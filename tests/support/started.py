"""What an engine says when a scan begins."""

from __future__ import annotations

from inference.engine.messages import ScanStarted

STARTED = ScanStarted(
    "run-1", "f" * 32, "m", "M", "0" * 64, "CUDA (torch)", "float32", 0.25, 0.25, "file", 10, 12, 124.4, 124.4, 100,
    0.5, (), None, 1000, 800, False, {},
)  # fmt: skip
