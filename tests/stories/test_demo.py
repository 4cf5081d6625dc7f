"""The demo in small: draw a synthetic node, open it, scan it with the shipped model, take a picture of the window."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np

from experiments.cell_auc import separation
from inference.export.heatmap_tiff import read_heatmap
from inference.synthetic.lymph_node import DemoSpec, write_demo_slide


def test_the_shipped_model_finds_the_drawn_tumour_and_the_window_shows_it(tmp_path: Path) -> None:
    """The model never saw a drawn slide; that its heatmap follows the drawn tumour is the demo's whole point."""
    slide, out, picture = tmp_path / "demo.tif", tmp_path / "out", tmp_path / "window.png"
    spec = DemoSpec(seed=3, width=6144, height=4608)
    truth = write_demo_slide(slide, spec)
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "EQUISCOPE_DATA_HOME": str(tmp_path / "cases"),
    }
    command = [
        sys.executable,
        "-m",
        "app",
        slide,
        "--scan",
        "--size",
        "1366x768",
        "--screenshot",
        picture,
        "--out",
        out,
    ]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=150)
    assert result.returncode == 0, result.stderr

    summary = json.loads((out / "summary.json").read_bytes())
    assert summary["synthetic"] is True
    assert summary["model"] == "p4m-densenet-m"
    mask = np.zeros((spec.height, spec.width), np.uint8)
    for polygon in truth.tumour_l0:
        cv2.fillPoly(mask, [np.asarray(polygon.exterior.coords).astype(np.int32)], 1)
    cells = separation(read_heatmap(out / "heatmap.tif"), mask > 0)
    assert min(cells.tumour_cells, cells.normal_cells) > 30
    assert cells.auc > 0.95
    assert cells.tumour_above > 0.9

    window = cv2.imread(str(picture))
    assert window is not None
    assert window.shape == (768, 1366, 3)
    # Inferno's bright end is yellow: blue far below red and green. Nothing else in the window is.
    blue, green, red = (window[..., channel].astype(int) for channel in range(3))
    assert ((red - blue > 60) & (green - blue > 30)).sum() > 500
