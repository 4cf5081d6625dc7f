"""What floats on the slide covers nothing else that does."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.canvas.heatmap_image import HeatmapImage
from app.canvas.slide_view import SlideView
from app.panels.slide_area import SlideArea
from app.state.run_state import Run, RunPhase
from inference.slides.frames import Mpp, PointL0
from tests.support.fake_slide import FakeSlide


@pytest.fixture
def area(qtbot: QtBot) -> Iterator[SlideArea]:
    area = SlideArea(SlideView(animated=False))
    qtbot.addWidget(area)
    area.show()
    area.view.set_slide(FakeSlide(8000, 6000), Mpp.square(0.25))
    area.show_slide(True)
    yield area
    assert area.view.stop()


@pytest.mark.parametrize("width", [560, 830, 1100, 1600])
@pytest.mark.parametrize("name", ["M", "P4M-DenseNet M, 8 bit", "A model of a very long name, seed 3"])
def test_the_progress_of_a_scan_hides_neither_scale_nor_legend(
    area: SlideArea, width: int, name: str
) -> None:
    heatmap = HeatmapImage.of_values(
        np.full((4, 4), 0.7, np.float32), origin_l0=PointL0(0, 0), stride_x_l0=125, stride_y_l0=125
    )
    area.resize(width, 700)
    area.view.set_heatmap(heatmap)
    area.view.set_model_name(name)
    area.progress.show_run(Run(RunPhase.STARTING, "r", stage="Starting the engine"))
    area.place()
    QApplication.processEvents()
    overlays = area.view.overlays
    assert area.progress.isVisible() and overlays.scale_bar.isVisible()
    assert area.rect().contains(area.progress.geometry())
    for overlay in (overlays.scale_bar, overlays.legend):
        assert not overlay.isVisible() or not overlay.geometry().intersects(area.progress.geometry())


def test_it_is_in_the_middle_where_there_is_room(area: SlideArea) -> None:
    area.resize(1600, 700)
    area.progress.show_run(Run(RunPhase.STARTING, "r", stage="Starting the engine"))
    area.place()
    assert abs(area.progress.geometry().center().x() - area.rect().center().x()) <= 1
    assert area.progress.geometry().bottom() > area.view.overlays.scale_bar.geometry().top()
