"""The heartbeat counts what the watched thread does, not what a busy machine withholds from it."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from tests.support.heartbeat import SCHEDULER, Heartbeat, waited_seconds

SPIN = "import time; end = time.monotonic() + 60\nwhile time.monotonic() < end: pass"


def test_a_thread_that_does_not_answer_is_found(qtbot: QtBot) -> None:
    beat = Heartbeat()
    time.sleep(0.2)
    assert beat.stop() > 0.15


@pytest.mark.skipif(not SCHEDULER.exists(), reason="needs Linux's scheduler figures")
def test_time_without_a_processor_is_not_counted(qtbot: QtBot) -> None:
    """Spinners on one processor with this thread: it waits for most of a second and is not to blame."""
    mine = os.sched_getaffinity(0)
    one = {min(mine)}
    os.sched_setaffinity(0, one)
    spinners = [subprocess.Popen([sys.executable, "-c", SPIN]) for _ in range(4)]
    try:
        before, started, beat = waited_seconds(), time.monotonic(), Heartbeat()
        while time.monotonic() - started < 1.0:
            QCoreApplication.processEvents()
        waited = waited_seconds() - before
        assert waited > 0.3
        assert beat.stop() < 0.1
    finally:
        for each in spinners:
            each.kill()
            each.wait()
        os.sched_setaffinity(0, mine)
