"""Story: twenty slides to read by noon: a folder is dropped, all are queued, and each keeps its view."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.control.scan_control import FLUSH_MS
from app.program import Program
from app.state.run_state import RunPhase
from inference.engine.messages import Scores
from tests.support.fake_engine import GOES_ON
from tests.support.make_slide import textured, write_pyramid
from tests.support.windows import LONG_MS, dropped, open_window, opened

# The offscreen platform says so of every window; it concerns no user.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three slides, one of them without resolution, one file that is no slide, and what is not looked at."""
    place = tmp_path_factory.mktemp("tray") / "Fälle 2024"
    (place / "below").mkdir(parents=True)
    write_pyramid(place / "case 2.tif", textured(1500, 2000, seed=2), mpp=0.25)
    write_pyramid(place / "case 10.tif", textured(1500, 2000, seed=10), mpp=0.25)
    write_pyramid(place / "below" / "unknown.tif", textured(1000, 1500, seed=3), mpp=None)
    (place / "case 3.svs").write_bytes(b"no slide")
    (place / "notes.txt").write_text("not looked at")
    (place / "preview.png").write_bytes(b"not looked at, as there are slides")
    return place


def _chips(program: Program) -> dict[str, str]:
    return {entry.path.name: entry.chip for entry in program.window.tray.entries}


def _on_show(program: Program, name: str) -> Callable[[], bool]:
    return lambda: program.session.current is not None and program.session.current.path.name == name


def _dropped(qtbot: QtBot, program: Program, folder: Path) -> None:
    program.slides.mppWanted.disconnect()
    dropped(program, folder)
    qtbot.waitUntil(lambda: "not scanned" in _chips(program).values(), timeout=LONG_MS)
    qtbot.waitUntil(
        lambda: all(slide.info is not None or slide.problem for slide in program.list.tray.slides),
        timeout=LONG_MS,
    )


def test_a_dropped_folder_lists_its_slides_in_reading_order(
    qtbot: QtBot, program: Program, folder: Path
) -> None:
    _dropped(qtbot, program, folder)
    assert list(_chips(program).items()) == [
        ("unknown.tif", "not scanned"),
        ("case 2.tif", "not scanned"),
        ("case 3.svs", "cannot be opened"),
        ("case 10.tif", "not scanned"),
    ]
    assert all(
        slide.picture is not None and slide.picture.width() > 100
        for slide in program.list.tray.slides
        if not slide.problem
    )
    bad = program.window.tray.entries[2]
    assert "not a slide" in bad.toolTip()
    assert "not a slide" in bad.accessibleDescription()


def test_page_keys_walk_the_tray_and_each_slide_keeps_its_view(
    qtbot: QtBot, program: Program, folder: Path
) -> None:
    view = program.window.view
    dropped(program, folder / "case 2.tif", folder / "case 10.tif")
    qtbot.waitUntil(_on_show(program, "case 2.tif"), timeout=LONG_MS)
    qtbot.waitUntil(view.is_settled, timeout=LONG_MS)
    qtbot.keyClick(view, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: abs(view.viewport.downsample - 2) < 1e-6)
    qtbot.keyClick(view, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: view.viewport.centre_l0.x > 1010 and view.is_settled())
    kept = view.viewport

    qtbot.keyClick(view, Qt.Key.Key_PageDown)
    qtbot.waitUntil(_on_show(program, "case 10.tif"), timeout=LONG_MS)
    other = view.viewport
    assert other == other.fit(program.session.current.info.size_l0)  # type: ignore[union-attr]
    qtbot.keyClick(view, Qt.Key.Key_PageDown)
    qtbot.keyClick(view, Qt.Key.Key_PageUp)
    qtbot.waitUntil(_on_show(program, "case 2.tif"), timeout=LONG_MS)
    assert view.viewport == kept


def test_scan_all_scans_one_after_the_other_and_each_says_how_it_stands(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch, engine="slow") as program:
        _dropped(qtbot, program, folder)
        button = program.window.tray.scan_all
        assert button.text() == "Scan all (3)"
        seen: set[str] = set()
        program.list.tray.changed.connect(lambda: seen.update(_chips(program).values()))
        program.session.entriesChanged.connect(lambda: seen.update(_chips(program).values()))
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert _chips(program)["case 10.tif"] == "queued"
        assert _chips(program)["case 2.tif"] == "starting"
        assert button.text() == "Empty the queue (1)"
        qtbot.waitUntil(lambda: _chips(program)["case 10.tif"] == "scanned", timeout=LONG_MS)
        assert _chips(program)["case 2.tif"] == "scanned"
        assert _chips(program)["unknown.tif"] == "needs its resolution"
        assert any(chip.startswith("scanning ") for chip in seen)
        # A slide scanned while another was looked at shows its result when it is opened.
        opened(qtbot, program, folder / "case 10.tif")
        entry = program.session.current
        assert entry is not None
        assert entry.run.phase is RunPhase.DONE
        assert program.table.rowCount() > 0


