"""On few cores the window's thread paints alone, on many it has help."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import cv2
import pytest

from app.frame_time import FEW_CORES, keep_frames_steady
from inference.priority import WINDOW_TURN

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


def test_on_many_cores_it_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: FEW_CORES + 2)
    keep_frames_steady()
    assert HELPERLESS not in os.environ
    assert cv2.getNumThreads() == 2
