"""Story: the program makes a mistake; the user is told, works on, and has a file to send that names no patient."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

import app.unforeseen as unforeseen_module
from app.program import Program
from app.state.notices import Weight
from app.unforeseen import CRASH_FILE, LOG_FILE, Unforeseen
from tests.support.windows import LONG_MS

# The offscreen platform says so of every window; it concerns no user.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")

PROJECT = Path(__file__).resolve().parents[2]


def _mistake() -> None:
    try:
        {}["Mueller_1950-03-01"]
    except KeyError as error:
        raise ValueError("no slide of Erika Mueller") from error


@pytest.fixture
def unforeseen(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Unforeseen]:
    """Listening for the test's length; what it prints is not the test's."""
    for owner in (sys, threading):
        monkeypatch.setattr(owner, "excepthook", owner.excepthook)
    monkeypatch.setattr(sys, "__excepthook__", lambda *_: None)
    made = Unforeseen(tmp_path / "home")
    made.happened.connect(program.show_error)
    made.install()
    yield made
    made.uninstall()


def _log(tmp_path: Path) -> str:
    return (tmp_path / "home" / LOG_FILE).read_text("utf-8")


def test_a_mistake_is_said_once_and_written_without_names(
    qtbot: QtBot, program: Program, unforeseen: Unforeseen, tmp_path: Path
) -> None:
    for _ in range(3):
        QTimer.singleShot(0, _mistake)
    banner = program.window.area.banner
    qtbot.waitUntil(lambda: bool(banner.notices), timeout=LONG_MS)
    qtbot.wait(50)
    (notice,) = banner.notices
    assert notice.weight is Weight.ERROR
    assert "A mistake in the program (ValueError)" in notice.text
    assert str(tmp_path / "home" / LOG_FILE) in notice.text
    text = _log(tmp_path)
    assert text.count("ValueError") == 1
    assert "KeyError" in text
    assert "tests/stories/test_unforeseen.py" in text
    assert "_mistake" in text
    assert "Mueller" not in text


def test_the_same_mistake_later_is_said_again_and_not_written_again(
    qtbot: QtBot,
    program: Program,
    unforeseen: Unforeseen,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(unforeseen_module, "QUIET_SECONDS", 0.0)
    banner = program.window.area.banner
    for _ in range(2):
        QTimer.singleShot(0, _mistake)
        qtbot.waitUntil(lambda: bool(banner.notices), timeout=LONG_MS)
        banner.dismissed.emit(banner.notices[0])
        assert not banner.notices
    assert _log(tmp_path).count("ValueError") == 1


def test_a_mistake_on_another_thread_is_told_too(
    qtbot: QtBot, program: Program, unforeseen: Unforeseen, tmp_path: Path
) -> None:
    thread = threading.Thread(target=_mistake)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: bool(program.window.area.banner.notices), timeout=LONG_MS)
    assert "ValueError" in _log(tmp_path)


def _program_that(does: str, tmp_path: Path, *, at_once: str = "pass") -> subprocess.CompletedProcess[str]:
    """A window that does something a moment after its start, and the end of its process."""
    script = f"""
        import faulthandler, sys
        from PySide6.QtCore import QTimer
        from app.main import main
        from app.program import Program

        made = Program.__init__

        def making(self, *args, **kwargs):
            {at_once}
            made(self, *args, **kwargs)
            QTimer.singleShot(0, lambda: {does})

        Program.__init__ = making
        sys.exit(main(["--screenshot", sys.argv[1]]))
    """
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "EQUISCOPE_DATA_HOME": str(tmp_path / "home"),
    }
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(tmp_path / "window.png")],
        cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=90,
    )  # fmt: skip


def test_the_program_listens_from_its_start(tmp_path: Path) -> None:
    ended = _program_that("[].pop()", tmp_path)
    assert ended.returncode == 1, "a batch run must not look fine"
    assert "equiscope: A mistake in the program (IndexError)" in ended.stderr
    # Who started it in a terminal reads the message there.
    assert "pop from empty list" in ended.stderr
    assert "IndexError" in _log(tmp_path)


def test_a_window_that_cannot_be_built_says_so(tmp_path: Path) -> None:
    ended = _program_that("None", tmp_path, at_once="[].pop()")
    assert ended.returncode == 1
    assert "equiscope: A mistake in the program (IndexError)" in ended.stderr
    assert "IndexError" in _log(tmp_path)


def test_a_library_that_takes_the_program_down_leaves_word(tmp_path: Path) -> None:
    ended = _program_that("faulthandler._sigsegv()", tmp_path)
    assert ended.returncode != 0
    assert "Segmentation fault" in (tmp_path / "home" / CRASH_FILE).read_text("utf-8")
