"""Story: I switch the live model on, look about, and see at once what it says; then I scan the rest, with a pause."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.control.live_control import TOO_FAR
from app.state.models import ModelChoice
from app.state.run_state import RunPhase
from app.work.engine_client import ENGINE_COMMAND
from inference.slides.frames import PointL0
from tests.support.models import write_model
from tests.support.windows import LONG_MS, open_window, opened

# The offscreen platform says so whenever a window is shown.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")
ENGINE_MS = 60000
"""A real network on a busy machine, loading included."""
REAL = (*ENGINE_COMMAND, "--device", "cpu")


def test_the_live_model_follows_the_eye_and_a_scan_goes_on_from_it(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    model = write_model(tmp_path / "lively")
    with open_window(qtbot, tmp_path, monkeypatch, command=REAL) as program:
        view, live, badge = program.window.view, program.live.control.state, program.window.area.live
        program.models.offer((ModelChoice(str(model), "Lively", 0.972),))
        opened(qtbot, program, slide_path)
        entry = program.session.current
        assert entry is not None
        view.set_animated(False)
        view.fly_to(PointL0(1200, 1000), 1.0)
        QTest.keyClick(view, Qt.Key.Key_L)
        assert program.window.actions_["live"].isChecked()
        assert badge.isVisible()
        qtbot.waitUntil(lambda: live.value.seconds is not None and not live.value.is_busy, timeout=ENGINE_MS)
        assert "CPU (OpenVINO), float32" in badge.what.text()
        assert "all" in badge.took.text()
        assert entry.run.phase is RunPhase.PARTLY
        layer = entry.layer
        assert layer is not None
        at = layer.heatmap.value_at
        assert at(PointL0(1200, 1000)) is not None
        assert at(PointL0(4500, 3500)) is None
        computed = layer.computed_cells()

        view.fly_to(PointL0(4500, 3500), 1.0)
        qtbot.waitUntil(lambda: at(PointL0(4500, 3500)) is not None, timeout=ENGINE_MS)
        qtbot.waitUntil(lambda: not live.value.is_busy, timeout=ENGINE_MS)
        assert layer.computed_cells() > computed
        before = layer.heatmap.values.copy()

        program.scan.start()
        assert live.value.run_id == ""
        assert "scan" in badge.took.text()
        qtbot.waitUntil(lambda: entry.run.phase is RunPhase.DONE, timeout=ENGINE_MS)
        assert entry.run.done is not None
        assert entry.run.done.resumed_tiles > 0
        assert entry.layer is not None
        known = np.isfinite(before)
        np.testing.assert_array_equal(entry.layer.heatmap.values[known], before[known])
        assert "was scanned" in badge.took.text()
        QTest.keyClick(view, Qt.Key.Key_L)
        assert badge.isHidden()


def test_from_far_away_it_asks_to_come_nearer_and_a_broken_model_switches_it_off(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch, command=REAL) as program:
        program.models.offer((ModelChoice(str(tmp_path / "nothing here"), "Gone", 0.972),))
        opened(qtbot, program, slide_path)
        monkeypatch.setattr("app.control.live_control.MOST_CELLS", 10)
        program.window.actions_["live"].trigger()
        assert program.live.control.state.value.why_not == TOO_FAR
        qtbot.waitUntil(lambda: program.window.area.banner.isVisible(), timeout=ENGINE_MS)
        assert not program.live.control.state.value.wanted
        assert not program.window.actions_["live"].isChecked()


def test_a_scan_is_paused_and_goes_on_at_the_press_of_a_key(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    model = write_model(tmp_path / "lively")
    with open_window(qtbot, tmp_path, monkeypatch, command=REAL) as program:
        program.models.offer((ModelChoice(str(model), "Lively", 0.972),))
        opened(qtbot, program, slide_path)
        entry, pill = program.session.current, program.window.area.progress
        assert entry is not None
        action = program.window.actions_["pause_scan"]
        assert not action.isEnabled()
        program.scan.start()
        assert action.isEnabled()
        QTest.keyClick(program.window.view, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: entry.run.paused, timeout=ENGINE_MS)
        assert pill.pause.text() == "Go on"
        assert action.text() == "Go on scanning"
        QTest.qWait(400)
        assert entry.run.is_active
        QTest.keyClick(program.window.view, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: entry.run.phase is RunPhase.DONE, timeout=ENGINE_MS)
        assert not entry.run.paused
        qtbot.waitUntil(lambda: not action.isEnabled(), timeout=LONG_MS)
