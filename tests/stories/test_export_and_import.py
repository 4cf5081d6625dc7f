"""A researcher drops colleagues' outlines on a slide, sees what was read, and exports what was made of them."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
import shapely
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from app import export_desk, import_desk
from app.program import Program
from inference.errors import CaseFileError
from inference.export.export_job import Format
from inference.importing.into_case import import_edit
from inference.importing.read_annotations import read_annotations
from inference.results.annotation import Shape
from inference.results.annotation_document import Edit
from tests.support.windows import LONG_MS, dropped, open_window, opened

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")
CONTROL, Key = Qt.KeyboardModifier.ControlModifier, Qt.Key

SQUARE = [[100, 100], [500, 100], [500, 500], [100, 500], [100, 100]]


def _geojson(path: Path) -> Path:
    def feature(geometry: dict[str, object], name: str) -> dict[str, object]:
        properties = {"objectType": "annotation", "classification": {"name": name, "color": [1, 2, 3]}}
        return {"type": "Feature", "geometry": geometry, "properties": properties}

    found = [
        feature({"type": "Polygon", "coordinates": [SQUARE]}, "Gland"),
        feature({"type": "Point", "coordinates": [700, 700]}, "Tumor"),
        feature({"type": "Polygon", "coordinates": [[[1, 1], [2, 2]]]}, "Tumor"),
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": found}))
    return path


def _opened(qtbot: QtBot, program: Program, path: Path) -> None:
    opened(qtbot, program, path)
    qtbot.waitUntil(lambda: program.annotations.control.why_not() == "", timeout=LONG_MS)
    program.window.view.setFocus()


def _close_summary(qtbot: QtBot, program: Program) -> None:
    assert program.imports.dialog is not None
    qtbot.keyClick(program.imports.dialog, Key.Key_Return)
    program.window.activateWindow()
    qtbot.waitUntil(program.window.isActiveWindow, timeout=LONG_MS)
    program.window.view.setFocus()


def _count(program: Program) -> int:
    return program.window.side.annotations.table.total


def test_dropped_files_are_read_and_told_line_by_line(
    qtbot: QtBot, program: Program, slide_path: Path, tmp_path: Path
) -> None:
    good, bad = _geojson(tmp_path / "glands.geojson"), tmp_path / "notes.xml"
    bad.write_text("<shopping/>")
    # Without a slide there is nothing to draw on, and that is said.
    dropped(program, good)
    assert "Annotations belong to a slide" in program.presenter._problems[-1].text
    _opened(qtbot, program, slide_path)
    dropped(program, good, bad)
    qtbot.waitUntil(lambda: program.imports.dialog is not None, timeout=LONG_MS)
    assert program.imports.dialog is not None
    lines = program.imports.dialog.text.toPlainText().splitlines()
    assert lines[0].startswith("glands.geojson: 2 read") and "1 left out" in lines[0]
    assert "fewer than" in lines[1]
    assert lines[2].startswith("notes.xml: refused. ")
    _close_summary(qtbot, program)
    assert _count(program) == 2
    entry = program.session.current
    assert entry is not None and entry.annotations.document is not None
    gland = entry.annotations.document.class_named("Gland")
    assert gland is not None and gland.colour == (1, 2, 3)
    qtbot.keyClick(program.window.view, Key.Key_Z, CONTROL)
    assert _count(program) == 0


def test_the_export_shows_what_it_will_write_and_remembers_the_choice(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    home, out = tmp_path / "home", tmp_path / "out"
    with open_window(qtbot, home, monkeypatch) as program:
        _opened(qtbot, program, slide_path)
        assert not program.window.actions_["export"].isEnabled()
        dropped(program, _geojson(tmp_path / "glands.geojson"))
        qtbot.waitUntil(lambda: _count(program) == 2, timeout=LONG_MS)
        _close_summary(qtbot, program)
        program.annotations.control.select([1])
        qtbot.keyClick(program.window.view, Key.Key_E, CONTROL)
        dialog = program.exports.dialog
        assert dialog is not None
        qtbot.waitUntil(dialog.accept_button.isEnabled, timeout=LONG_MS)
        # Nothing was scanned: what needs a heatmap is greyed and says so.
        assert not dialog.boxes[Format.HEATMAP].isEnabled()
        assert dialog._whats[Format.HEATMAP].text() == "the slide was not scanned"
        dialog.folder.setText(str(out))
        dialog.boxes[Format.REPORT].setChecked(False)
        dialog.boxes[Format.ASAP].setChecked(True)
        dialog.boxes[Format.REGIONS].setChecked(True)
        dialog.selected_only.setChecked(True)
        planned = dialog.files.toPlainText()
        assert "annotations.geojson    1 annotation\n" in planned and "annotations_asap.xml" in planned
        qtbot.mouseClick(dialog.accept_button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: dialog.accept_button.text() == "Close", timeout=LONG_MS)
        written = [path for path in out.rglob("*") if path.is_file()]
        assert dialog._note.text() == f"{len(written)} files in {out}"
        assert (out / "export.json").exists() and any((out / "regions").glob("*.png"))
        assert [each.class_name for each in read_annotations(out / "annotations.geojson").annotations] == [
            "Gland"
        ]
        qtbot.mouseClick(dialog.accept_button, Qt.MouseButton.LeftButton)
        assert program.exports.dialog is None
    with open_window(qtbot, home, monkeypatch) as program:
        _opened(qtbot, program, slide_path)
        qtbot.keyClick(program.window.view, Key.Key_E, CONTROL)
        dialog = program.exports.dialog
        assert dialog is not None
        assert [each for each in Format if dialog.boxes[each].isChecked()] == [
            Format.GEOJSON, Format.ASAP, Format.CANDIDATES, Format.REGIONS,
        ]  # fmt: skip
        dialog.reject()


def test_several_files_are_made_edits_in_the_background_and_go_to_the_slide_they_were_for(
    qtbot: QtBot,
    program: Program,
    slide_path: Path,
    slide_without_mpp: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made_on: list[str] = []

    def noted(*arguments: Any) -> Edit:
        made_on.append(threading.current_thread().name)
        return import_edit(*arguments)

    monkeypatch.setattr(import_desk, "import_edit", noted)
    _opened(qtbot, program, slide_path)
    first = program.session.current
    assert first is not None
    files = [_geojson(tmp_path / f"{n}.geojson") for n in range(3)]
    dropped(program, *files)
    # Something is drawn while they are read, which takes the next id.
    program.annotations.control.draw(Shape.POINT, shapely.Point(9, 9))
    program.slides.open(slide_without_mpp)
    qtbot.waitUntil(lambda: program.imports.dialog is not None, timeout=LONG_MS)
    assert first.annotations.document is not None
    assert sorted(first.annotations.document.annotations) == [1, 2, 3, 4, 5, 6, 7]
    assert made_on and all(name.startswith("task") for name in made_on)
    assert [each.name for each in first.annotations.document.classes].count("Gland") == 1
    assert program.imports.dialog is not None
    program.imports.dialog.reject()


def test_another_slide_comes_on_show_while_files_are_chosen(
    qtbot: QtBot,
    program: Program,
    slide_path: Path,
    slide_without_mpp: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program.slides.mppWanted.disconnect()
    _opened(qtbot, program, slide_path)
    first = program.session.current
    assert first is not None and first.annotations.document is not None

    def asked(*_: object) -> tuple[list[str], str]:
        _opened(qtbot, program, slide_without_mpp)
        return [str(_geojson(tmp_path / "chosen.geojson"))], ""

    monkeypatch.setattr(QFileDialog, "getOpenFileNames", asked)
    program.window.actions_["import"].trigger()
    qtbot.waitUntil(lambda: program.imports.dialog is not None, timeout=LONG_MS)
    assert program.session.current is not first
    assert len(first.annotations.document.annotations) == 2
    assert program.imports.dialog is not None
    program.imports.dialog.reject()


def test_an_export_that_cannot_read_the_case_after_its_dialog_was_closed(
    qtbot: QtBot, program: Program, slide_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _opened(qtbot, program, slide_path)
    program.annotations.control.draw(Shape.POINT, shapely.Point(9, 9))
    go_on = threading.Event()

    def failing(*_: object, **__: object) -> None:
        go_on.wait(10)
        raise CaseFileError("The case file is damaged", where="a.case")

    monkeypatch.setattr(export_desk, "read_source", failing)
    qtbot.keyClick(program.window.view, Key.Key_E, CONTROL)
    assert program.exports.dialog is not None
    program.exports.dialog.reject()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    # An exception in a slot would fail the test.
    go_on.set()
    qtbot.waitUntil(lambda: not program.keeping.is_busy, timeout=LONG_MS)
    assert program.exports.dialog is None
