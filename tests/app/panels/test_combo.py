"""A combo box that is too narrow leaves out the part of a name that it is told to."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.panels.combo import Combo


def test_a_long_name_keeps_its_end(qtbot: QtBot) -> None:
    combo = Combo(elided=Qt.TextElideMode.ElideLeft)
    qtbot.addWidget(combo)
    combo.addItems(["P4M-DenseNet M", "P4M-DenseNet M, 8 bit"])
    combo.setCurrentIndex(1)
    combo.resize(combo.sizeHint().width() + 40, 28)
    assert combo.shown_text == "P4M-DenseNet M, 8 bit"
    combo.resize(120, 28)
    assert combo.shown_text.startswith("…") and combo.shown_text.endswith("M, 8 bit")
