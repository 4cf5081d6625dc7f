"""Story: I give a case away as one file; on another machine, where the slide lies elsewhere, it opens as it was."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.program import Program
from inference.results.case_file import default_case_path
from inference.results.case_place import fingerprint_of_case
from inference.results.case_records import Review
from tests.support.windows import LONG_MS, dropped, open_window, opened, scanned

# The offscreen platform says so whenever a window is shown.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def _says(program: Program, words: str) -> bool:
    return any(words in notice.text for notice in program.window.area.banner.notices)


def test_a_copy_opens_its_slide_elsewhere_and_replaces_no_other_case(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    copy, there = tmp_path / "to give.case", tmp_path / "there" / "renamed.tif"
    there.parent.mkdir()
    shutil.copy(slide_path, there)
    with open_window(qtbot, tmp_path / "home", monkeypatch, engine="keeping") as program:
        assert not program.window.actions_["save_copy"].isEnabled()
        opened(qtbot, program, slide_path)
        program.scan.start()
        scanned(qtbot, program)
        entry = program.session.current
        assert entry is not None
        qtbot.waitUntil(lambda: entry.reviews.is_ready, timeout=LONG_MS)
        program.candidates.select(0)
        program.reviews.control.decide(Review.ACCEPTED)
        # The mark is in the copy although nobody waited for it.
        program.exports.copies.save(entry, copy)
        qtbot.waitUntil(copy.exists, timeout=LONG_MS)
        # Open already: said, and nothing is changed.
        before = default_case_path(entry.info.fingerprint).read_bytes()
        dropped(program, copy)
        qtbot.waitUntil(lambda: _says(program, "open already"), timeout=LONG_MS)
        assert default_case_path(entry.info.fingerprint).read_bytes() == before

    with open_window(qtbot, tmp_path / "other home", monkeypatch) as program:
        dropped(program, copy)
        qtbot.waitUntil(lambda: _says(program, "was not found"), timeout=LONG_MS)
        shutil.move(copy, there.parent / copy.name)
        dropped(program, there.parent / copy.name)
        qtbot.waitUntil(lambda: program.session.current is not None, timeout=LONG_MS)
        again = program.session.current
        assert again is not None and again.path == there
        qtbot.waitUntil(lambda: again.reviews.is_ready, timeout=LONG_MS)
        assert again.reviews.mark_of(0)[0] is Review.ACCEPTED

    # A case beside its slide is taken over at opening, the first time.
    with open_window(qtbot, tmp_path / "third home", monkeypatch) as program:
        opened(qtbot, program, there)
        found = program.session.current
        assert found is not None
        qtbot.waitUntil(lambda: found.reviews.is_ready, timeout=LONG_MS)
        assert found.reviews.mark_of(0)[0] is Review.ACCEPTED


def test_a_dot_in_a_name_never_leads_to_another_slides_copy(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path, slide_without_mpp: Path
) -> None:
    with open_window(qtbot, tmp_path / "home", monkeypatch, engine="keeping") as program:
        program.slides.mppWanted.disconnect()
        opened(qtbot, program, slide_path)
        program.scan.start()
        scanned(qtbot, program)
        entry = program.session.current
        assert entry is not None
        names = iter(["S24.1001", "S24.1002", "S24.1001"])
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / next(names)), ""))
        save, first = program.window.actions_["save_copy"], tmp_path / "S24.1001.case"
        save.trigger()
        qtbot.waitUntil(first.exists, timeout=LONG_MS)
        before = first.stat()
        save.trigger()
        qtbot.waitUntil((tmp_path / "S24.1002.case").exists, timeout=LONG_MS)
        save.trigger()
        assert _says(program, "of this name already")
        assert first.stat() == before

        def asked(*_: object) -> tuple[str, str]:
            opened(qtbot, program, slide_without_mpp)
            return str(tmp_path / "late.case"), ""

        # Another slide comes on show while the user thinks: the copy is of the one that was asked about.
        monkeypatch.setattr(QFileDialog, "getSaveFileName", asked)
        save.trigger()
        qtbot.waitUntil((tmp_path / "late.case").exists, timeout=LONG_MS)
        assert fingerprint_of_case(tmp_path / "late.case") == entry.info.fingerprint
