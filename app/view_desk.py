"""What one does with the slide view itself, put together: tools, turning, history, grid, lines, colours."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject

from app.canvas.tools.measure_tool import MeasureTool
from app.canvas.tools.tool import Tool
from app.control.tool_control import MOVE, ToolControl
from app.main_window import MainWindow
from app.state.layers import Layers, LayersState
from app.state.session import Session

TURN_DEG = 15.0
"""One press of a key: a quarter turn in six."""


class ViewDesk(QObject):
    """Connects the actions that concern the view alone."""

    def __init__(self, window: MainWindow, *, session: Session, layers: LayersState) -> None:
        super().__init__()
        self._window = window
        self._session = session
        self.tools = ToolControl(window.view)
        self.tools.chosen.connect(self._show_tool)
        view, actions = window.view, window.actions_
        for action_id, slot in (
            ("back", view.go_back),
            ("forward", view.go_forward),
            ("turn_right", partial(view.turn_by, TURN_DEG)),
            ("turn_left", partial(view.turn_by, -TURN_DEG)),
            ("upright", view.set_upright),
            ("mirror", view.mirror),
            ("grid", layers.toggle_grid),
            ("contours", layers.toggle_contours),
            ("tool_move", partial(self.tools.choose, MOVE)),
        ):
            # The checked state that Qt sends along is of no interest: the state decides.
            actions[action_id].triggered.connect(lambda _checked=False, slot=slot: slot())
        self.add_tool("measure", MeasureTool())
        window.side.picture.adjustmentChosen.connect(layers.set_adjustment)
        window.side.picture.opacitiesChosen.connect(layers.set_opacities)
        window.side.layers.contoursToggled.connect(layers.toggle_contours)
        layers.changed.connect(self._show_layers)
        self._show_layers(layers.value)
        view.rested.connect(self._show_history)
        session.slideChanged.connect(self._show_history)
        self._show_tool(MOVE)
        self._show_history()

    def add_tool(self, name: str, tool: Tool) -> None:
        """Registers a tool that is chosen by the action `tool_NAME`."""
        self.tools.add(name, tool)
        self._window.actions_[f"tool_{name}"].triggered.connect(
            lambda _checked=False: self.tools.choose(name)
        )

    def _show_tool(self, name: str) -> None:
        for each in self.tools.names:
            self._window.actions_[f"tool_{each}"].setChecked(each == name)

    def _show_layers(self, layers: Layers) -> None:
        actions = self._window.actions_
        actions["grid"].setChecked(layers.chosen.grid)
        actions["contours"].setChecked(layers.chosen.contours)
        self._window.side.picture.show_look(layers.chosen.adjustment, layers.chosen.opacities)

    def _show_history(self) -> None:
        history, actions = self._window.view.history, self._window.actions_
        actions["back"].setEnabled(history.can_go_back)
        actions["forward"].setEnabled(history.can_go_forward)
        for name in ("turn_left", "turn_right", "upright", "mirror"):
            actions[name].setEnabled(self._session.current is not None)
