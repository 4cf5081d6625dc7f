"""On few cores the window's thread paints alone, on many it has Qt's help; memory of tiles is kept."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import cv2
import pytest

from app.frame_time import FEW_CORES, keep_frames_steady
from inference.priority import WINDOW_TURN

FAULTS = """
import resource
import numpy as np
from app.frame_time import keep_frames_steady

def faults():
    start = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(200):
        tiles = [np.ones(1 << 20, np.uint8) for _ in range(8)]
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - start

before = faults()
keep_frames_steady()
faults()
print(before, faults())
"""
"""Pages taken anew by eight tiles at a time, before and after."""
HELPERLESS = "QT_NO_GUI_THREADPOOL"


@pytest.fixture(autouse=True)
def as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(HELPERLESS, "")
    monkeypatch.delenv(HELPERLESS)
    threads, turn = cv2.getNumThreads(), sys.getswitchinterval()
    cv2.setNumThreads(2)
    yield
    cv2.setNumThreads(threads)
    sys.setswitchinterval(turn)


@pytest.mark.parametrize("cores", [1, FEW_CORES, None])
def test_on_few_cores_nothing_is_divided_among_threads(
    monkeypatch: pytest.MonkeyPatch, cores: int | None
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    keep_frames_steady()
    assert os.environ[HELPERLESS] == "1"
    assert cv2.getNumThreads() == 1
    assert sys.getswitchinterval() == pytest.approx(WINDOW_TURN)


def test_on_many_cores_qt_may_divide_a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: FEW_CORES + 2)
    keep_frames_steady()
    assert HELPERLESS not in os.environ
    assert cv2.getNumThreads() == 1


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's memory")
def test_a_tile_that_is_let_go_leaves_its_memory_for_the_next() -> None:
    """Counted in a process of its own, as what a library keeps cannot be taken back."""
    counted = subprocess.run(
        [sys.executable, "-c", FAULTS], capture_output=True, text=True, check=True
    ).stdout
    before, after = map(int, counted.split())
    assert after < before / 10
