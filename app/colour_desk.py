"""The slide's colour profile on and off, put together."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.main_window import MainWindow
from app.settings import Settings
from app.state.session import Session
from app.state.value_state import ValueState


class ColourDesk(QObject):
    """Connects the action of the colour profile to view, card and settings.

    Attributes:
        applied: whether profiles are applied.
    """

    def __init__(self, window: MainWindow, *, session: Session, settings: Settings) -> None:
        super().__init__()
        self._window = window
        self._session = session
        self.applied = ValueState(settings.profile_applied(), self)
        self.applied.changed.connect(settings.set_profile_applied)
        self.applied.changed.connect(self._show)
        # The checked state that Qt sends along is of no interest: the state decides.
        window.actions_["colour_profile"].triggered.connect(
            lambda _checked=False: self.applied.set(not self.applied.value)
        )
        session.infoChanged.connect(self._show_action)
        self._show()

    def _show(self) -> None:
        self._window.view.set_profile_applied(self.applied.value)
        self._window.side.info.show_profile_applied(self.applied.value)
        self._show_action()

    def _show_action(self) -> None:
        entry, action = self._session.current, self._window.actions_["colour_profile"]
        profile = entry.info.colour_profile if entry is not None else None
        action.setEnabled(profile is not None and profile.changes_colours)
        action.setChecked(self.applied.value)
