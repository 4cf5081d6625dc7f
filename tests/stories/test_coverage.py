"""Story: the minimap shows what was looked at, says how much of the tissue that is, and knows it the next day."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from app.control import coverage_control
from app.coverage_desk import SEEN_ALPHA
from app.panels.reading_dialog import ReadingDialog
from app.program import Program
from app.state.viewport import PointView
from inference.results.case_file import default_case_path
from inference.slides.frames import PointL0
from inference.slides.open_slide import open_slide
from tests.support.windows import LONG_MS, open_window, opened

# The offscreen platform says so of every window; it concerns no user.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def figure(program: Program) -> str:
    """The words below the minimap's picture."""
    return program.window.view.overlays.minimap.figure


def percent(program: Program) -> int:
    """The figure in them."""
    return int(figure(program).split(" ")[0])


def tint_at(program: Program, point_l0: PointL0) -> int:
    """How much a place of the minimap differs from the slide's own colour there, summed over the channels."""
    minimap, entry = program.window.view.overlays.minimap, program.session.current
    assert entry is not None
    size = entry.info.size_l0
    picture = minimap.grab().toImage()
    plain = minimap._thumbnail
    assert plain is not None
    box = minimap._picture_rect()
    across, down = point_l0.x / size.width, point_l0.y / size.height
    shown = picture.pixelColor(
        round(box.left() + across * box.width()), round(box.top() + down * box.height())
    )
    own = plain.pixelColor(round(across * plain.width()), round(down * plain.height()))
    return sum(abs(a - b) for a, b in zip(_rgb(shown), _rgb(own), strict=True))


def _rgb(colour: QColor) -> tuple[int, int, int]:
    return colour.red(), colour.green(), colour.blue()


def rest_at(qtbot: QtBot, program: Program, point_l0: PointL0, downsample: float) -> None:
    """Goes to a place as a candidate's flight does, and stays until it is sharp and was looked at."""
    view = program.window.view
    view.fly_to(point_l0, downsample)
    qtbot.waitUntil(view.is_settled, timeout=LONG_MS)
    qtbot.wait(coverage_control.DWELL_MS + 150)


