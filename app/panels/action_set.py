"""The QActions made from the table of actions, with their shortcuts and icons."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from app.actions import ACTIONS, GROUPS, spec_of
from app.icons import icon_of
from app.theme import Palette

ON_SLIDE_ONLY = ("overlays",)
"""Tab walks from control to control in the cards, so it acts while the slide has the focus."""
ON_SLIDE_AND_LIST = ("accept", "reject", "undecided", "reopen")
"""Enter presses buttons and Delete empties fields, so these act while the slide or the list has the focus."""


SECOND_KEYS = {"accept": "Enter", "redo": "Ctrl+Shift+Z"}
"""The digit block's key for the same, and what some systems' programs are used to."""


class ActionSet:
    """One QAction for each entry of the table; they live as long as their window."""

    def __init__(self, window: QWidget, slide_view: QWidget) -> None:
        self._actions: dict[str, QAction] = {}
        for spec in ACTIONS:
            action = QAction(spec.text, window)
            action.setToolTip(spec.tip)
            action.setStatusTip("")
            action.setCheckable(spec.checkable)
            # In a menu an icon would stand where the tick belongs.
            action.setIconVisibleInMenu(False)
            action.setAutoRepeat(spec.id in ("next", "previous", "next_slide", "previous_slide"))
            keys = [each for each in (spec.shortcut, SECOND_KEYS.get(spec.id)) if each]
            action.setShortcuts([QKeySequence(each) for each in keys])
            if spec.label:
                action.setIconText(spec.label)
            if spec.id in ON_SLIDE_ONLY + ON_SLIDE_AND_LIST:
                action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
                slide_view.addAction(action)
            else:
                window.addAction(action)
            self._actions[spec.id] = action

    def act_in_list(self, candidates: QWidget) -> None:
        """The list of candidates, whose focus some keys need; made after the actions."""
        candidates.addActions([self._actions[action_id] for action_id in ON_SLIDE_AND_LIST])

    def act_on_slide(self, view: QWidget) -> None:
        """Another view of the slide: what acts while the slide has the focus acts there as well."""
        view.addActions([self._actions[action_id] for action_id in ON_SLIDE_ONLY + ON_SLIDE_AND_LIST])

    def __getitem__(self, action_id: str) -> QAction:
        """The action of an id. Raises KeyError for an unknown one."""
        return self._actions[action_id]

    def allow(self, action_id: str, why_not: str) -> None:
        """Enables an action, or disables it and says in its tooltip why."""
        action = self._actions[action_id]
        action.setEnabled(not why_not)
        action.setToolTip(why_not or spec_of(action_id).tip)

    def set_palette(self, palette: Palette) -> None:
        """Draws the icons in the palette's colours."""
        for spec in ACTIONS:
            if spec.icon:
                normal = palette.on_accent if spec.id == "scan" else palette.text
                self._actions[spec.id].setIcon(
                    icon_of(spec.icon, normal=normal, disabled=palette.text_disabled)
                )

    def menu(self, parent: QWidget, extra: dict[str, list[QMenu]] | None = None) -> QMenu:
        """The whole table as a menu, a submenu a group; `extra` menus are put at the end of a group."""
        menu = QMenu(parent)
        for group in GROUPS:
            part = menu.addMenu(group)
            for spec in ACTIONS:
                if spec.group == group:
                    part.addAction(self._actions[spec.id])
            for more in (extra or {}).get(group, []):
                part.addSeparator()
                part.addMenu(more)
        return menu
