"""Slides and windows for the stories."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.program import Program
from tests.support.make_slide import textured, write_pyramid
from tests.support.windows import open_window


@pytest.fixture(scope="session")
def slide_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A slide of 5000 x 4000 px at 0.25 um: 41 x 33 cells."""
    return write_pyramid(tmp_path_factory.mktemp("slides") / "case é 1.tif", textured(4000, 5000), mpp=0.25)


@pytest.fixture(scope="session")
def slide_without_mpp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A slide that states no resolution."""
    return write_pyramid(tmp_path_factory.mktemp("slides") / "unknown.tif", textured(2000, 3000), mpp=None)


@pytest.fixture
def program(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    """A window with a steady engine."""
    with open_window(qtbot, tmp_path, monkeypatch) as made:
        yield made
