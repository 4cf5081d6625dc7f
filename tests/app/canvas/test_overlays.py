"""Scale bar, legend and minimap say the truth and never cover each other."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.canvas.layer_look import LayerLook
from app.canvas.legend import Legend
from app.canvas.minimap import Minimap
from app.canvas.overlay_layout import place_overlays
from app.canvas.scale_bar import LONGEST_PX, round_length
from app.state.viewport import Viewport
from inference.slides.frames import PointL0, SizeL0


@given(st.floats(0.001, 1000))
def test_the_scale_bar_is_round_and_true(um_per_view: float) -> None:
    length = round_length(um_per_view)
    assert length.length_view * um_per_view == pytest.approx(length.length_um)
    assert LONGEST_PX / 2.5 * 0.999 <= length.length_view <= LONGEST_PX * 1.001
    mantissa = length.length_um / 10 ** math.floor(math.log10(length.length_um * (1 + 1e-9)))
    assert min(abs(mantissa - step) for step in (1, 2, 5)) < 1e-6


@pytest.mark.parametrize(
    ("um_per_view", "text"), [(0.25, "20 µm"), (1.0, "100 µm"), (12.5, "2 mm"), (0.0125, "2 µm")]
)
def test_the_scale_bars_words(um_per_view: float, text: str) -> None:
    assert round_length(um_per_view).text == text


sizes = st.builds(QSize, st.integers(10, 400), st.integers(10, 200))


@given(st.builds(QSize, st.integers(50, 2000), st.integers(50, 1500)), sizes, sizes, sizes)
def test_overlays_lie_inside_and_apart(view: QSize, minimap: QSize, legend: QSize, scale_bar: QSize) -> None:
    places = place_overlays(view, minimap=minimap, legend=legend, scale_bar=scale_bar)
    for rect in places.values():
        assert rect.left() >= 0 and rect.top() >= 0
        assert rect.right() < view.width() and rect.bottom() < view.height()
    assert not any(a.intersects(b) for a, b in combinations(places.values(), 2))


def test_a_roomy_view_shows_all() -> None:
    size = QSize(200, 60)
    assert len(place_overlays(QSize(1200, 800), minimap=size, legend=size, scale_bar=size)) == 3
    assert set(place_overlays(QSize(300, 120), minimap=size, legend=size, scale_bar=size)) == {"scale_bar"}


@pytest.fixture
def minimap(qtbot: QtBot) -> Iterator[Minimap]:
    parent = QWidget()
    qtbot.addWidget(parent)
    minimap = Minimap(parent)
    minimap.set_slide(SizeL0(24_000, 10_000))
    minimap.resize(minimap.sizeHint())
    yield minimap


def test_clicking_and_dragging_the_minimap_chooses_places(qtbot: QtBot, minimap: Minimap) -> None:
    chosen: list[PointL0] = []
    minimap.placeChosen.connect(chosen.append)
    minimap.parentWidget().show()
    minimap.show()
    QTest.mousePress(minimap, Qt.MouseButton.LeftButton, pos=QPoint(5 + 120, 5 + 50))
    QTest.mouseMove(minimap, QPoint(5 + 60, 5 + 200))
    QTest.mouseRelease(minimap, Qt.MouseButton.LeftButton, pos=QPoint(5 + 60, 5 + 200))
    assert (chosen[0].x, chosen[0].y) == (pytest.approx(12_000), pytest.approx(5_000))


def test_the_minimaps_rectangle_is_the_view_and_stays_visible(minimap: Minimap) -> None:
    viewport = Viewport(PointL0(12_000, 5_000), 10.0, 1200, 500)
    minimap.set_view(viewport.corners_l0)
    rect = minimap.view_outline().boundingRect()
    assert (rect.x(), rect.y(), rect.width(), rect.height()) == pytest.approx((65, 30, 120, 50))
    minimap.set_view(replace(viewport, downsample=0.01, angle_deg=30.0).corners_l0)
    rect = minimap.view_outline().boundingRect()
    assert rect.width() >= 6 and rect.height() >= 6


def test_the_minimaps_outline_turns_with_the_view(minimap: Minimap) -> None:
    minimap.set_view(Viewport(PointL0(12_000, 5_000), 10.0, 600, 600, angle_deg=45.0).corners_l0)
    outline = minimap.view_outline()
    # The slide turned clockwise: the view's top left corner lies straight left of the middle, on the slide.
    assert (outline.at(0).x(), outline.at(0).y()) == pytest.approx((125 - 30 * 2**0.5, 55))
    image = minimap.grab().toImage()
    lit = [image.pixelColor(round(outline.at(k).x()), round(outline.at(k).y())).green() > 150 for k in (0, 2)]
    assert lit == [True, True]


def test_the_legend_shows_colours_only_above_the_threshold(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    legend = Legend(parent)
    legend.set_model("P4M-DenseNet")
    legend.set_look(LayerLook(threshold=0.5), has_heatmap=True)
    image = legend.grab().toImage()
    bar = legend.bar_rect()
    y = round(bar.center().y())
    below = image.pixelColor(round(bar.left() + 0.25 * bar.width()), y)
    above = image.pixelColor(round(bar.left() + 0.75 * bar.width()), y)
    assert max(below.red(), below.green(), below.blue()) < 60
    assert above.red() > 200
    assert "P4M-DenseNet" in legend.title() and legend.has_content()
    legend.set_look(LayerLook(show_heatmap=False), has_heatmap=True)
    assert not legend.has_content()


def test_the_legends_kept_picture_follows_what_it_shows(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    legend = Legend(parent)
    pictures = []
    for threshold in (0.2, 0.8, 0.2):
        legend.set_look(LayerLook(threshold=threshold), has_heatmap=True)
        pictures.append(legend.grab().toImage())
    assert pictures[0] == pictures[2] != pictures[1]
