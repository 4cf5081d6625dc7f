"""Tasks: results and errors come back on the GUI thread, and stopping leaves no thread."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.work.task import Tasks
from inference.errors import EquiscopeError, SlideError


@pytest.fixture
def tasks(qtbot: QtBot) -> Iterator[Tasks]:
    made = Tasks()
    yield made
    made.stop()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("task")]


def _ended(qtbot: QtBot, tasks: Tasks) -> None:
    qtbot.waitUntil(lambda: tasks.running == 0, timeout=3000)


def test_work_runs_elsewhere_and_its_result_comes_home(qtbot: QtBot, tasks: Tasks) -> None:
    came: list[tuple[threading.Thread, threading.Thread]] = []
    tasks.run_task(
        threading.current_thread,
        done=lambda there: came.append((there, threading.current_thread())),
        failed=pytest.fail,
    )
    _ended(qtbot, tasks)
    ((there, here),) = came
    assert here is threading.main_thread()
    assert there is not here


def _raise(error: Exception) -> None:
    raise error


def test_our_errors_arrive_as_they_are_and_those_of_the_system_as_ours(
    qtbot: QtBot, tasks: Tasks, tmp_path: Path
) -> None:
    own, errors = SlideError("Broken", where="x"), list[EquiscopeError]()
    tasks.run_task(lambda: _raise(own), done=pytest.fail, failed=errors.append)
    _ended(qtbot, tasks)
    tasks.run_task((tmp_path / "missing").read_bytes, done=pytest.fail, failed=errors.append)
    _ended(qtbot, tasks)
    assert errors[0] is own
    assert "No such file" in errors[1].what
    assert errors[1].advice


def test_a_mistake_of_ours_is_not_swallowed(qtbot: QtBot, tasks: Tasks) -> None:
    with qtbot.captureExceptions() as caught:
        tasks.run_task(lambda: _raise(ZeroDivisionError()), done=pytest.fail, failed=pytest.fail)
        _ended(qtbot, tasks)
    assert [kind for kind, _, _ in caught] == [ZeroDivisionError]


def test_nothing_is_delivered_after_stop(qtbot: QtBot, tasks: Tasks) -> None:
    gate, came = threading.Event(), []
    tasks.run_task(gate.wait, done=came.append, failed=pytest.fail)
    threading.Timer(0.05, gate.set).start()
    tasks.stop()
    qtbot.wait(50)
    assert came == []


def test_a_task_that_never_ends_holds_up_neither_closing_nor_the_process() -> None:
    """In a process of its own: what is tested is that it ends."""
    code = (
        "import threading; from PySide6.QtCore import QCoreApplication; from app.work.task import Tasks;"
        "application = QCoreApplication([]); tasks = Tasks(); begun = threading.Event();"
        "work = lambda: (begun.set(), threading.Event().wait());"
        "tasks.run_task(work, done=print, failed=print); begun.wait(); print(tasks.stop())"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert out.stdout.split() == ["False"]
