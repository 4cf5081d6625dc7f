"""Story: beside the slide I look at a region's maps, near and in a larger window, and at what lies in the tumour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.canvas.device_frame import DeviceFrame
from app.panels.stability_panel import StabilityPanel
from app.panels.stability_plots import CellMap
from app.program import Program
from app.state.stability_run import StabilityPhase, StabilityRun
from inference.results.annotation import Annotation, Shape
from inference.slides.frames import PointL0
from tests.support.make_slide import textured, write_pyramid
from tests.support.stability import COLUMNS, ROWS, made_up_maps
from tests.support.windows import LONG_MS, hovered, open_window, opened

# The offscreen platform says so whenever a window is shown.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def program(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    """A slide on show with the finished stability of two models in a region of it."""
    path = write_pyramid(tmp_path / "s.tif", textured(2600, 2800, seed=1), mpp=0.25)
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        opened(qtbot, program, path)
        program.window.view.set_animated(False)
        show(program, made_up_maps())
        qtbot.waitUntil(lambda: program.window.side.stability.panel is not None, timeout=LONG_MS)
        yield program


def show(program: Program, maps: object) -> None:
    """As if the engine had just told them."""
    entry = program.session.current
    assert entry is not None
    maps.fingerprint = entry.info.fingerprint  # type: ignore[attr-defined]
    run = StabilityRun(StabilityPhase.DONE, "stability-1", slide=entry.path, maps=maps, told=1)  # type: ignore[arg-type]
    program.stability.control.state.set(run)


def pictures(panel: StabilityPanel) -> list[CellMap]:
    return [panel.region, *(each for pair in panel.pairs for each in (pair.mean, pair.std))]


def wheel(at: CellMap, *, keys: Qt.KeyboardModifier) -> None:
    place = QPointF(at.viewport().rect().center())
    event = QWheelEvent(
        place, QPointF(at.viewport().mapToGlobal(place.toPoint())), QPoint(), QPoint(0, 240),
        Qt.MouseButton.NoButton, keys, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(at.viewport(), event)


def same(one: QRectF, other: QRectF) -> bool:
    return np.allclose(one.getRect(), other.getRect(), atol=0.2)


def test_what_is_done_to_one_map_the_others_follow(qtbot: QtBot, program: Program) -> None:
    card = program.window.side.stability
    program.window.side.show_card(card)
    panel = card.panel
    assert panel is not None
    qtbot.waitUntil(lambda: panel.region.isVisible() and panel.region.width() > 100, timeout=LONG_MS)
    all_maps = pictures(panel)
    whole = panel.region.shown()
    assert whole.contains(QRectF(0, 0, COLUMNS, ROWS).adjusted(0.1, 0.1, -0.1, -0.1))
    std = panel.pairs[1].std
    wheel(std, keys=Qt.KeyboardModifier.NoModifier)
    assert same(std.shown(), whole)  # the side panel scrolls instead
    wheel(std, keys=Qt.KeyboardModifier.ControlModifier)
    near = std.shown()
    assert near.width() < 0.9 * whole.width()
    assert all(same(each.shown(), near) for each in all_maps)

    middle = std.viewport().rect().center()
    QTest.mousePress(std.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    for step in range(1, 6):
        QTest.mouseMove(std.viewport(), middle + QPoint(6 * step, 0))
    QTest.mouseRelease(std.viewport(), Qt.MouseButton.LeftButton, pos=middle + QPoint(30, 0))
    assert std.shown().left() < near.left() - 0.3
    assert all(same(each.shown(), std.shown()) for each in all_maps)

    # The cursor is on all of them, also in the larger window, whose wheel zooms by itself.
    card.larger.click()
    window = card.large_window
    assert window is not None
    qtbot.waitUntil(lambda: window.isVisible() and window.panel.region.width() > 200, timeout=LONG_MS)
    target = window.panel.pairs[0].mean
    qtbot.waitUntil(lambda: target.cell_rect((3, 4)).width() > 10, timeout=LONG_MS)
    place = target.cell_rect((3, 4)).center().toPoint()
    hovered(target.viewport(), place)
    assert panel.pointed == (3, 4) == window.panel.pointed
    assert "DenseNet+" in panel.cell.text()
    before = target.shown()
    wheel(target, keys=Qt.KeyboardModifier.NoModifier)
    assert target.shown().width() < 0.9 * before.width()
    # Another run closes what is not of it.
    program.stability.control.state.set(StabilityRun())
    assert not window.isVisible()


def test_a_click_brings_the_cell_and_a_double_click_leaves_the_slide_alone(
    qtbot: QtBot, program: Program
) -> None:
    card, view = program.window.side.stability, program.window.view
    program.window.side.show_card(card)
    assert card.panel is not None
    shown = card.panel.pairs[0].std
    qtbot.waitUntil(lambda: shown.isVisible() and shown.cell_rect((3, 4)).width() > 2, timeout=LONG_MS)
    cells: list[object] = []
    card.cellClicked.connect(cells.append)
    place = shown.cell_rect((3, 4)).center().toPoint()
    before = view.viewport.centre_l0
    QTest.mouseClick(shown.viewport(), Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseDClick(shown.viewport(), Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseRelease(shown.viewport(), Qt.MouseButton.LeftButton, pos=place)
    QTest.qWait(QApplication.doubleClickInterval() + 100)
    assert not cells
    assert view.viewport.centre_l0 == before
    QTest.mouseClick(shown.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: cells == [(3, 4)], timeout=LONG_MS)
    assert view.viewport.centre_l0 != before


def test_the_region_has_its_annotations_and_a_figure_inside_tumour(qtbot: QtBot, program: Program) -> None:
    card, entry = program.window.side.stability, program.session.current
    assert entry is not None and card.panel is not None
    qtbot.waitUntil(lambda: "No annotation here counts as tumour" in card.summary.text(), timeout=LONG_MS)
    maps = program.stability.control.state.value.maps
    assert maps is not None
    region = maps.region_l0
    # It lies between the middles of the cells.
    tiny = shapely.box(region.x, region.y, region.x + 9, region.y + 9)
    program.annotations.control.add([Annotation(0, Shape.RECTANGLE, tiny, "Tumor")], label="Draw")
    qtbot.waitUntil(lambda: "No cell with a figure has its middle" in card.summary.text(), timeout=LONG_MS)
    right = shapely.box(
        region.x + 4 * maps.stride_x_l0, region.y, region.x + region.width, region.y + region.height
    )
    program.annotations.control.add([Annotation(0, Shape.RECTANGLE, right, "Tumor")], label="Draw")
    counted = (ROWS - 1) * (COLUMNS - 4)  # the first row lies at the slide's edge
    qtbot.waitUntil(lambda: f"({counted} cells)" in card.summary.text(), timeout=LONG_MS)
    inside = maps.models[0].mean[1:, 4:].mean()
    assert f"P4M-DenseNet M {inside:.3f} ±" in card.summary.text()
    assert len(card.panel.region._lines) == 2
    np.testing.assert_allclose(card.panel.region._lines[0].getData()[0].min(), 4, atol=1e-6)


def test_the_region_is_framed_on_the_slide_while_the_card_shows_it(qtbot: QtBot, program: Program) -> None:
    card, view = program.window.side.stability, program.window.view
    program.window.side.show_card(card)
    maps = program.stability.control.state.value.maps
    assert maps is not None
    card.centre.click()
    middle = view.viewport.centre_l0
    region = maps.region_l0
    assert (middle.x, middle.y) == pytest.approx((region.x + region.width / 2, region.y + region.height / 2))
    corner = DeviceFrame.of(view.viewport).to_device(PointL0(region.x, region.y + region.height / 2))
    assert 0 < corner[0] < 0.2 * view.width() * view.devicePixelRatioF()
    qtbot.waitUntil(view.is_settled, timeout=LONG_MS)
    framed = view.grab().toImage()
    card.set_open(False)
    qtbot.waitUntil(lambda: view.grab().toImage() != framed, timeout=LONG_MS)
    # A click on the frame of an open card brings it into sight; without the frame it does nothing.
    card.set_open(True)
    scroll = program.window.side._scroll.verticalScrollBar()
    scroll.setValue(0)
    ratio = view.devicePixelRatioF()
    QTest.mouseClick(
        view, Qt.MouseButton.LeftButton, pos=QPoint(round(corner[0] / ratio), round(corner[1] / ratio))
    )
    qtbot.waitUntil(lambda: scroll.value() > 0, timeout=LONG_MS)


def test_another_slide_shows_no_frame(qtbot: QtBot, program: Program, tmp_path: Path) -> None:
    view = program.window.view
    other = write_pyramid(tmp_path / "other.tif", textured(1500, 1500, seed=2), mpp=0.25)
    maps = program.stability.control.state.value.maps
    assert maps is not None
    edge = PointL0(maps.region_l0.x, maps.region_l0.y + 1)
    assert view.annotations.is_frame_at(edge, 1.0)
    opened(qtbot, program, other)
    assert not view.annotations.is_frame_at(edge, 1.0)
    assert not program.window.side.stability.centre.isVisible()


def test_one_model_has_its_own_maps_only(qtbot: QtBot, program: Program) -> None:
    show(program, made_up_maps(models=1))
    state = program.stability.control.state
    state.set(replace(state.value, run_id="stability-2", told=2))
    panel = program.window.side.stability.panel
    assert panel is not None
    assert not panel.pairs[0].mean.isHidden()
    assert panel.pairs[1].mean.isHidden()
