"""The captions of the export dialog are read whole, however long they are and whenever they come."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.panels.export_dialog import ExportChoice, ExportDialog
from inference.export.export_job import Format, Planned

# The offscreen platform says so of every window; it concerns no user.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def test_no_caption_is_clipped(qtbot: QtBot) -> None:
    dialog = ExportDialog(ExportChoice(), selected=3)
    qtbot.addWidget(dialog)
    with qtbot.waitExposed(dialog):
        dialog.show()
    long = (
        "rotation stability of the whole slide: computed with another model than the heatmap, P4M-DenseNet M"
    )
    dialog.show_preview(tuple((each, (Planned(f"{each.value}.csv", long),)) for each in Format))
    texts = [*dialog.boxes.values(), *(each for each in dialog.findChildren(QLabel) if each.text() == long)]
    assert len(texts) == 2 * len(Format)
    qtbot.waitUntil(lambda: all(each.width() >= each.sizeHint().width() for each in texts))
