"""The banner has room for a notice from the moment it is told of it."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.panels.banner import Banner
from app.state.notices import Notice, Weight

# The offscreen platform says so of every window; it concerns no user.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def test_a_notice_that_comes_later_is_given_room_at_once(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    banner = Banner(window)
    with qtbot.waitExposed(window):
        window.show()

    def height(*notices: Notice) -> int:
        banner.show_notices(notices)
        layout = banner.layout()
        assert layout is not None
        return layout.totalMinimumSize().height()

    first, second = (Notice(Weight.ERROR, f"Notice {number}", act="Try again") for number in (1, 2))
    assert 0 < height(first) < height(first, second)


def test_a_long_notice_is_as_high_as_its_lines(qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    layout = banner.layout()
    assert layout is not None

    def height(text: str, width: int) -> int:
        banner.show_notices((Notice(Weight.ERROR, text),))
        layout.activate()
        return layout.totalHeightForWidth(width)

    assert 0 < height("Short.", 440) < height("A sentence of many words. " * 8, 440)
    assert height("A sentence of many words. " * 8, 440) < height("A sentence of many words. " * 8, 200)
    (text,) = [each for each in banner.findChildren(QLabel) if each.text().startswith("A sentence")]
    assert text.hasHeightForWidth()
