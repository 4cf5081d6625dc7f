"""A value that can be watched: the setter emits only when the value changes."""

from __future__ import annotations

from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Signal

Value = TypeVar("Value")


class ValueState(QObject, Generic[Value]):
    """Holds one frozen value.

    Signals:
        changed: the new value.
    """

    changed = Signal(object)

    def __init__(self, value: Value, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._value = value

    @property
    def value(self) -> Value:
        """The present value."""
        return self._value

    def set(self, value: Value) -> None:
        """Takes a new value; nothing happens if it equals the present one."""
        if value != self._value:
            self._value = value
            self.changed.emit(value)
