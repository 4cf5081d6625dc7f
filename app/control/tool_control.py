"""Which tool the left button has: tools are registered by name, and one of them is chosen."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.canvas.slide_view import SlideView
from app.canvas.tools.tool import Tool

MOVE = "move"
"""The name of having no tool: the left button moves the slide."""


class ToolControl(QObject):
    """Gives the slide view its tool.

    Signals:
        chosen: the name of the tool chosen now.
    """

    chosen = Signal(str)

    def __init__(self, view: SlideView) -> None:
        super().__init__()
        self._view = view
        self._tools: dict[str, Tool | None] = {MOVE: None}
        self._name = MOVE

    @property
    def name(self) -> str:
        """The tool chosen."""
        return self._name

    @property
    def names(self) -> tuple[str, ...]:
        """All tools, in the order they were registered."""
        return tuple(self._tools)

    def add(self, name: str, tool: Tool) -> None:
        """Registers a tool. Raises ValueError for a name that is taken."""
        if name in self._tools:
            raise ValueError(f"there is a tool {name!r} already")
        self._tools[name] = tool

    def choose(self, name: str) -> None:
        """Chooses a tool. Raises KeyError for an unknown name."""
        self._view.set_tool(self._tools[name])
        self._name = name
        self.chosen.emit(name)

    def escape(self) -> bool:
        """What Escape means to a tool: give up what is begun or shown, then put the tool away; False with none."""
        if self._view.cancel_tool():
            return True
        if self._name == MOVE:
            return False
        self.choose(MOVE)
        return True
