"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Tests never need a screen; a story test that wants a real one sets its own platform before starting.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real slides and patches beside the project; skips where there is none."""
    folder = Path(os.environ.get("EQUISCOPE_DATA", PROJECT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"real data not found at {folder}; set EQUISCOPE_DATA to its folder")
    return folder
