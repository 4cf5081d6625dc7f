"""Story: I scan a slide while looking at one corner, and the engine knows."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from inference.engine.messages import FocusRequest
from inference.slides.frames import PointL0
from tests.support.windows import LONG_MS, open_window, opened

# The offscreen platform says so whenever a window is shown.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def test_the_engine_is_told_where_i_look_while_it_scans(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    told: list[FocusRequest] = []
    with open_window(qtbot, tmp_path, monkeypatch, engine="slow") as program:
        tell = program.engine.tell
        monkeypatch.setattr(program.engine, "tell", lambda r: (told.append(r), tell(r)))
        opened(qtbot, program, slide_path)
        view = program.window.view
        view.fly_to(PointL0(4800, 3800), 1.0)
        qtbot.wait(400)
        assert told == []
        program.scan.start()
        qtbot.waitUntil(lambda: len(told) > 0, timeout=LONG_MS)
        entry = program.session.current
        assert entry is not None
        assert told[0].run_id == entry.run.run_id
        qtbot.waitUntil(view.is_settled, timeout=LONG_MS)
        view.fit()
        qtbot.waitUntil(lambda: told[-1].width_l0 >= 4000, timeout=LONG_MS)
        qtbot.waitUntil(lambda: entry.run.part_done > 0, timeout=LONG_MS)
