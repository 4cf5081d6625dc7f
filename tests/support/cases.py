"""Case files in stories: what a window has written there or could not, and how another program sees and holds them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from app.program import Program
from app.state.slide_entry import SlideEntry
from inference.results import case_database
from inference.results.case_file import CaseFile, default_case_path
from tests.support.windows import LONG_MS, opened, scanned


def case_of(entry: SlideEntry) -> CaseFile:
    """A slide's case file, opened beside the window."""
    return CaseFile.open(default_case_path(entry.info.fingerprint), fingerprint=entry.info.fingerprint)


@contextmanager
def unwritable(entry: SlideEntry, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another program holds a slide's case file, and nobody waits long for it."""
    connection = sqlite3.connect(default_case_path(entry.info.fingerprint), isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    # Only as long: the window's own threads wait for each other after that.
    with monkeypatch.context() as patched:
        patched.setattr(case_database, "BUSY_SECONDS", 0.05)
        try:
            yield
        finally:
            connection.close()


def ready(qtbot: QtBot, program: Program, path: Path, *, with_scan: bool = False) -> SlideEntry:
    """Opens a slide, and scans it if asked, until it can be drawn and decided on and nothing is being written."""
    opened(qtbot, program, path)
    if with_scan:
        program.scan.start()
        scanned(qtbot, program)
        qtbot.waitUntil(lambda: program.reviews.control.why_not() == "", timeout=LONG_MS)
    qtbot.waitUntil(lambda: program.annotations.control.why_not() == "", timeout=LONG_MS)
    written(qtbot, program)
    assert program.session.current is not None
    return program.session.current


def written(qtbot: QtBot, program: Program) -> None:
    """Waits until nothing is being written or read any more, whether it could be or not."""
    qtbot.waitUntil(lambda: not program.keeping.is_busy, timeout=LONG_MS)


def asked(qtbot: QtBot, program: Program) -> QMessageBox:
    """Closes the window until it asks what is to become of what is not kept; the question."""
    desk = program._keeping_desk

    def is_asked() -> bool:
        # What was looked at cannot always be written either: the window then stays, and is closed once more.
        return desk.question is not None or program.window.close()

    qtbot.waitUntil(is_asked, timeout=LONG_MS)
    assert desk.question is not None and program.window.isVisible()
    return desk.question