def test_a_waiting_slide_can_be_taken_out_and_the_running_one_cancelled(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch, engine="slow") as program:
        paths = [folder / "case 2.tif", folder / "case 10.tif"]
        program.slides.mppWanted.disconnect()
        dropped(program, *paths)
        qtbot.waitUntil(lambda: program.window.tray.scan_all.text() == "Scan all (2)", timeout=LONG_MS)
        qtbot.waitUntil(_on_show(program, "case 2.tif"), timeout=LONG_MS)
        qtbot.keyClick(
            program.window.view,
            Qt.Key.Key_Return,
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
        )
        qtbot.waitUntil(lambda: program.list.queue.waiting == (paths[1],), timeout=LONG_MS)
        menu = program.window.tray.entries[1].menu()
        next(each for each in menu.actions() if each.text() == "Take out of the queue").trigger()
        assert program.list.queue.waiting == ()
        assert _chips(program)["case 10.tif"] == "not scanned"
        program.window.actions_["cancel_scan"].trigger()
        qtbot.waitUntil(lambda: _chips(program)["case 2.tif"] == "cancelled", timeout=LONG_MS)
        qtbot.wait(100)
        assert program.scan.scanning is None


def test_the_scan_of_a_slide_that_is_not_on_show_can_be_cancelled(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setenv(GOES_ON, str(tmp_path / "never written"))
    with open_window(qtbot, tmp_path, monkeypatch, engine="held") as program:
        dropped(program, folder / "case 2.tif", folder / "case 10.tif")
        qtbot.waitUntil(_on_show(program, "case 2.tif"), timeout=LONG_MS)
        qtbot.waitUntil(lambda: "not scanned" in _chips(program).values(), timeout=LONG_MS)
        cancel = program.window.actions_["cancel_scan"]
        assert not cancel.isEnabled()
        program.list.queue.add([folder / "case 10.tif"])
        qtbot.waitUntil(lambda: program.scan.scanning is not None, timeout=LONG_MS)
        qtbot.keyClick(program.window.view, Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: _chips(program)["case 10.tif"] == "cancelled", timeout=LONG_MS)
        assert not cancel.isEnabled()


def test_a_program_that_is_stopped_in_a_scan_says_no_more(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setenv(GOES_ON, str(tmp_path / "never written"))
    with open_window(qtbot, tmp_path, monkeypatch, engine="held") as program:
        opened(qtbot, program, folder / "case 2.tif")
        program.scan.start()
        qtbot.waitUntil(lambda: _chips(program)["case 2.tif"].startswith("scanning"), timeout=LONG_MS)
        said: list[object] = []
        program.session.entriesChanged.connect(lambda: said.append(1))
        program.session.cellsChanged.connect(said.append)
        program.stop()
        said.clear()
        # What the engine said last would be shown at the next turn of the control's clock.
        program.scan._scores.append(
            Scores(program.session.entries[0].run.run_id, 0, 0, np.ones((1, 1), np.float32))
        )
        qtbot.wait(3 * FLUSH_MS)
        assert said == []


def test_the_tray_is_worked_by_keys_alone(qtbot: QtBot, program: Program, folder: Path) -> None:
    dropped(program, folder / "case 2.tif", folder / "case 10.tif")
    qtbot.waitUntil(_on_show(program, "case 2.tif"), timeout=LONG_MS)
    qtbot.waitUntil(lambda: len(program.window.tray.entries) == 2, timeout=LONG_MS)
    first, second = program.window.tray.entries
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Down)
    assert second.hasFocus()
    qtbot.keyClick(second, Qt.Key.Key_Return)
    qtbot.waitUntil(_on_show(program, "case 10.tif"), timeout=LONG_MS)
    second.setFocus()
    qtbot.keyClick(second, Qt.Key.Key_Delete)
    # The one above comes on show, without the start page in between.
    assert not program.window.area.empty.isVisible()
    qtbot.waitUntil(_on_show(program, "case 2.tif"), timeout=LONG_MS)
    assert [entry.path.name for entry in program.session.entries] == ["case 2.tif"]
    (last,) = program.window.tray.entries
    qtbot.mouseMove(last)
    last.cross.show()
    qtbot.mouseClick(last.cross, Qt.MouseButton.LeftButton)
    assert program.session.current is None
    assert program.window.area.empty.isVisible()
    assert program.window.windowTitle() == "Equiscope"
    assert (folder / "case 2.tif").exists()


def test_a_folder_without_slides_says_so(qtbot: QtBot, program: Program, tmp_path: Path) -> None:
    empty = tmp_path / "nothing here"
    empty.mkdir()
    dropped(program, empty)
    banner = program.window.area.banner
    qtbot.waitUntil(lambda: len(banner.notices) == 1, timeout=LONG_MS)
    assert "No slide was found in this folder" in banner.notices[0].text
