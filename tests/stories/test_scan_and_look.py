"""Story: open a slide, scan it, see the heatmap, walk the candidates, move the threshold."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.program import Program
from app.state.run_state import RunPhase
from inference.slides.frames import PointL0
from tests.support.fake_engine import GOES_ON
from tests.support.windows import LONG_MS, open_window, opened, scanned

# The offscreen platform says so of every window; it concerns no user.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def _click(qtbot: QtBot, widget: object, at: QPoint | None = None) -> None:
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton, pos=at or widget.rect().center())  # type: ignore[attr-defined]


def _centre_is_near(program: Program, point_l0: PointL0) -> bool:
    centre = program.window.view.viewport.centre_l0
    return abs(centre.x - point_l0.x) < 2 and abs(centre.y - point_l0.y) < 2


def test_the_main_job_end_to_end(qtbot: QtBot, program: Program, slide_path: Path) -> None:
    window = program.window
    assert window.windowTitle() == "Equiscope"
    assert not window.toolbar.scan.isEnabled()
    opened(qtbot, program, slide_path)
    assert window.windowTitle() == "case é 1.tif – Equiscope"
    assert window.side.info.facts.text_of("Resolution") == "0.25 µm/px, from the file"

    _click(qtbot, window.toolbar.scan)
    qtbot.waitUntil(window.area.progress.isVisible, timeout=LONG_MS)
    scanned(qtbot, program)
    entry = program.session.current
    assert entry is not None
    assert entry.layer is not None
    assert entry.run.phase is RunPhase.DONE
    assert not window.area.progress.isVisible()
    assert window.side.scan.facts.text_of("Device") == "CPU (fake), fp32"
    assert window.side.scan.facts.text_of("Model") == "P4M-DenseNet-M"

    # Two areas lie above the default threshold: 0.97 and 0.71.
    table = window.side.candidates.view
    assert program.table.rowCount() >= 2
    assert program.table.index(0, 1).data() == "0.97"
    rect = table.visualRect(program.table.index(1, 1))
    _click(qtbot, table.viewport(), rect.center())
    assert entry.selected == 1
    qtbot.waitUntil(lambda: _centre_is_near(program, entry.candidates[1].point_l0), timeout=3000)
    assert abs(window.view.viewport.downsample - 4) < 0.01
    assert window.actions_["magnify_10"].isChecked()

    # The keyboard walks the list and stops at its ends.
    qtbot.keyClick(window.view, Qt.Key.Key_K)
    assert entry.selected == 0
    qtbot.keyClick(window.view, Qt.Key.Key_K)
    assert entry.selected == 0
    qtbot.keyClick(window.view, Qt.Key.Key_Escape)
    assert entry.selected is None


def test_the_threshold_shortens_the_list_without_a_scan(
    qtbot: QtBot, program: Program, slide_path: Path
) -> None:
    opened(qtbot, program, slide_path)
    program.scan.start()
    scanned(qtbot, program)
    entry, slider = program.session.current, program.window.side.layers.threshold.slider
    assert entry is not None
    run, before = entry.run, program.table.rowCount()
    slider.setFocus()
    for _ in range(30):
        qtbot.keyClick(slider, Qt.Key.Key_Right)
    assert abs(program.layers.value.chosen.threshold - 0.80) < 1e-6
    assert 0 < program.table.rowCount() < before
    for _ in range(19):
        qtbot.keyClick(slider, Qt.Key.Key_Right)
    assert program.table.rowCount() == 0
    message = program.window.side.candidates.message
    assert message.isVisible()
    assert message.text() == "No cell reaches the threshold of 0.99; the highest is 0.97."
    assert entry.run is run


def test_h_toggles_and_held_down_it_peeks(qtbot: QtBot, program: Program, slide_path: Path) -> None:
    opened(qtbot, program, slide_path)
    program.scan.start()
    scanned(qtbot, program)
    view, layers = program.window.view, program.layers
    qtbot.keyClick(view, Qt.Key.Key_H)
    assert not layers.value.painted.show_heatmap
    assert not program.window.actions_["heatmap"].isChecked()
    qtbot.keyClick(view, Qt.Key.Key_H)
    assert layers.value.painted.show_heatmap

    qtbot.keyPress(view, Qt.Key.Key_H)
    assert not layers.value.painted.show_heatmap
    qtbot.wait(320)
    qtbot.keyRelease(view, Qt.Key.Key_H)
    assert layers.value.painted.show_heatmap

    qtbot.keyClick(view, Qt.Key.Key_S)
    assert not layers.value.painted.show_candidates
    qtbot.keyClick(view, Qt.Key.Key_S)
    assert layers.value.painted.show_candidates
    qtbot.keyClick(view, Qt.Key.Key_Tab)
    assert not layers.value.overlays
    assert not view.overlays.minimap.isVisible()


def test_a_slow_scan_is_cancelled_by_its_button(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch, engine="slow") as program:
        opened(qtbot, program, slide_path)
        _click(qtbot, program.window.toolbar.scan)
        entry, pill = program.session.current, program.window.area.progress
        assert entry is not None
        qtbot.waitUntil(lambda: entry.run.part_done > 0, timeout=LONG_MS)

        def said() -> str:
            return " ".join(each.text() for each in pill.findChildren(QLabel) if each.isVisible())

        assert "Scanning on CPU (fake), fp32" in said()
        qtbot.waitUntil(lambda: "Mpx/s" in said() and " left" in said(), timeout=LONG_MS)
        _click(qtbot, pill.cancel)
        assert not pill.cancel.isEnabled()
        qtbot.waitUntil(lambda: entry.run.phase is RunPhase.CANCELLED, timeout=4000)
        assert program.window.toolbar.scan.isEnabled()
        assert program.window.side.scan.button.text() == "Go on scanning"
        # What was computed stays.
        assert entry.layer is not None
        assert entry.layer.computed_cells() > 0


def test_an_engine_that_dies_is_reported_and_can_be_started_again(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch, engine="crash") as program:
        opened(qtbot, program, slide_path)
        program.scan.start()
        entry, banner = program.session.current, program.window.area.banner
        assert entry is not None
        qtbot.waitUntil(lambda: entry.run.phase is RunPhase.FAILED, timeout=LONG_MS)
        assert "The engine ended unexpectedly" in banner.notices[0].text
        again = program.window.side.scan.button
        assert again.text() == "Scan again"
        assert again.isEnabled()
        _click(qtbot, again)
        assert entry.run.phase is RunPhase.STARTING


def test_a_scan_goes_on_while_another_slide_is_looked_at(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path, slide_without_mpp: Path
) -> None:
    goes_on = tmp_path / "goes on"
    monkeypatch.setenv(GOES_ON, str(goes_on))
    with open_window(qtbot, tmp_path, monkeypatch, engine="held") as program:
        opened(qtbot, program, slide_path)
        program.scan.start()
        scanning = program.session.current
        assert scanning is not None
        qtbot.waitUntil(lambda: scanning.run.part_done > 0, timeout=LONG_MS)
        program.slides.mppWanted.disconnect()
        opened(qtbot, program, slide_without_mpp)
        assert program.window.area.progress.isVisible()
        assert program.table.rowCount() == 0
        goes_on.touch()
        qtbot.waitUntil(lambda: len(scanning.candidates) > 0, timeout=LONG_MS)
        assert program.table.rowCount() == 0
        opened(qtbot, program, slide_path)
        assert program.table.rowCount() > 0
        assert program.session.current is scanning
