"""Story: a place from a colleague's mail is typed and shown; a slide's label stays hidden until asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.panels.associated_images import HIDE, SHOW
from app.panels.place_dialog import PlaceDialog
from app.program import Program
from inference.errors import SlideError
from inference.slides.associated import read_associated
from tests.support.windows import LONG_MS, opened

# The offscreen platform says so of every window; it concerns no user.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def test_a_typed_place_comes_to_the_middle(qtbot: QtBot, program: Program, slide_path: Path) -> None:
    opened(qtbot, program, slide_path)
    qtbot.keyClick(program.window.view, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    (dialog,) = program.window.findChildren(PlaceDialog)
    qtbot.waitUntil(dialog.isVisible)
    assert not dialog.go.isEnabled()
    qtbot.keyClicks(dialog.field, "9000, 2")
    assert "outside the slide, which is 1250 × 1000 µm" in dialog.message.text()
    assert not dialog.go.isEnabled()
    dialog.field.clear()
    qtbot.keyClicks(dialog.field, "700, 500")
    assert dialog.message.text().strip() == ""
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    view = program.window.view
    qtbot.waitUntil(lambda: abs(view.viewport.downsample - 4) < 1e-6, timeout=LONG_MS)
    assert abs(view.viewport.centre_l0.x - 2800) < 1
    assert abs(view.viewport.centre_l0.y - 2000) < 1


def test_a_slide_without_label_offers_none(qtbot: QtBot, program: Program, slide_path: Path) -> None:
    opened(qtbot, program, slide_path)
    assert not program.window.side.info.associated.isVisible()
    with pytest.raises(SlideError, match="label image cannot be read"):
        read_associated(slide_path, "label")


@pytest.mark.realdata
def test_label_and_macro_are_hidden_until_asked_for(
    qtbot: QtBot, program: Program, shared_data: Path
) -> None:
    from inference.slides.open_slide import open_slide

    for path in sorted((shared_data / "slides").rglob("*.svs")):
        slide = open_slide(path)
        names = slide.info.associated_images
        slide.close()
        if names:
            break
    else:
        pytest.skip("no slide with associated images")
    opened(qtbot, program, path)
    images = program.window.side.info.associated
    assert images.button.text() == SHOW
    assert images.pictures == ()
    qtbot.mouseClick(images.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(images.pictures) == 2 * len(names), timeout=LONG_MS)
    assert images.button.text() == HIDE
    # They are seen without scrolling, below the fold as they are.
    qtbot.waitUntil(lambda: not images.pictures[0].visibleRegion().isEmpty(), timeout=LONG_MS)
    qtbot.mouseClick(images.button, Qt.MouseButton.LeftButton)
    assert images.pictures == ()
