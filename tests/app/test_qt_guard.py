"""Guards against a PySide6 that loses a reference to None at every call (6.12.0 on Python 3.10 and 3.11).

Such a build aborts the program after some 5,000 calls; on Python 3.12 and later None is immortal.
"""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

CALLS = 6000


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal from Python 3.12 on")
def test_qt_calls_keep_their_references_to_none(qtbot: QtBot) -> None:
    image = QImage(64, 64, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    rect = QRect(0, 0, 8, 8)
    before = sys.getrefcount(None)
    for _ in range(CALLS):
        image.width()
        image.sizeInBytes()
        painter.drawImage(rect, image, rect)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    lost = before - sys.getrefcount(None)
    painter.end()
    assert lost < CALLS / 10
