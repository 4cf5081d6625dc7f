"""Story: a DICOM slide of several files is one slide, whether its folder or any of its files is dropped."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.uid import CTImageStorage
from pytestqt.qtbot import QtBot

from app.program import Program
from tests.support.dicom_slide import write_dicom_series
from tests.support.make_slide import textured
from tests.support.windows import LONG_MS, dropped

# The offscreen platform says so of every window; it concerns no user.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two slides of two files each, a tomogram's file and one that is no DICOM."""
    place = tmp_path_factory.mktemp("dicom")
    write_dicom_series(place, textured(700, 900), name="a")
    (other, _) = write_dicom_series(place, textured(500, 600, seed=2), name="b")
    tomogram = dcmread(other)
    tomogram.SOPClassUID = tomogram.file_meta.MediaStorageSOPClassUID = CTImageStorage
    tomogram.save_as(place / "ct.dcm")
    (place / "damaged.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"\xff" * 40)
    return place


def names(program: Program) -> list[str]:
    """The tray's files."""
    return [slide.path.name for slide in program.list.tray.slides]


def on_show(program: Program) -> str:
    """The file of the slide on show."""
    return program.session.current.path.name if program.session.current is not None else ""


def test_a_folder_of_two_series_gives_two_slides(qtbot: QtBot, program: Program, folder: Path) -> None:
    dropped(program, folder)
    qtbot.waitUntil(lambda: on_show(program) == "a_0.dcm", timeout=LONG_MS)
    # What cannot be told is listed, so that it is not lost in silence.
    assert names(program) == ["a_0.dcm", "b_0.dcm", "damaged.dcm"]
    qtbot.waitUntil(lambda: program.list.tray.slides[2].problem != "", timeout=LONG_MS)
    assert program.session.current is not None
    info = program.session.current.info
    assert [(level.width, level.height) for level in info.levels] == [(900, 700), (450, 350)]
    assert info.mpp is not None
    assert info.mpp.x == pytest.approx(0.5)


def test_any_file_of_a_slide_shows_the_whole_slide_once(qtbot: QtBot, program: Program, folder: Path) -> None:
    dropped(program, folder / "b_1.dcm")
    qtbot.waitUntil(lambda: on_show(program) == "b_0.dcm", timeout=LONG_MS)
    dropped(program, folder / "a_1.dcm", folder / "a_0.dcm")
    qtbot.waitUntil(lambda: on_show(program) == "a_0.dcm", timeout=LONG_MS)
    dropped(program, folder / "b_0.dcm")
    qtbot.waitUntil(lambda: on_show(program) == "b_0.dcm", timeout=LONG_MS)
    assert names(program) == ["b_0.dcm", "a_0.dcm"]


@pytest.mark.realdata
def test_real_files_of_one_series_are_one_slide(qtbot: QtBot, program: Program, shared_data: Path) -> None:
    slides = shared_data / "slides"
    program.slides.mppWanted.disconnect()
    dropped(program, slides / "boxes_1.dcm", slides / "camelyon_lowres_jpeg2000.dcm", slides / "boxes_0.dcm")
    qtbot.waitUntil(lambda: on_show(program) == "boxes_0.dcm", timeout=LONG_MS)
    assert names(program) == ["boxes_0.dcm", "camelyon_lowres_jpeg2000.dcm"]
