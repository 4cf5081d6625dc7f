"""Makes a dialog of fixed width as high as its text is at that width."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog


def fit_height(dialog: QDialog) -> None:
    """Qt's own `adjustSize` reckons with the narrower width it would choose, and leaves gaps between the lines."""
    layout = dialog.layout()
    assert layout is not None
    layout.activate()
    dialog.resize(dialog.width(), layout.totalHeightForWidth(dialog.width()))
