"""The choosers of two views are filled anew only where something has changed."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from app.panels.compare_bar import CompareBar

CHOICES = [("The slide alone", -1), ("P4M-DenseNet M", 3), ("DenseNet+", 5)]


def test_a_list_that_is_being_looked_at_stays_as_it_is(qtbot: QtBot) -> None:
    bar = CompareBar()
    qtbot.addWidget(bar)
    bar.show_left(CHOICES, -1)
    cleared: list[int] = []
    bar.left.model().rowsRemoved.connect(lambda *_: cleared.append(1))
    bar.show_left(CHOICES, -1)
    assert cleared == []
    bar.show_left(CHOICES[:2], 3)
    assert cleared != []
    assert (bar.left.count(), bar.left.currentData()) == (2, 3)