def test_what_was_looked_at_is_tinted_counted_and_kept(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        opened(qtbot, program, slide_path)
        program.window.view.set_animated(False)
        qtbot.waitUntil(lambda: figure(program) == "0 % of the tissue seen at ≥ 10×", timeout=LONG_MS)
        # 10x by its key: 3300 x 2800 of 5000 x 4000 px in view.
        qtbot.keyClick(program.window.view, Qt.Key.Key_1)
        qtbot.waitUntil(lambda: percent(program) > 20, timeout=LONG_MS)
        at_10x = percent(program)
        # A place in view, yet off the middle, where the view's rectangle is drawn no line through.
        assert tint_at(program, PointL0(2100, 1600)) > SEEN_ALPHA // 4
        assert tint_at(program, PointL0(150, 3900)) <= 12

        # The key that counts is the user's: at 20x nothing was seen yet, at 5x the same as at 10x.
        choice = program.window.side.layers.coverage.magnification
        choice.setFocus()
        qtbot.keyClick(choice, Qt.Key.Key_Down)
        assert figure(program) == "0 % of the tissue seen at ≥ 20×"
        qtbot.keyClick(choice, Qt.Key.Key_Up)
        qtbot.keyClick(choice, Qt.Key.Key_Up)
        assert figure(program) == f"{at_10x} % of the tissue seen at ≥ 5×"
        qtbot.keyClick(choice, Qt.Key.Key_Down)

        # What rushes by was not looked at.
        qtbot.keyClick(program.window.view, Qt.Key.Key_4)
        view = program.window.view
        for step in range(8):
            view.show_viewport(view.viewport.centred_on(PointL0(300 + 600 * step, 3600)))
            qtbot.wait(30)
        assert percent(program) == at_10x
        rest_at(qtbot, program, PointL0(4500, 3500), 4.0)
        assert percent(program) > at_10x
        seen = percent(program)

        qtbot.keyClick(view, Qt.Key.Key_V)
        assert figure(program) == ""
        assert not program.window.side.layers.coverage.tick.isChecked()
        qtbot.keyClick(view, Qt.Key.Key_V)
        assert percent(program) == seen
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        opened(qtbot, program, slide_path)
        qtbot.waitUntil(lambda: figure(program) != "" and percent(program) == seen, timeout=LONG_MS)
        assert tint_at(program, PointL0(2100, 1600)) > SEEN_ALPHA // 4


def test_an_overview_counts_for_nothing_and_makes_no_case_file(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.support.make_slide import textured, write_pyramid

    path = write_pyramid(tmp_path / "large.tif", textured(12000, 16000), mpp=0.25, factors=(1, 4, 16))
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        opened(qtbot, program, path)
        qtbot.wait(coverage_control.DWELL_MS + 200)
        assert figure(program) == "0 % of the tissue seen at ≥ 10×"
        assert program.session.current is not None
        assert not default_case_path(program.session.current.info.fingerprint).exists()


def test_a_slide_without_resolution_has_no_figure(
    qtbot: QtBot, program: Program, slide_without_mpp: Path
) -> None:
    program.slides.mppWanted.disconnect()
    opened(qtbot, program, slide_without_mpp)
    rest_at(qtbot, program, PointL0(1000, 1000), 1.0)
    assert figure(program) == ""
    slide = open_slide(slide_without_mpp)
    slide.close()
    assert not default_case_path(slide.info.fingerprint).exists()


def test_a_click_on_the_minimap_still_hits_its_place(
    qtbot: QtBot, program: Program, slide_path: Path
) -> None:
    opened(qtbot, program, slide_path)
    view = program.window.view
    view.set_animated(False)
    qtbot.waitUntil(lambda: figure(program) != "", timeout=LONG_MS)
    qtbot.keyClick(view, Qt.Key.Key_2)
    minimap = view.overlays.minimap
    box = minimap._picture_rect()
    at = box.topLeft() + (box.bottomRight() - box.topLeft()) * 0.5
    qtbot.mouseClick(minimap, Qt.MouseButton.LeftButton, pos=at.toPoint())
    middle = view.viewport.to_l0(PointView(view.width() / 2, view.height() / 2))
    assert abs(middle.x - 2500) < 60
    assert abs(middle.y - 2000) < 60


def test_a_second_reader_looks_anew_and_the_first_reading_is_kept(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        opened(qtbot, program, slide_path)
        window = program.window
        window.view.set_animated(False)
        row, action = window.side.layers.coverage, window.actions_["coverage_anew"]
        qtbot.keyClick(window.view, Qt.Key.Key_1)
        qtbot.waitUntil(lambda: figure(program) != "" and percent(program) > 20, timeout=LONG_MS)
        seen = percent(program)
        assert row.reader.isHidden()

        # The overview counts for nothing, so that the new reading stays one of nothing.
        window.view.fit()
        action.trigger()
        dialog = window.findChild(ReadingDialog)
        assert dialog is not None
        assert f"{seen} % of the tissue" in dialog.readings.text()
        qtbot.keyClicks(dialog.field, "B. Second")
        qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
        assert percent(program) == 0
        qtbot.waitUntil(
            lambda: row.reader.text() == "Read by B. Second, after 1 earlier reading", timeout=LONG_MS
        )
        rest_at(qtbot, program, PointL0(4500, 3500), 4.0)
        assert percent(program) > 0
        second = percent(program)
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        opened(qtbot, program, slide_path)
        row = program.window.side.layers.coverage
        qtbot.waitUntil(lambda: row.reader.text().startswith("Read by B. Second"), timeout=LONG_MS)
        qtbot.waitUntil(lambda: figure(program) != "" and percent(program) == second, timeout=LONG_MS)
        program.window.actions_["coverage_anew"].trigger()
        dialog = program.window.findChild(ReadingDialog)
        assert dialog is not None
        assert f"{seen} % of the tissue" in dialog.readings.text(), "the first reading is still known"
        dialog.reject()
