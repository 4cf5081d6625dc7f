"""Story: tomorrow's window shows today's slides as they were left; two windows do not spoil each other's work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

import app.slide_list
from app.command_line import Wishes
from app.control.session_memory import QUIET_MS
from app.program import Program
from app.state.notices import ELSEWHERE
from app.unattended import CommandRun
from app.work.claim import Claim
from inference.results.case_file import default_case_path
from tests.conftest import PROJECT
from tests.support.windows import LONG_MS, dropped, open_window, opened

# The offscreen platform says so of every window; it concerns no user.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")

_HOLD = """
import sys, time
from pathlib import Path
from app.work.claim import Claim
claim = Claim(Path(sys.argv[1]))
print(claim.take(), flush=True)
time.sleep(60)
"""


def _on_show(program: Program, path: Path) -> bool:
    return program.session.current is not None and program.session.current.path == path


def _leave_two_slides(qtbot: QtBot, program: Program, first: Path, second: Path) -> object:
    """Opens two slides, goes close into the first; answers its view."""
    program.slides.mppWanted.disconnect()
    dropped(program, second, first)
    qtbot.waitUntil(lambda: len(program.list.tray.slides) == 2, timeout=LONG_MS)
    opened(qtbot, program, first)
    view = program.window.view
    qtbot.keyClick(view, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: abs(view.viewport.downsample - 2) < 1e-6)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: view.is_settled() and view.viewport.centre_l0.y > 2010, timeout=LONG_MS)
    return view.viewport


def test_the_next_start_shows_the_same_slides_and_the_same_view(
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    slide_path: Path,
    slide_without_mpp: Path,
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        left = _leave_two_slides(qtbot, program, slide_path, slide_without_mpp)
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        CommandRun(program, Wishes()).start()
        qtbot.waitUntil(lambda: _on_show(program, slide_path), timeout=LONG_MS)
        assert program.list.tray.paths == (slide_without_mpp, slide_path)
        assert program.window.view.viewport == left
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        CommandRun(program, Wishes(fresh=True)).start()
        qtbot.waitUntil(lambda: program.tasks.running == 0, timeout=LONG_MS)
        assert program.list.tray.paths == ()
        assert program.window.area.empty.isVisible()


def test_a_killed_window_leaves_its_session_behind(
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    slide_path: Path,
    slide_without_mpp: Path,
) -> None:
    """What is stored while the window runs is what a kill would leave."""
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        _leave_two_slides(qtbot, program, slide_path, slide_without_mpp)
        qtbot.wait(QUIET_MS + 200)
        stored = (tmp_path / "settings.ini").read_text(encoding="utf-8")
        assert slide_without_mpp.name in stored
        assert "centre_l0" in stored


@pytest.mark.parametrize("stored", ["", "no json", "[]", '{"slides": 3}', '{"slides": [{"path": 5}]}'])
def test_a_session_that_makes_no_sense_is_no_session(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stored: str
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        program.settings.set_session(stored)
        assert not program.list.memory.restore()


def test_a_slide_of_another_window_can_be_looked_at_only(
    qtbot: QtBot, program: Program, slide_path: Path
) -> None:
    opened(qtbot, program, slide_path)
    entry = program.session.current
    assert entry is not None
    claim_path = default_case_path(entry.info.fingerprint).with_suffix(".lock")
    program.list.control.remove(slide_path)
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(claim_path)], stdout=subprocess.PIPE, text=True, env=environment
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == "True"
        opened(qtbot, program, slide_path)
        assert ELSEWHERE in program.window.area.banner.notices
        assert not program.window.toolbar.scan.isEnabled()
        assert program.window.toolbar.scan.toolTip() == "Another window has this slide"
        program.scan.start()
        assert program.scan.scanning is None
        # However the other window ends, the slide is free again.
        other.kill()
    opened(qtbot, program, slide_path)
    program.list.control.remove(slide_path)
    opened(qtbot, program, slide_path)
    assert ELSEWHERE not in program.window.area.banner.notices
    assert program.window.toolbar.scan.isEnabled()


def test_only_the_first_window_remembers(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    first = Claim(tmp_path / "session.lock")
    assert first.take()
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        program.settings.set_session("the first window's")
        opened(qtbot, program, slide_path)
        assert not program.list.memory.restore()
    assert program.settings.session() == "the first window's"


def test_a_new_window_is_a_process_of_its_own(
    qtbot: QtBot, program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = tmp_path / "other.png"
    arguments = (*app.slide_list.NEW_WINDOW_ARGUMENTS, "--screenshot", str(picture))
    monkeypatch.setattr(app.slide_list, "NEW_WINDOW_ARGUMENTS", arguments)
    qtbot.keyClick(program.window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(picture.exists, timeout=LONG_MS)


def test_the_menu_opens_what_was_opened_lately(qtbot: QtBot, program: Program, slide_path: Path) -> None:
    from app.panels.recent_menu import RecentMenu

    (menu,) = program.window.findChildren(RecentMenu)
    assert [each.isEnabled() for each in menu.actions()] == [False]
    opened(qtbot, program, slide_path)
    program.list.control.remove(slide_path)
    menu.fill()
    assert menu.actions()[0].text() == slide_path.name
    menu.actions()[0].trigger()
    qtbot.waitUntil(lambda: _on_show(program, slide_path), timeout=LONG_MS)
    menu.fill()
    menu.actions()[-1].trigger()
    assert program.settings.recent() == []


def test_a_folder_on_the_command_line_fills_the_tray(
    qtbot: QtBot, program: Program, slide_path: Path
) -> None:
    CommandRun(program, Wishes(slides=(slide_path.parent,))).start()
    qtbot.waitUntil(lambda: _on_show(program, slide_path), timeout=LONG_MS)
    assert program.list.tray.paths == (slide_path,)
