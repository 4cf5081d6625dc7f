"""One key, two meanings: a tap toggles the heatmap, holding it peeks and lets go back."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Qt

from app.state.layers import LayersState

HOLD_SECONDS = 0.25
"""Longer than any tap, shorter than one waits for a look."""


class HeatmapKey(QObject):
    """Toggles at once when the key goes down, and once more when it was held."""

    def __init__(self, layers: LayersState) -> None:
        super().__init__()
        self._layers = layers
        self._pressed_at: float | None = None

    def press(self) -> None:
        """The key went down, or the button was clicked."""
        self._pressed_at = time.monotonic()
        self._layers.toggle_heatmap()

    def release(self, key: int) -> None:
        """A key was let go."""
        if key != Qt.Key.Key_H or self._pressed_at is None:
            return
        if time.monotonic() - self._pressed_at > HOLD_SECONDS:
            self._layers.toggle_heatmap()
        self._pressed_at = None
