"""A mark is a word beside its dot, or a short one for all where the column is narrow."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QApplication, QStyleOptionViewItem

from app.panels.mark_delegate import MarkDelegate
from app.theme import palette_for
from inference.results.case_records import Review


@pytest.mark.parametrize(
    ("width", "words"),
    [(200, ["open", "accepted", "rejected", "undecided"]), (60, ["open", "acc.", "rej.", "und."])],
)
def test_all_marks_are_words_or_all_are_short(qapp: QApplication, width: int, words: list[str]) -> None:
    delegate, model = MarkDelegate(), QStandardItemModel()
    delegate.set_palette(palette_for("dark"))
    shown = []
    for review in Review:
        model.appendRow(QStandardItem(review.value))
        option = QStyleOptionViewItem()
        option.rect = QRect(0, 0, width, 28)
        delegate.initStyleOption(option, model.index(model.rowCount() - 1, 0))
        shown.append(option.text)
    assert sorted(shown) == sorted(words)
