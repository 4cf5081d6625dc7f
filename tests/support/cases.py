"""Case files as another program sees and holds them while a window is open."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.state.slide_entry import SlideEntry
from inference.results import case_database
from inference.results.case_file import CaseFile, default_case_path


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
