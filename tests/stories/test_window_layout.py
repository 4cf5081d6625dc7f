"""Story: from a small laptop's screen to 4K nothing that floats on the slide covers anything else."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QStyle, QStyleOptionComboBox, QWidget
from pytestqt.qtbot import QtBot

from app.panels.card import Card
from app.program import Program
from app.state.notices import Notice, Weight
from app.state.run_state import RunPhase
from tests.support.windows import LONG_MS, open_window, opened

# The offscreen platform says so of every window; it concerns no user.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


@pytest.mark.parametrize("size", [(1366, 768), (1600, 1000), (3840, 2160)])
def test_what_floats_on_the_slide_never_overlaps(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path, size: tuple[int, int]
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch, engine="slow", size=size) as program:
        opened(qtbot, program, slide_path)
        program.scan.start()
        entry = program.session.current
        assert entry is not None
        qtbot.waitUntil(
            lambda: entry.run.phase is RunPhase.RUNNING and entry.run.part_done > 0, timeout=LONG_MS
        )
        program.presenter.show_problem(Notice(Weight.ERROR, "A long sentence about a slide. " * 6))
        area = program.window.area
        overlays = area.view.overlays
        floating: list[QWidget] = [
            overlays.minimap, overlays.legend, overlays.scale_bar, area.progress, area.banner,
        ]  # fmt: skip
        assert all(each.isVisible() for each in floating)
        rects = [QRect(each.mapTo(area, each.rect().topLeft()), each.size()) for each in floating]
        for (one, rect), (other, other_rect) in combinations(zip(floating, rects, strict=True), 2):
            assert not rect.intersects(other_rect), f"{one} {rect} covers {other} {other_rect}"
        assert all(area.rect().contains(rect) for rect in rects)


def test_the_regions_have_the_sizes_of_the_design(qtbot: QtBot, program: Program) -> None:
    window = program.window
    assert (window.size().width(), window.size().height()) == (1366, 768)
    assert (window.toolbar.height(), window.status.height()) == (44, 26)
    assert (window.tray.width(), window.side.width()) == (188, 348)


def test_the_models_of_the_list_can_be_told_apart_on_a_small_screen(program: Program) -> None:
    """ "P4M-DenseNet" and "P4M-DenseNet M" differ in their last letter, which a narrow list would cut off."""
    models = program.window.toolbar.model
    style = QStyleOptionComboBox()
    models.initStyleOption(style)
    field = models.style().subControlRect(
        QStyle.ComplexControl.CC_ComboBox, style, QStyle.SubControl.SC_ComboBoxEditField, models
    )
    assert program.window.width() == 1366
    assert models.fontMetrics().horizontalAdvance("P4M-DenseNet M") <= field.width()


def test_cards_remember_whether_they_are_folded(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        program.window.side.scan.set_open(False)
        program.window.actions_["tray"].trigger()
        assert program.window.tray.isHidden()
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        folded = {card.name for card in program.window.findChildren(Card) if not card.is_open}
        # The picture card is folded at first.
        assert folded == {"picture", "scan"}
        assert program.window.tray.isHidden()
