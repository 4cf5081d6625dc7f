"""Story: I ask whether the answers for this view depend on how the glass lay, and see green or red."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.state.models import ModelChoice
from app.work.engine_client import ENGINE_COMMAND
from inference.slides.frames import PointL0
from tests.support.models import write_model
from tests.support.networks import lively_network
from tests.support.windows import open_window, opened

# The offscreen platform says so whenever a window is shown.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")
ENGINE_MS = 60000
"""A real network on a busy machine, loading included."""


def test_the_p4m_network_is_green_and_the_plain_one_red(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    group, plain = write_model(tmp_path / "p4m"), write_model(tmp_path / "plain", lively_network("densenet"))
    command = (*ENGINE_COMMAND, "--device", "cpu")
    with open_window(qtbot, tmp_path, monkeypatch, command=command) as program:
        desk, view, action = (
            program.equivariance,
            program.window.view,
            program.window.actions_["equivariance"],
        )
        assert not action.isEnabled()
        program.models.offer(
            (ModelChoice(str(group), "Group", 0.972), ModelChoice(str(plain), "Plain", 0.972))
        )
        opened(qtbot, program, slide_path)
        view.set_animated(False)
        view.fly_to(PointL0(2500, 2000), 2.0)
        for name, weight in ((str(group), "good"), (str(plain), "bad")):
            program.models.choose(name)
            program.window.activateWindow()
            qtbot.waitUntil(program.window.isActiveWindow)
            view.setFocus()
            QTest.keyClick(view, Qt.Key.Key_E, Qt.KeyboardModifier.ShiftModifier)
            assert desk.dialog.isVisible()
            assert desk.dialog.slide.text() == slide_path.name
            assert not action.isEnabled()
            assert not program.scan.can_start
            qtbot.waitUntil(lambda: desk.control.state.value.report is not None, timeout=ENGINE_MS)
            report = desk.control.state.value.report
            assert report is not None
            assert report.largest_difference is not None
            assert (report.largest_difference <= report.tolerance) == (weight == "good")
            assert desk.dialog.verdict.property("weight") == weight
            assert program.scan.can_start
            QTest.mouseClick(desk.dialog.close_button, Qt.MouseButton.LeftButton)
        # Closing the dialog stops a check under way.
        action.trigger()
        desk.dialog.reject()
        qtbot.waitUntil(lambda: program.scan.can_start, timeout=ENGINE_MS)
        assert desk.control.state.value.report is None
