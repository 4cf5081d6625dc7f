"""A whole window for story tests, with a fake engine behind it and nothing left over afterwards."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QFont, QMouseEvent, QPalette
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.program import Program
from app.state.models import ModelChoice
from app.work.engine_client import EnginePhase
from inference.results.case_file import DATA_HOME_VARIABLE
from tests.support import fake_engine

MODEL = ModelChoice("fake", "P4M-DenseNet-M", 0.972)
LONG_MS = 20000
"""An engine is a fresh interpreter; on a busy machine it takes seconds to start."""


@contextmanager
def open_window(
    qtbot: QtBot,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    engine: str = "steady",
    command: Sequence[str] | None = None,
    size: tuple[int, int] = (1366, 768),
) -> Iterator[Program]:
    """A shown, active window whose settings and case files lie in `home`; `command` starts an engine of its own."""
    monkeypatch.setenv(DATA_HOME_VARIABLE, str(home))
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    font = QFont(application.font())
    program = Program(application, engine_command=command or fake_engine.command(engine))
    program.window.resize(*size)
    program.models.offer((MODEL,))
    with qtbot.waitExposed(program.window):
        program.window.show()
    program.window.activateWindow()
    qtbot.waitUntil(program.window.isActiveWindow)
    try:
        yield program
    finally:
        program.window.close()
        program.stop()
        program.window.deleteLater()
        # At once: what follows would have the window laid out anew in the next test, which hears Qt complain of it.
        QApplication.sendPostedEvents(program.window, QEvent.Type.DeferredDelete)
        application.setStyleSheet("")
        application.setPalette(QPalette())
        application.setFont(font)
        assert program.engine.phase in (EnginePhase.OFF, EnginePhase.DIED)
        left = [each.name for each in threading.enumerate() if each.name.startswith(("task", "tile-reader"))]
        assert left == []


def opened(qtbot: QtBot, program: Program, path: Path) -> None:
    """Opens a slide and waits until it is on show and painted."""
    program.slides.open(path)
    qtbot.waitUntil(
        lambda: program.session.current is not None and program.session.current.path == path, timeout=LONG_MS
    )
    qtbot.waitUntil(program.window.view.is_settled, timeout=LONG_MS)


def scanned(qtbot: QtBot, program: Program) -> None:
    """Waits until the scan of the slide on show is over and its candidates are listed."""
    qtbot.waitUntil(
        lambda: program.session.current is not None and len(program.session.current.candidates) > 0,
        timeout=LONG_MS,
    )


def dropped(program: Program, *paths: Path) -> None:
    """Drops files or folders on the window, as the hand does."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    at, action = QPointF(700, 400), Qt.DropAction.CopyAction
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(at.toPoint(), action, data, buttons, keys)
    QApplication.sendEvent(program.window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(program.window, QDropEvent(at, action, data, buttons, keys))


def hovered(widget: QWidget, place: QPoint) -> None:
    """Moves the cursor over a widget; `QTest.mouseMove` would reach what the offscreen platform takes for uppermost."""
    none, keys = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    on_screen = QPointF(widget.mapToGlobal(place))
    QApplication.sendEvent(
        widget, QMouseEvent(QEvent.Type.MouseMove, QPointF(place), on_screen, none, none, keys)
    )
