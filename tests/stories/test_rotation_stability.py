"""Story: at a place in doubt I ask how far the model's answer depends on how the glass lay in the scanner."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.state.models import ModelChoice
from app.state.run_state import RunPhase
from app.state.stability_run import StabilityPhase
from app.work.engine_client import ENGINE_COMMAND
from inference.slides.frames import PointL0
from tests.support.windows import LONG_MS, hovered, open_window, opened

# The offscreen platform says so whenever a window is shown.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")
ENGINE_MS = 90000
"""A real network on a busy machine, loading included."""


def test_the_view_is_turned_by_the_real_engine_and_told_cell_by_cell(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch, command=(*ENGINE_COMMAND, "--device", "cpu")) as program:
        card, view, state = (
            program.window.side.stability,
            program.window.view,
            program.stability.control.state,
        )
        assert not program.window.actions_["stability"].isEnabled()
        program.models.offer((ModelChoice("p4m-densenet-m", "P4M-DenseNet M", 0.972),))
        opened(qtbot, program, slide_path)
        view.set_animated(False)
        view.fly_to(PointL0(2500, 2000), 0.5)
        qtbot.waitUntil(view.is_settled, timeout=LONG_MS)
        QTest.keyClick(view, Qt.Key.Key_R, Qt.KeyboardModifier.ShiftModifier)
        assert state.value.phase is StabilityPhase.WORKING
        assert card.cancel.isVisible()
        # A scan asked for meanwhile waits in the queue instead of standing behind in the engine.
        program.list.queue.scan_current()
        assert program.scan.scanning is None
        assert program.list.queue.waiting == (slide_path,)
        program.list.queue.clear()
        qtbot.waitUntil(lambda: not state.value.is_active, timeout=ENGINE_MS)
        run = state.value
        assert run.phase is StabilityPhase.DONE, run.error
        maps = run.maps
        assert maps is not None
        middle = (2500 / maps.stride_x_l0, 2000 / maps.stride_y_l0)
        assert maps.column < middle[0] < maps.column + maps.columns
        assert maps.row < middle[1] < maps.row + maps.rows
        difference = maps.models[0].group_difference
        assert difference is not None
        assert float(difference.max()) <= 1e-5

        panel = card.panel
        assert panel is not None
        shown = panel.pairs[0].std
        qtbot.waitUntil(lambda: shown.cell_rect((1, 2)).width() > 2, timeout=LONG_MS)
        place = shown.cell_rect((1, 2)).center().toPoint()
        hovered(shown.viewport(), place)
        mean, std = float(maps.models[0].mean[1, 2]), float(maps.models[0].std[1, 2])
        qtbot.waitUntil(lambda: f"{mean:.3f} ± {std:.3f}" in panel.cell.text(), timeout=LONG_MS)
        QTest.mouseClick(shown.viewport(), Qt.MouseButton.LeftButton, pos=place)
        qtbot.waitUntil(
            lambda: abs(view.viewport.centre_l0.x - (maps.column + 2.5) * maps.stride_x_l0) < 1,
            timeout=LONG_MS,
        )

        for name, begins in (("a.png", b"\x89PNG"), ("a.pdf", b"%PDF"), ("a.csv", b"row")):
            program.stability.export(tmp_path / name)
            qtbot.waitUntil(card.figure.isEnabled, timeout=LONG_MS)
            assert (tmp_path / name).read_bytes().startswith(begins)

        program.stability.export(tmp_path / "no such folder" / "a.csv")
        qtbot.waitUntil(lambda: program.window.area.banner.isVisible(), timeout=LONG_MS)


def test_a_scan_and_the_stability_of_a_view_exclude_each_other(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch, engine="slow") as program:
        opened(qtbot, program, slide_path)
        entry = program.session.current
        assert entry is not None
        program.scan.start()
        qtbot.waitUntil(lambda: entry.run.phase is RunPhase.RUNNING, timeout=LONG_MS)
        assert not program.window.actions_["stability"].isEnabled()
        assert "scan" in program.window.side.stability.button.toolTip()
        program.stability.control.cancel()
        qtbot.waitUntil(lambda: entry.run.phase is RunPhase.DONE, timeout=LONG_MS)
        assert program.window.actions_["stability"].isEnabled()
