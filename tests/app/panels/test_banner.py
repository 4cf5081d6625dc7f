"""The banner has room for a notice from the moment it is told of it."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.panels.banner import Banner
from app.state.notices import Notice, Weight


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
