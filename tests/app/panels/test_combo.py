"""A combo box that is too narrow leaves out the part of a name that it is told to."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QStyleFactory
from pytestqt.qtbot import QtBot

from app.panels.combo import Combo
from app.theme import DARK, style_sheet


@pytest.mark.parametrize("name", ["All", "Hello world"])
def test_its_own_size_is_enough_for_a_name_with_an_icon(qtbot: QtBot, name: str) -> None:
    combo = Combo()
    qtbot.addWidget(combo)
    combo.setStyle(QStyleFactory.create("Fusion"))
    combo.setStyleSheet(style_sheet(DARK))
    combo.addItem(QIcon(QPixmap(14, 14)), name)
    combo.resize(combo.sizeHint())
    assert combo.shown_text == name


def test_a_long_name_keeps_its_end(qtbot: QtBot) -> None:
    combo = Combo(elided=Qt.TextElideMode.ElideLeft)
    qtbot.addWidget(combo)
    combo.addItems(["P4M-DenseNet M", "P4M-DenseNet M, 8 bit"])
    combo.setCurrentIndex(1)
    combo.resize(combo.sizeHint().width() + 40, 28)
    assert combo.shown_text == "P4M-DenseNet M, 8 bit"
    combo.resize(120, 28)
    assert combo.shown_text.startswith("…") and combo.shown_text.endswith("M, 8 bit")
