"""Whatever a lab has lying about is opened in whatever way comes to hand: dialog, list, drop, every common format."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from app.canvas.image_pixels import bgra_of
from app.panels.mpp_dialog import MppDialog
from app.program import Program
from app.state.viewport import PointView
from tests.support.make_slide import shrink, textured, write_pyramid
from tests.support.windows import LONG_MS, dropped, hovered, opened

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

LEFT, CONTROL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier
PICTURE = textured(900, 1200, seed=5)


def _on_show(program: Program, path: Path) -> Callable[[], bool]:
    return lambda: (
        program.session.current is not None
        and program.session.current.path == path
        and program.window.view.is_settled()
    )


def _ome(path: Path) -> None:
    with tifffile.TiffWriter(path, ome=True) as writer:
        resolution = {"axes": "YXS", "PhysicalSizeX": 0.25, "PhysicalSizeY": 0.25}
        writer.write(PICTURE, tile=(256, 256), photometric="rgb", subifds=1, metadata=resolution)
        writer.write(shrink(PICTURE, 2), tile=(256, 256), photometric="rgb", subfiletype=1, metadata=None)


FORMATS: dict[str, Callable[[Path], object]] = {
    "sub-levels.ome.tif": _ome,
    "striped.tif": lambda path: tifffile.imwrite(path, PICTURE, rowsperstrip=16, photometric="rgb"),
    "one strip.tiff": lambda path: tifffile.imwrite(path, PICTURE, rowsperstrip=900, photometric="rgb"),
    "flat tiles.tif": lambda path: tifffile.imwrite(path, PICTURE, tile=(128, 128), photometric="rgb"),
    "picture.png": lambda path: Image.fromarray(PICTURE).save(path),
    "photo.jpg": lambda path: Image.fromarray(PICTURE).save(path, quality=98, subsampling=0),
}


def _shown(program: Program) -> NDArray[np.int64]:
    picture = program.window.view.grab().toImage()
    return bgra_of(picture)[..., 2::-1].astype(int)


@pytest.mark.parametrize("name", FORMATS)
def test_what_no_pyramid_is_opens_all_the_same(
    qtbot: QtBot, program: Program, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    FORMATS[name](path)
    program.window.view.set_animated(False)
    dropped(program, path)
    qtbot.waitUntil(lambda: program.session.current is not None, timeout=LONG_MS)
    for dialog in program.window.findChildren(MppDialog):
        # These state no resolution; looking needs none.
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    view = program.window.view
    view.zoom_to_downsample(1.0)
    qtbot.waitUntil(_on_show(program, path), timeout=LONG_MS)
    at = QPoint(view.width() // 2 + 30, view.height() // 2 - 20)
    place = view.viewport.to_l0(PointView(at.x() + 0.5, at.y() + 0.5))
    stored = PICTURE[int(place.y), int(place.x)].astype(int)
    assert np.abs(_shown(program)[at.y(), at.x()] - stored).max() <= (12 if name.endswith("jpg") else 1)
    hovered(view, at)
    assert f"px {int(place.x)}, {int(place.y)}" in program.window.status.pixel.text()


def test_the_dialog_takes_several_at_once(
    qtbot: QtBot, program: Program, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, slide_path: Path
) -> None:
    other = write_pyramid(tmp_path / "other.tif", PICTURE)
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(slide_path), str(other)], ""))
    qtbot.keyClick(program.window, Qt.Key.Key_O, CONTROL)
    qtbot.waitUntil(_on_show(program, slide_path), timeout=LONG_MS)
    assert program.list.tray.paths == (slide_path, other)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    (more := tmp_path / "more").mkdir()
    third = write_pyramid(more / "third.tif", PICTURE)
    qtbot.keyClick(program.window, Qt.Key.Key_O, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: third in program.list.tray.paths, timeout=LONG_MS)


def test_what_was_opened_lately_is_a_click_or_a_few_keys_away(
    qtbot: QtBot, program: Program, slide_path: Path
) -> None:
    opened(qtbot, program, slide_path)
    qtbot.keyClick(program.window.view, Qt.Key.Key_W, CONTROL)
    qtbot.waitUntil(program.window.area.empty.isVisible, timeout=LONG_MS)
    page = program.window.area.empty

    def listed() -> list[QPushButton]:
        buttons = page.findChildren(QPushButton)
        return [each for each in buttons if each.toolTip() == str(slide_path) and each.isVisible()]

    qtbot.waitUntil(lambda: len(listed()) == 1, timeout=LONG_MS)
    qtbot.mouseClick(listed()[0], LEFT)
    qtbot.waitUntil(_on_show(program, slide_path), timeout=LONG_MS)
    qtbot.keyClick(program.window.view, Qt.Key.Key_W, CONTROL)
    qtbot.waitUntil(lambda: program.session.current is None, timeout=LONG_MS)

    # By keys alone: the menu, its first part, up to its last entry, the slide.
    way = [Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Right, Qt.Key.Key_Return]
    latest = time.monotonic() + LONG_MS / 1000

    def press() -> None:
        menu = QApplication.activePopupWidget()
        if isinstance(menu, QMenu) and time.monotonic() > latest:
            # An open menu has a loop of its own, which would never end.
            menu.close()
        elif isinstance(menu, QMenu) and way:
            qtbot.keyClick(menu, way.pop(0))

    menu_button = next(
        each for each in program.window.findChildren(QToolButton) if each.accessibleName() == "Menu"
    )
    menu_button.setFocus()
    timer = QTimer(program.window, interval=30)
    timer.timeout.connect(press)
    timer.start()
    qtbot.keyClick(menu_button, Qt.Key.Key_Space)
    qtbot.waitUntil(_on_show(program, slide_path), timeout=LONG_MS)
    timer.stop()


def test_a_slide_that_is_not_h_and_e_says_so_until_it_is_put_away(
    qtbot: QtBot, program: Program, tmp_path: Path
) -> None:
    dark = np.zeros((1200, 1600, 3), np.uint8)
    dark[300:360, 400:480, 2] = 220
    dropped(program, write_pyramid(tmp_path / "dapi.tif", dark))
    banner = program.window.area.banner
    qtbot.waitUntil(lambda: len(banner.notices) == 1, timeout=LONG_MS)
    assert "looks like fluorescence; the models are trained on H&E slides" in banner.notices[0].text
    assert program.window.toolbar.scan.isEnabled(), "it is said, not forbidden"
    away = next(each for each in banner.findChildren(QToolButton) if each.isVisible())
    qtbot.mouseClick(away, LEFT)
    assert not banner.isVisible()
