"""The table of actions holds together, and menu, toolbar and keys page show it."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.actions import ACTIONS, GROUPS, MAGNIFICATIONS, magnification_id, spec_of
from app.icons import icon_names
from app.panels.action_set import ActionSet
from app.panels.help_pages import COLUMNS, KeysPage


@pytest.mark.parametrize("spec", ACTIONS, ids=lambda spec: spec.id)
def test_every_action_says_what_it_does_and_by_which_key(spec) -> None:  # type: ignore[no-untyped-def]
    assert len(spec.tooltip.split()) >= 3
    assert not spec.tooltip.endswith(".")
    assert spec.shortcut in spec.tip
    assert not spec.icon or spec.icon in icon_names()
    if spec.shortcut:
        assert QKeySequence(spec.shortcut).toString() != ""


def test_no_key_and_no_id_is_given_twice() -> None:
    keys = [QKeySequence(spec.shortcut).toString() for spec in ACTIONS if spec.shortcut]
    assert len(keys) == len(set(keys))
    ids = [spec.id for spec in ACTIONS]
    assert len(ids) == len(set(ids))


def test_the_keys_of_the_field_are_kept() -> None:
    expected = {"open": "Ctrl+O", "heatmap": "H", "candidates": "C", "slide_only": "S", "next": "J", "previous": "K",
                "fit": "F", "overlays": "Tab", "keys": "F1", "quit": "Ctrl+Q", "clear": "Esc"}  # fmt: skip
    assert {name: spec_of(name).shortcut for name in expected} == expected
    assert [spec_of(magnification_id(each)).shortcut for each in MAGNIFICATIONS] == ["0", "5", "1", "2", "4"]


def test_the_menu_holds_every_action_in_the_tables_order(qtbot: QtBot) -> None:
    window, slide = QWidget(), QWidget()
    qtbot.addWidget(window)
    qtbot.addWidget(slide)
    actions = ActionSet(window, slide)
    menu = actions.menu(window)
    groups = [action.text() for action in menu.actions()]
    texts = [each.text() for part in menu.actions() for each in part.menu().actions()]
    assert groups == list(GROUPS)
    assert texts == [spec.text for spec in ACTIONS]


def test_the_keys_page_names_every_key_and_fits_a_small_screen(qtbot: QtBot) -> None:
    page = KeysPage()
    qtbot.addWidget(page)
    assert page.height() < page.screen().availableSize().height()
    assert page.width() <= 1366
    assert {spec.group for spec in ACTIONS if spec.shortcut} <= {name for names in COLUMNS for name in names}
    shown = {label.text() for label in page.findChildren(QLabel)}
    for spec in ACTIONS:
        if spec.shortcut:
            assert spec.text in shown
            assert QKeySequence(spec.shortcut).toString(QKeySequence.SequenceFormat.NativeText) in shown
