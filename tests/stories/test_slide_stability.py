"""Story: I have the whole slide turned, stop, go on, see where the answers depend on the turn, and sort by it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.state.candidate_order import Shown
from app.state.candidate_table import LOW, STD
from app.state.models import ModelChoice
from app.work.engine_client import ENGINE_COMMAND
from tests.support.make_slide import textured, write_pyramid
from tests.support.models import write_model
from tests.support.windows import open_window, opened

# The offscreen platform says so whenever a window is shown.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")
ENGINE_MS = 90000
"""A real network on a busy machine, loading included."""


def test_the_slide_is_turned_layer_columns_filter_and_the_next_start(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = write_model(tmp_path / "lively")
    slide = write_pyramid(tmp_path / "s.tif", textured(16 * 128, 18 * 128, seed=1), mpp=0.243)
    choice = ModelChoice(str(model), "Lively", 0.972)
    command = (*ENGINE_COMMAND, "--device", "cpu")
    with open_window(qtbot, tmp_path, monkeypatch, command=command) as program:
        program.models.offer((choice,))
        opened(qtbot, program, slide)
        entry, row = program.session.current, program.window.side.stability.slide
        table, view = program.table, program.window.side.candidates.view
        assert entry is not None
        program.layers.set_threshold(0.05)
        program.scan.start()
        qtbot.waitUntil(lambda: bool(entry.candidates), timeout=ENGINE_MS)
        assert view.isColumnHidden(STD)
        row.turns.setCurrentIndex(row.turns.findData(4))
        assert "takes about" in row.words.text().lower()
        QTest.mouseClick(row.button, Qt.MouseButton.LeftButton)
        assert row.button.text() == "Cancel"
        assert not program.window.actions_["stability"].isEnabled()
        qtbot.waitUntil(
            lambda: entry.stability is not None and entry.stability.is_complete, timeout=ENGINE_MS
        )
        known = entry.stability
        assert known is not None
        assert known.turns == 4
        assert entry.layer is not None
        # Four cells at each edge are left out: some turn sees beyond it.
        inside = np.zeros(known.std.shape, bool)
        inside[4:-4, 4:-4] = True
        scanned_cells = np.isfinite(entry.layer.heatmap.values)
        np.testing.assert_array_equal(np.isfinite(known.std), scanned_cells & inside)

        assert not view.isColumnHidden(LOW)
        program.table.sort(STD, Qt.SortOrder.DescendingOrder)
        texts = [str(table.data(table.index(place, STD))) for place in range(table.rowCount())]
        shown = [float(text) for text in texts if text not in ("", "–")]
        assert 0 < len(shown) < len(texts)
        assert shown == sorted(shown, reverse=True)
        assert texts[len(shown) - 1] not in ("", "–")  # those without a figure come last
        program.candidates.set_shown(Shown.UNSTABLE)
        figures = known.layer.of_candidates(table.candidates)
        assert table.rowCount() == int((figures[:, 2] < 0.05).sum())
        np.testing.assert_allclose(figures[:, 2], np.maximum(0, figures[:, 0] - 2 * figures[:, 1]))

        row.show_std.click()
        assert program.layers.value.painted.shows_std
        assert program.window.view.overlays.legend.title() == "Standard deviation over turns · P4M-DenseNet M"
        program.layers.show_std(False)
        assert not row.show_std.isChecked()
    with open_window(qtbot, tmp_path, monkeypatch, command=command) as program:
        program.models.offer((choice,))
        opened(qtbot, program, slide)
        again = program.session.current
        assert again is not None
        assert again.stability is not None
        assert again.stability.is_complete
        assert again.stability.std.tobytes() == known.std.tobytes()


def test_on_another_slide_the_row_says_of_which_slide_it_tells(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path, slide_without_mpp: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch, engine="mute") as program:
        program.slides.mppWanted.disconnect()
        opened(qtbot, program, slide_path)
        row = program.window.side.stability.slide
        QTest.mouseClick(row.button, Qt.MouseButton.LeftButton)
        assert row.words.text() == "Starting the engine…"
        opened(qtbot, program, slide_without_mpp)
        assert row.words.text() == f"{slide_path.stem}: Starting the engine…"
        assert row.button.text() == "Cancel", "it can be stopped from here as well"
        opened(qtbot, program, slide_path)
        assert row.words.text() == "Starting the engine…"
