"""The summary has the keys that its readers rely on, and no folder in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import orjson

from inference.export.summary import GridSummary, ScanSummary, summary_json, write_summary
from inference.results.heatmap import Heatmap
from inference.slides.frames import Mpp, PointL0

SUMMARY = ScanSummary(
    fingerprint="0123456789abcdef" * 2,
    mpp=Mpp(0.25, 0.75),
    mpp_source="given",
    model="p4m-densenet-m",
    model_sha256="ab" * 32,
    device="CPU",
    precision="float32",
    cells=35,
    tissue_cells=20,
    seconds=1.5,
    tissue_fraction=0.5,
    candidates=3,
    candidate_threshold=0.5,
    nms_radius_cells=6,
    max_probability=0.875,
    unreadable_tiles=1,
    nan_cells=9,
    resumed_tiles=2,
    grid=GridSummary(origin_l0=(0.0, 0.0), stride_l0=(127.5, 42.5), shape=(5, 7)),
    settings={"batch": 8},
    version="0.1.0",
    notices=("One tile of the slide cannot be read.",),
)


def test_the_json_has_every_key_and_value() -> None:
    assert orjson.loads(summary_json(SUMMARY)) == {
        "fingerprint": "0123456789abcdef" * 2,
        "mpp": 0.5,
        "mpp_x": 0.25,
        "mpp_y": 0.75,
        "mpp_source": "given",
        "model": "p4m-densenet-m",
        "model_sha256": "ab" * 32,
        "device": "CPU",
        "precision": "float32",
        "cells": 35,
        "tissue_cells": 20,
        "seconds": 1.5,
        "tissue_fraction": 0.5,
        "candidates": 3,
        "candidate_threshold": 0.5,
        "nms_radius_cells": 6,
        "max_probability": 0.875,
        "unreadable_tiles": 1,
        "nan_cells": 9,
        "resumed_tiles": 2,
        "grid": {"origin_l0": [0.0, 0.0], "stride_l0": [127.5, 42.5], "shape": [5, 7]},
        "settings": {"batch": 8},
        "version": "0.1.0",
        "notices": ["One tile of the slide cannot be read."],
        "synthetic": False,
        "research_use_only": True,
    }


def test_a_scan_without_values_has_no_maximum() -> None:
    assert orjson.loads(summary_json(replace(SUMMARY, max_probability=None)))["max_probability"] is None


def test_it_is_written_repeatably(tmp_path: Path) -> None:
    write_summary(tmp_path / "summary.json", SUMMARY)
    assert (tmp_path / "summary.json").read_bytes() == summary_json(SUMMARY)
    write_summary(tmp_path / "summary.json", SUMMARY)
    assert (tmp_path / "summary.json").read_bytes() == summary_json(SUMMARY)


def test_the_grid_is_that_of_the_heatmap() -> None:
    heatmap = Heatmap(np.zeros((5, 7), dtype=np.float32), 127.5, 42.5, PointL0(1.0, 2.0))
    assert GridSummary.of(heatmap) == GridSummary((1.0, 2.0), (127.5, 42.5), (5, 7))
