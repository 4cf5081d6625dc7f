"""Story: the slide beside its heatmap, then two models side by side; both views go together."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from app.canvas.slide_view import SlideView
from app.canvas.tile_loader import READER_THREADS
from app.program import Program
from app.state.models import ModelChoice
from app.state.viewport import PointView
from inference.results.case_records import Review
from inference.slides.frames import PointL0
from tests.support.windows import LONG_MS, MODEL, open_window, opened, scanned

# The offscreen platform says so of every window; it concerns no user.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")
OTHER = ModelChoice("other", "DenseNet+", 0.972)


@pytest.fixture
def keeping(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    """A window whose scans are kept in the case file."""
    with open_window(qtbot, tmp_path, monkeypatch, engine="keeping") as program:
        program.models.offer((MODEL, OTHER))
        program.window.view.set_animated(False)
        yield program


def agree(program: Program) -> bool:
    """Whether both views show the same place in the same way."""
    one, other = program.window.view.viewport, program.compare.view.viewport
    return (
        abs(one.centre_l0.x - other.centre_l0.x) < 1e-6
        and abs(one.centre_l0.y - other.centre_l0.y) < 1e-6
        and (one.downsample, one.angle_deg, one.flipped) == (other.downsample, other.angle_deg, other.flipped)
    )


def shown_colour(view: SlideView, point_l0: PointL0) -> QColor:
    """What a view paints at a place."""
    at = view.viewport.to_view(point_l0)
    return view.grab().toImage().pixelColor(round(at.x), round(at.y))


def side_by_side(qtbot: QtBot, program: Program) -> None:
    """Both views by the key, painted."""
    qtbot.keyClick(program.window.view, Qt.Key.Key_X)
    assert program.compare.is_on
    qtbot.waitUntil(
        lambda: program.window.view.is_settled() and program.compare.view.is_settled(), timeout=LONG_MS
    )


def test_the_slide_beside_its_heatmap_goes_with_it(qtbot: QtBot, keeping: Program, slide_path: Path) -> None:
    opened(qtbot, keeping, slide_path)
    keeping.scan.start()
    scanned(qtbot, keeping)
    qtbot.keyClick(keeping.window.view, Qt.Key.Key_C)
    side_by_side(qtbot, keeping)
    left, right = keeping.compare.view, keeping.window.view
    assert left.isVisible()
    assert abs(left.width() - right.width()) <= 1
    assert left.geometry().right() < right.geometry().left()
    assert agree(keeping)
    # The second view reads nothing: it paints the tiles of the first.
    readers = [each for each in threading.enumerate() if each.name.startswith("tile-reader")]
    assert len(readers) == READER_THREADS
    # The hottest place is coloured at the right, and as the slide is at the left.
    hot = PointL0(1500, 1200)
    own = right.colour_at(hot)
    assert own is not None
    bare, coloured = shown_colour(left, hot), shown_colour(right, hot)
    assert sum(abs(a - b) for a, b in zip(bare.getRgb(), coloured.getRgb(), strict=True)) > 60

    # Wheel, drag, keys and the actions' keys, in either view.
    pan = PointView(right.width() / 2, right.height() / 2)
    before = right.viewport.to_l0(pan)
    left.setFocus()
    qtbot.keyClick(left, Qt.Key.Key_2)
    assert abs(left.viewport.downsample - 2.0) < 1e-6
    qtbot.mousePress(left, Qt.MouseButton.LeftButton, pos=QPoint(200, 200))
    qtbot.mouseMove(left, QPoint(120, 150))
    qtbot.mouseMove(left, QPoint(100, 140))
    qtbot.mouseRelease(left, Qt.MouseButton.LeftButton, pos=QPoint(100, 140))
    left.skip_animation()
    after = right.viewport.to_l0(pan)
    assert after.x > before.x + 150
    assert after.y > before.y + 90
    assert agree(keeping)
    qtbot.keyClick(left, Qt.Key.Key_BracketRight)
    qtbot.keyClick(left, Qt.Key.Key_Backslash)
    qtbot.keyClick(right, Qt.Key.Key_BracketLeft)
    qtbot.keyClick(right, Qt.Key.Key_Plus)
    left.skip_animation()
    assert agree(keeping)
    assert right.viewport.angle_deg != 0
    assert right.viewport.flipped
    qtbot.waitUntil(lambda: left.is_settled() and right.is_settled(), timeout=LONG_MS)

    # The cursor in one is seen in the other, at the same place of the slide; its values stand in the bar.
    at = QPoint(150, 170)
    qtbot.mouseMove(left, at)
    cross = keeping.compare.link.cursors[right]
    qtbot.waitUntil(cross.isVisible)
    expected = right.viewport.to_view(left.viewport.to_l0(PointView(150, 170)))
    assert (cross.geometry().center() - QPoint(round(expected.x), round(expected.y))).manhattanLength() <= 2
    assert not keeping.compare.link.cursors[left].isVisible()
    assert keeping.compare.bar.left_value.text() == ""
    qtbot.mouseMove(right, at)
    qtbot.waitUntil(keeping.compare.link.cursors[left].isVisible)

    # Back to one view: it fills the middle again, at the same place.
    here = right.viewport.centre_l0
    qtbot.mouseClick(keeping.compare.bar.close_button, Qt.MouseButton.LeftButton)
    assert not keeping.compare.is_on
    assert not left.isVisible()
    assert right.width() == keeping.window.area.width()
    assert right.viewport.centre_l0 == here
    assert not keeping.window.actions_["side_by_side"].isChecked()


def test_two_models_side_by_side_and_either_side_chosen(
    qtbot: QtBot, keeping: Program, slide_path: Path
) -> None:
    opened(qtbot, keeping, slide_path)
    entry, bar = keeping.session.current, keeping.compare.bar
    assert entry is not None
    keeping.scan.start()
    scanned(qtbot, keeping)
    qtbot.waitUntil(lambda: entry.reviews.is_ready, timeout=LONG_MS)
    keeping.candidates.select(0)
    keeping.reviews.control.decide(Review.ACCEPTED)
    keeping.candidates.clear_selection()
    keeping.window.view.fit()
    keeping.models.choose("other")
    first = entry.run
    keeping.scan.start()
    qtbot.waitUntil(lambda: entry.run is not first and len(entry.candidates) > 0, timeout=LONG_MS)
    side_by_side(qtbot, keeping)
    qtbot.waitUntil(lambda: bar.left.count() == 3, timeout=LONG_MS)
    assert [bar.left.itemText(row) for row in range(3)] == ["Slide alone", "DenseNet+", "P4M-DenseNet-M"]
    assert bar.right.currentText() == "DenseNet+"
    assert bar.left.currentText() == "Slide alone"

    bar.left.setFocus()
    for _ in range(2):
        qtbot.keyClick(bar.left, Qt.Key.Key_Down)
    assert bar.left.currentText() == "P4M-DenseNet-M"
    beside = keeping.compare.view
    hot = PointL0(1500, 1200)

    def coloured() -> bool:
        colours = (shown_colour(beside, hot), shown_colour(keeping.window.view, hot))
        return colours[0] == colours[1] and beside.is_settled()

    # Both fake models answer alike, so that both sides look alike.
    qtbot.keyClick(keeping.window.view, Qt.Key.Key_C)
    qtbot.waitUntil(coloured, timeout=LONG_MS)
    hot_colour = shown_colour(beside, hot)
    qtbot.keyClick(keeping.window.view, Qt.Key.Key_H)
    qtbot.waitUntil(lambda: coloured() and shown_colour(beside, hot) != hot_colour, timeout=LONG_MS)
    qtbot.keyClick(keeping.window.view, Qt.Key.Key_H)
    at = keeping.window.view.viewport.to_view(hot)
    qtbot.mouseMove(keeping.window.view, QPoint(round(at.x), round(at.y)))
    qtbot.waitUntil(lambda: bar.right_value.text() > "0.9", timeout=LONG_MS)
    assert bar.left_value.text() == bar.right_value.text()

    # The right side is what the window works on: cards and candidates go with it.
    told: list[str] = []
    keeping.session.candidatesChanged.connect(
        lambda: told.append("" if entry.run.started is None else entry.run.started.model)
    )
    bar.right.setFocus()
    qtbot.keyClick(bar.right, Qt.Key.Key_Down)
    qtbot.waitUntil(
        lambda: entry.run.started is not None and entry.run.started.model == "fake", timeout=LONG_MS
    )
    assert keeping.window.side.scan.facts.text_of("Model") == "P4M-DenseNet-M"
    assert len(entry.candidates) > 0
    # Who lists the candidates must see whose they are: their stability is of one model.
    assert told[-1] == "fake"
    assert bar.right.currentText() == "P4M-DenseNet-M"
    # Its own marks come with it, and more can be made.
    qtbot.waitUntil(lambda: keeping.reviews.control.why_not() == "", timeout=LONG_MS)
    assert entry.reviews.mark_of(0)[0] is Review.ACCEPTED


def test_another_slide_comes_into_both_views_and_none_ends_them(
    qtbot: QtBot, keeping: Program, slide_path: Path, slide_without_mpp: Path
) -> None:
    assert not keeping.window.actions_["side_by_side"].isEnabled()
    keeping.slides.mppWanted.disconnect()
    opened(qtbot, keeping, slide_path)
    side_by_side(qtbot, keeping)
    assert keeping.compare.bar.right.currentText() == "Not scanned yet"
    opened(qtbot, keeping, slide_without_mpp)
    assert keeping.compare.is_on
    assert agree(keeping)
    middle = PointL0(1500, 1000)
    qtbot.waitUntil(
        lambda: shown_colour(keeping.compare.view, middle) == shown_colour(keeping.window.view, middle),
        timeout=LONG_MS,
    )
    for left in (1, 0):
        qtbot.keyClick(keeping.window.view, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(
            lambda left=left: (
                len(keeping.list.tray.slides) == left
                and len(keeping.session.entries) == left
                and keeping.slides.wanted is None
            ),
            timeout=LONG_MS,
        )
    assert not keeping.compare.is_on
    assert keeping.window.area.empty.isVisible()
