"""The toolbar: menu, open, magnification presets, layer switches, model and the one primary button."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from app.actions import ACTIONS, MAGNIFICATIONS, ActionSpec, magnification_id, spec_of
from app.icons import ICON_PX, icon_of
from app.panels.action_set import ActionSet
from app.panels.combo import Combo
from app.state.models import Models
from app.theme import Palette

TOOLBAR_PX = 44
_NAME_PX = 200
"""Of the model's combo box: room for the name of every shipped one."""
_ICON_BUTTON_PX = 31
_GAP = "\u2009\u2009"
"""Between icon and text: style sheets have no word for it."""


class Toolbar(QWidget):
    """Buttons for the actions that have one.

    Signals:
        modelChosen: the name of a model.
    """

    modelChosen = Signal(str)

    def __init__(self, actions: ActionSet, menu: QMenu) -> None:
        super().__init__()
        self.setObjectName("toolbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(TOOLBAR_PX)
        self._actions = actions
        self._labelled: list[QToolButton] = []
        """Buttons with icon and label, which go without the label where the window is narrow."""
        self._menu = QToolButton()
        self._menu.setToolTip("Menu: every action with its key")
        self._menu.setAccessibleName("Menu")
        # Not as the button's own menu: with that Tab, a key of the slide in this menu, would never leave the button.
        self._popup = menu
        self._menu.clicked.connect(self._show_menu)
        self._menu.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        # What tells two models apart is the end of their names.
        self.model = Combo(elided=Qt.TextElideMode.ElideLeft)
        self.model.setAccessibleName("Model")
        self.model.setMinimumWidth(120)
        self.model.setSizeAdjustPolicy(Combo.SizeAdjustPolicy.AdjustToContents)
        self.model.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.model.currentIndexChanged.connect(self._on_model_index_changed)
        self.scan = QPushButton(spec_of("scan").label)
        self.scan.setObjectName("primary")
        self.scan.setToolTip(spec_of("scan").tip)
        self.scan.clicked.connect(actions["scan"].trigger)
        actions["scan"].changed.connect(self._on_scan_action_changed)
        self._lay_out()

    def show_models(self, models: Models) -> None:
        """The models on offer and the chosen one."""
        with QSignalBlocker(self.model):
            self.model.clear()
            for choice in models.choices:
                self.model.addItem(choice.title, choice.name)
                self.model.setItemData(self.model.count() - 1, choice.note, Qt.ItemDataRole.ToolTipRole)
            if not models.choices:
                self.model.addItem("No model", "")
            self.model.setCurrentIndex(max(0, self.model.findData(models.chosen)))
        self.model.setEnabled(len(models.choices) > 0)
        choice_now = models.choice
        self.model.setToolTip(
            f"Model for the next scan: {choice_now.title}, at {choice_now.mpp:g} µm/px. {choice_now.note}".rstrip()
            if choice_now is not None
            else "No model was found; start with --model FOLDER"
        )
        self.fit_width()

    def show_magnification(self, magnification: float | None) -> None:
        """Marks the preset that is on show, if one is."""
        for preset in MAGNIFICATIONS:
            action = self._actions[magnification_id(preset)]
            action.setEnabled(magnification is not None)
            action.setChecked(magnification is not None and abs(magnification / preset - 1) < 0.01)

    def set_palette(self, palette: Palette) -> None:
        """Colours of the icons that belong to no action."""
        self._menu.setIcon(icon_of("menu", normal=palette.text, disabled=palette.text_disabled))
        self._on_scan_action_changed()

    def _lay_out(self) -> None:
        line = QHBoxLayout(self)
        line.setContentsMargins(8, 0, 8, 1)
        line.setSpacing(2)
        line.addWidget(self._menu)
        group = ""
        for spec in ACTIONS:
            if not spec.toolbar:
                continue
            if group and spec.group != group:
                line.addWidget(_separator())
            group = spec.group
            line.addWidget(self._button(spec))
        line.addStretch(1)
        line.addWidget(self.model)
        line.addSpacing(8)
        line.addWidget(self.scan)

    def _button(self, spec: ActionSpec) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(self._actions[spec.id])
        button.setIconSize(QSize(ICON_PX, ICON_PX))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolButtonStyle(
            Qt.ToolButtonStyle.ToolButtonTextOnly
            if not spec.icon
            else Qt.ToolButtonStyle.ToolButtonTextBesideIcon
            if spec.label
            else Qt.ToolButtonStyle.ToolButtonIconOnly
        )
        button.setFixedHeight(30)
        if spec.icon and not spec.label:
            button.setFixedWidth(_ICON_BUTTON_PX)
            button.setObjectName("iconButton")
        button.setAccessibleName(spec.text)
        if spec.icon and spec.label:
            self._labelled.append(button)
        if spec.group == "Layers":
            # The key stands on the button: these are the ones that are pressed all day.
            self._actions[spec.id].setIconText(f"{_GAP}{spec.label}  {spec.shortcut}")
        elif spec.icon and spec.label:
            self._actions[spec.id].setIconText(f"{_GAP}{spec.label}")
        return button

    def _show_menu(self) -> None:
        self._popup.popup(self._menu.mapToGlobal(QPoint(0, self._menu.height())))

    def minimumSizeHint(self) -> QSize:
        # The toolbar fits itself to the window; else its labels would decide how narrow a window can be.
        return QSize(0, TOOLBAR_PX)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit_width()

    def fit_width(self) -> None:
        """Takes the labels off, from the right, until all buttons fit; the icons and tooltips stay."""
        layout = self.layout()
        if layout is None:
            return
        for button in self._labelled:
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        # A model's name is worth more than a label, and is cut short only where the icons alone leave no room.
        for_name = min(self.model.sizeHint().width(), _NAME_PX) - self.model.minimumWidth()
        for button in reversed(self._labelled):
            layout.activate()
            if layout.minimumSize().width() + for_name <= self.width():
                return
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)

    def _on_model_index_changed(self, index: int) -> None:
        name = self.model.itemData(index)
        if name:
            self.modelChosen.emit(str(name))

    def _on_scan_action_changed(self) -> None:
        self.scan.setEnabled(self._actions["scan"].isEnabled())
        self.scan.setToolTip(self._actions["scan"].toolTip())
        self.scan.setIcon(self._actions["scan"].icon())


def _separator() -> QWidget:
    holder = QWidget()
    holder.setFixedWidth(13)
    line = QFrame(holder)
    line.setObjectName("separator")
    line.setGeometry(6, 5, 1, 20)
    holder.setFixedHeight(30)
    return holder
