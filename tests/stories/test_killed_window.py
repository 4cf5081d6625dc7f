"""The power fails, or the program is killed, while somebody draws: all that was drawn is there the next time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from inference.results.annotation import Shape
from inference.results.annotation_store import AnnotationStore
from inference.results.case_file import DATA_HOME_VARIABLE, CaseFile, default_case_path
from inference.slides.open_slide import open_slide

DRAWING = """
import os, sys
from pathlib import Path
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from app.program import Program
application = QApplication([])
program = Program(application)
program.window.show()
program.slides.open(Path(sys.argv[1]))
while program.session.current is None or program.annotations.control.why_not():
    QTest.qWait(10)
view = program.window.view
program.window.actions_["tool_rectangle"].trigger()
for n in range(int(sys.argv[2])):
    at = QPoint(100 + 40 * n, 200)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseMove(view, at + QPoint(10, 10))
    QTest.mouseMove(view, at + QPoint(30, 30))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=at + QPoint(30, 30))
    while program.keeping.is_busy:
        QTest.qWait(1)
os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a matter of Unix")
@pytest.mark.parametrize("edits", [1, 4])
def test_a_killed_window_loses_no_edit(
    tmp_path: Path, slide_path: Path, monkeypatch: pytest.MonkeyPatch, edits: int
) -> None:
    monkeypatch.setenv(DATA_HOME_VARIABLE, str(tmp_path))
    ended = subprocess.run(
        [sys.executable, "-c", DRAWING, str(slide_path), str(edits)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        timeout=150,
    )
    assert ended.returncode == -9
    slide = open_slide(slide_path)
    fingerprint = slide.info.fingerprint
    slide.close()
    with CaseFile.open(default_case_path(fingerprint), fingerprint=fingerprint) as case:
        document = AnnotationStore(case).load()
    assert [each.shape for each in document.in_order()] == [Shape.RECTANGLE] * edits
    for _ in range(edits):
        assert document.undo() is not None
    assert document.in_order() == ()
