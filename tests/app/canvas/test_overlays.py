"""Scale bar, legend and minimap say the truth and never cover each other."""

from __future__ import annotations

import math
from collections.abc import Iterator
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
from inference.slides.frames import PointL0, RegionL0, SizeL0


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
    minimap.set_view(RegionL0(6_000, 2_500, 12_000, 5_000))
    rect = minimap.view_rect()
    assert (rect.x(), rect.y(), rect.width(), rect.height()) == pytest.approx((65, 30, 120, 50))
    minimap.set_view(RegionL0(12_000, 5_000, 10, 10))
    assert minimap.view_rect().width() >= 5 and minimap.view_rect().height() >= 5


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
