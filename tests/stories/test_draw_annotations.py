"""A pathologist draws what they see, corrects it, names it, takes steps back, and finds it all the next morning."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.canvas.slide_view import SlideView
from app.program import Program
from app.work.claim import Claim
from inference.results.annotation import Annotation, AnnotationClass, Shape
from inference.results.annotation_store import AnnotationStore
from inference.results.case_file import CaseFile, default_case_path
from inference.slides.frames import PointL0
from tests.support.windows import LONG_MS, open_window, opened

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")

LEFT, NONE, Key = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.Key
SHIFT, CONTROL, ALT = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)


def _ready(qtbot: QtBot, program: Program, path: Path) -> SlideView:
    """Opens a slide at four level-0 px a view px; its annotations are read."""
    opened(qtbot, program, path)
    qtbot.waitUntil(lambda: program.annotations.control.why_not() in ("", *_ELSEWHERE), timeout=LONG_MS)
    view = program.window.view
    view.set_animated(False)
    view.zoom_to_downsample(4.0)
    view.setFocus()
    return view


_ELSEWHERE = ("Another window has this slide: draw there, or close it there first",)


def _drag(view: SlideView, *places: tuple[int, int], modifier: Qt.KeyboardModifier = NONE) -> None:
    points = [QPoint(*each) for each in places]
    QTest.mousePress(view, LEFT, modifier, points[0])
    for point in points[1:]:
        QTest.mouseMove(view, point)
    QTest.mouseRelease(view, LEFT, modifier, points[-1])


def _click(view: SlideView, *places: tuple[int, int], modifier: Qt.KeyboardModifier = NONE) -> None:
    for place in places:
        QTest.mouseMove(view, QPoint(*place))
        QTest.mouseClick(view, LEFT, modifier, QPoint(*place))


def _all(program: Program) -> tuple[Annotation, ...]:
    entry = program.session.current
    assert entry is not None and entry.annotations.document is not None
    return entry.annotations.document.in_order()


def _kept(qtbot: QtBot, program: Program) -> tuple[Annotation, ...]:
    """What the case file holds, read beside the window."""
    qtbot.waitUntil(lambda: not program.keeping.is_busy, timeout=LONG_MS)
    assert program.session.current is not None
    fingerprint = program.session.current.info.fingerprint
    with CaseFile.open(default_case_path(fingerprint), fingerprint=fingerprint) as case:
        return AnnotationStore(case).load().in_order()


def test_every_tool_draws_and_every_step_is_kept(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        view = _ready(qtbot, program, slide_path)
        qtbot.keyClick(view, Key.Key_1, CONTROL)
        qtbot.keyClick(view, Key.Key_R)
        _drag(view, (100, 200), (150, 220), (200, 250))
        qtbot.keyClick(view, Key.Key_O)
        _drag(view, (300, 200), (380, 230), (400, 240), modifier=SHIFT)
        qtbot.keyClick(view, Key.Key_P)
        _click(view, (100, 300), (200, 300), (240, 380), (150, 400), (150, 330))
        qtbot.keyClick(view, Key.Key_Backspace)
        qtbot.keyClick(view, Key.Key_Return)
        qtbot.keyClick(view, Key.Key_P, SHIFT)
        _drag(view, (300, 300), (350, 290), (380, 340), (330, 380), (300, 340))
        qtbot.keyClick(view, Key.Key_Period)
        _click(view, (450, 200))
        qtbot.keyClick(view, Key.Key_I)
        _drag(view, (450, 300), (500, 300), (550, 300))
        qtbot.keyClick(view, Key.Key_B)
        # Off what is selected, the brush begins a new area.
        _drag(view, (450, 400), (480, 400), (520, 400))

        drawn = _all(program)
        assert [each.shape for each in drawn] == [
            Shape.RECTANGLE, Shape.ELLIPSE, Shape.POLYGON, Shape.POLYGON, Shape.POINT, Shape.LINE, Shape.POLYGON,
        ]  # fmt: skip
        assert {each.class_name for each in drawn} == {"Tumor"}
        assert drawn[0].geometry.area == pytest.approx(400 * 200, rel=1e-6)
        left, top, right, bottom = drawn[1].geometry.bounds
        assert right - left == pytest.approx(400, rel=1e-3) and bottom - top == pytest.approx(400, rel=1e-3)
        assert len(shapely.get_coordinates(drawn[2].geometry)) == 5
        assert drawn[5].geometry.length == pytest.approx(400, rel=1e-6)
        assert drawn[6].geometry.area > 70 * 36 * 16
        assert _kept(qtbot, program) == drawn
        card = program.window.side.annotations
        assert card.table.rowCount() == 7 and card._caption.text() == "7"

        # In the class's colour on the slide, and gone from there while the layer is off.
        qtbot.keyClick(view, Key.Key_A)
        _click(view, (600, 500))
        qtbot.waitUntil(view.is_settled, timeout=LONG_MS)
        lit = view.grab().toImage().pixelColor(150, 200)
        assert (lit.red(), lit.green(), lit.blue()) == (200, 0, 0)
        qtbot.keyClick(view, Key.Key_N)
        assert view.grab().toImage().pixelColor(150, 200) != lit
        qtbot.keyClick(view, Key.Key_N)

        for count in range(6, -1, -1):
            qtbot.keyClick(view, Key.Key_Z, CONTROL)
            assert _all(program) == drawn[:count]
        assert _kept(qtbot, program) == ()
        for _ in range(7):
            qtbot.keyClick(view, Key.Key_Y, CONTROL)
        assert _all(program) == drawn

    with open_window(qtbot, tmp_path, monkeypatch) as program:
        view = _ready(qtbot, program, slide_path)
        assert _all(program) == drawn
        # Even what was done in an earlier sitting can be taken back.
        qtbot.keyClick(view, Key.Key_Z, CONTROL)
        assert _all(program) == drawn[:6]


def test_editing_by_hand(qtbot: QtBot, program: Program, slide_path: Path) -> None:
    view = _ready(qtbot, program, slide_path)
    qtbot.keyClick(view, Key.Key_P)
    _click(view, (100, 200), (300, 200), (300, 400), (100, 400))
    qtbot.keyClick(view, Key.Key_Return)
    qtbot.keyClick(view, Key.Key_R)
    _drag(view, (400, 200), (450, 250), (500, 300))
    qtbot.keyClick(view, Key.Key_A)

    # Select by a click, drag a vertex, add one by a double click on the edge, remove it with Alt.
    _click(view, (200, 300))
    _drag(view, (100, 200), (90, 190), (60, 160))
    square = _all(program)[0].geometry
    assert square.area == pytest.approx((200 * 200 + 200 * 40) * 16, rel=0.01)
    QTest.mouseDClick(view, LEFT, NONE, QPoint(200, 400))
    assert len(shapely.get_coordinates(_all(program)[0].geometry)) == 6
    QTest.mouseClick(view, LEFT, ALT, QPoint(200, 400))
    assert _all(program)[0].geometry.equals(square)

    # Corners of a rectangle stay a rectangle's; a frame selects both; dragging one moves both.
    _click(view, (450, 250))
    _drag(view, (500, 300), (520, 320), (540, 340))
    resized = _all(program)[1]
    assert resized.shape is Shape.RECTANGLE and resized.geometry.area == pytest.approx(
        140 * 140 * 16, rel=1e-6
    )
    _drag(view, (20, 120), (300, 300), (600, 450))
    entry = program.session.current
    assert entry is not None and len(entry.annotations.selected) == 2
    before = [each.geometry.centroid.x for each in _all(program)]
    _drag(view, (450, 250), (470, 250), (500, 250))
    moved = np.array([each.geometry.centroid.x for each in _all(program)]) - before
    assert moved == pytest.approx([200, 200])

    # Locked ones refuse and say so; Delete takes the rest; one undo brings them back.
    _click(view, (500, 250))
    qtbot.keyClick(view, Key.Key_L, SHIFT)
    card, status = program.window.side.annotations, program.window.status
    assert not card.name_field.isEnabled() and "Shift+L" in card.name_field.toolTip()
    program.annotations.control.choose_class("Tumor")
    card.classes.activated.emit(card.classes.findData("Tumor"))
    assert card.classes.currentData() == "" and "locked" in status.note.text()
    qtbot.keyClick(view, Key.Key_A, CONTROL)
    qtbot.keyClick(view, Key.Key_Delete)
    assert [each.locked for each in _all(program)] == [True]
    qtbot.keyClick(view, Key.Key_Z, CONTROL)
    assert len(_all(program)) == 2

    # With a free one among those selected a name is for that one alone.
    qtbot.keyClick(view, Key.Key_A, CONTROL)
    assert card.name_field.isEnabled()
    card.name_field.setFocus()
    qtbot.keyClicks(card.name_field, "free")
    qtbot.keyClick(card.name_field, Key.Key_Return)
    assert [(each.name, each.locked) for each in _all(program)] == [("free", False), ("", True)]


def test_combining_areas(qtbot: QtBot, program: Program, slide_path: Path) -> None:
    view = _ready(qtbot, program, slide_path)
    qtbot.keyClick(view, Key.Key_R)
    _drag(view, (100, 200), (200, 300), (300, 400))
    _drag(view, (200, 200), (300, 300), (400, 400))
    qtbot.keyClick(view, Key.Key_A, CONTROL)
    qtbot.keyClick(view, Key.Key_M, SHIFT)
    (union,) = _all(program)
    assert union.geometry.area == pytest.approx(300 * 200 * 16)
    # A hole by subtracting, and filled again.
    _drag(view, (220, 280), (240, 300), (260, 320))
    entry = program.session.current
    assert entry is not None
    program.annotations.control.select([union.id, _all(program)[1].id])
    qtbot.keyClick(view, Key.Key_X, SHIFT)
    (holed,) = _all(program)
    assert len(holed.geometry.interiors) == 1
    qtbot.keyClick(view, Key.Key_F, SHIFT)
    assert _all(program)[0].geometry.area == pytest.approx(300 * 200 * 16)
    # Split along a line.
    qtbot.keyClick(view, Key.Key_I)
    _drag(view, (250, 150), (250, 300), (250, 450))
    qtbot.keyClick(view, Key.Key_A, CONTROL)
    qtbot.keyClick(view, Key.Key_S, SHIFT)
    assert [each.geometry.area for each in _all(program)] == pytest.approx([150 * 200 * 16] * 2)
    # The eraser cuts a way through what it goes over.
    qtbot.keyClick(view, Key.Key_A)
    _click(view, (150, 300))
    qtbot.keyClick(view, Key.Key_E)
    _drag(view, (50, 300), (150, 300), (280, 300))
    cut = next(each for each in _all(program) if each.geometry.geom_type == "MultiPolygon")
    assert len(cut.geometry.geoms) == 2
    # The brush grows what is selected.
    program.annotations.control.select([cut.id])
    qtbot.keyClick(view, Key.Key_B)
    _drag(view, (150, 200), (150, 300), (150, 400))
    grown = next(each for each in _all(program) if each.id == cut.id)
    assert grown.geometry.geom_type == "Polygon"


def test_the_card_names_and_sorts_and_the_hand_is_told(
    qtbot: QtBot, program: Program, slide_path: Path
) -> None:
    view = _ready(qtbot, program, slide_path)
    card = program.window.side.annotations
    qtbot.keyClick(view, Key.Key_R)
    _drag(view, (100, 200), (200, 300), (300, 400))
    card.name_field.setFocus()
    qtbot.keyClicks(card.name_field, "gland 1")
    qtbot.keyClick(card.name_field, Key.Key_Return)
    assert view.hasFocus() and _all(program)[0].name == "gland 1"
    # 200 view px at 4 level-0 px of 0.25 um: 200 um a side.
    qtbot.waitUntil(lambda: card.facts.text() == "Area 0.04 mm², perimeter 800 µm", timeout=LONG_MS)
    qtbot.keyClick(view, Key.Key_2, CONTROL)
    assert _all(program)[0].class_name == "Stroma"
    assert card.table.index(0, 0).data() == "Stroma" and card.table.index(0, 1).data() == "gland 1"
    QTest.mouseMove(view, QPoint(200, 300))
    assert view.annotations._label is not None and view.annotations._label[0] == "Stroma · gland 1"
    qtbot.keyClicks(card.search, "nothing")
    assert card.table.rowCount() == 0 and card.table.total == 1
    card.search.clear()
    # Copied to the same place once more, hidden by its eye.
    qtbot.keyClick(view, Key.Key_C, CONTROL)
    qtbot.keyClick(view, Key.Key_V, CONTROL)
    assert [each.name for each in _all(program)] == ["gland 1", "gland 1"]
    eye = card.view.visualRect(card.table.index(1, 3)).center()
    QTest.mouseClick(card.view.viewport(), LEFT, NONE, eye)
    entry = program.session.current
    assert entry is not None and entry.annotations.hidden == {_all(program)[1].id}


def test_what_another_window_has_is_not_drawn_on(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        view = _ready(qtbot, program, slide_path)
        assert program.session.current is not None
        fingerprint = program.session.current.info.fingerprint
        qtbot.keyClick(view, Key.Key_R)
        _drag(view, (100, 200), (200, 300), (300, 400))
    other = Claim(default_case_path(fingerprint).with_suffix(".lock"))
    assert other.take()
    try:
        with open_window(qtbot, tmp_path, monkeypatch) as program:
            view = _ready(qtbot, program, slide_path)
            assert program.session.current is not None
            program.session.current.set_elsewhere(True)
            qtbot.keyClick(view, Key.Key_R)
            _drag(view, (400, 200), (450, 300), (500, 400))
            qtbot.keyClick(view, Key.Key_A, CONTROL)
            qtbot.keyClick(view, Key.Key_Delete)
            assert len(_all(program)) == 1 == len(_kept(qtbot, program))
            merge = program.window.actions_["delete_annotations"]
            assert not merge.isEnabled() and merge.toolTip().startswith("Another window has this slide")
    finally:
        other.release()


def test_classes_go_with_what_is_pasted_renamed_or_drawn_on_the_next_slide(
    qtbot: QtBot, program: Program, slide_path: Path, slide_without_mpp: Path
) -> None:
    control, card = program.annotations.control, program.window.side.annotations
    program.slides.mppWanted.disconnect()
    view = _ready(qtbot, program, slide_path)
    gland = AnnotationClass("Gland", (1, 120, 40), "7")
    control.set_classes([(None, gland)])
    qtbot.keyClick(view, Key.Key_7, CONTROL)
    qtbot.keyClick(view, Key.Key_R)
    _drag(view, (100, 200), (200, 300), (300, 400))
    assert _all(program)[0].class_name == "Gland" and card.classes.currentData() == "Gland"

    # A rename is followed by what is drawn next, and so is its undoing.
    duct = AnnotationClass("Duct", (1, 120, 40), "7")
    entry = program.session.current
    assert entry is not None
    control.set_classes([(gland, duct)])
    assert [each.class_name for each in _all(program)] == ["Duct"]
    control.select(())
    assert card.classes.currentData() == "Duct" and control.class_name == "Duct"
    qtbot.keyClick(view, Key.Key_Z, CONTROL)
    assert card.classes.currentData() == "Gland" and control.class_name == "Gland"
    qtbot.keyClick(view, Key.Key_Y, CONTROL)
    control.select([1])
    qtbot.keyClick(view, Key.Key_C, CONTROL)

    # On a slide that lacks the class, it comes with what is pasted ...
    view = _ready(qtbot, program, slide_without_mpp)
    other = program.session.current
    assert other is not None and other.annotations.document is not None
    assert card.classes.currentData() == "Duct" and other.annotations.document.class_named("Duct") is None
    qtbot.keyClick(view, Key.Key_V, CONTROL)
    assert other.annotations.document.class_named("Duct") == duct
    qtbot.keyClick(view, Key.Key_Z, CONTROL)
    assert other.annotations.document.class_named("Duct") is None
    # ... and with what is drawn; a key that is taken there stays where it is.
    other_seven = AnnotationClass("Vessel", (9, 9, 9), "7")
    control.set_classes([(None, other_seven)])
    control.select(())
    qtbot.keyClick(view, Key.Key_R)
    _drag(view, (100, 200), (150, 250), (200, 300))
    assert _all(program)[0].class_name == "Duct"
    assert other.annotations.document.class_named("Duct") == replace(duct, key="")
    # A class of a file that no slide describes is shown by its name, not as none.
    control.change(lambda each: replace(each, class_name="Odd"), label="Set class")
    assert card.classes.currentData() == "Odd"
    # A class taken away is not drawn in any more.
    control.set_classes([(replace(duct, key=""), None)])
    control.select(())
    assert control.class_name == "" and card.classes.currentData() == ""


def test_what_is_hidden_stays_hidden_when_it_comes_back(
    qtbot: QtBot, program: Program, slide_path: Path
) -> None:
    view = _ready(qtbot, program, slide_path)
    qtbot.keyClick(view, Key.Key_R)
    _drag(view, (100, 200), (200, 300), (300, 400))
    entry = program.session.current
    assert entry is not None
    entry.annotations.set_hidden([1])
    qtbot.keyClick(view, Key.Key_Delete)
    qtbot.keyClick(view, Key.Key_Z, CONTROL)
    assert len(_all(program)) == 1 and entry.annotations.hidden == {1}
    assert view.annotations.id_at(PointL0(800, 1204), 4.0) is None
    qtbot.keyClick(view, Key.Key_A, CONTROL)
    assert entry.annotations.selected == ()


def test_the_brush_takes_its_keys_and_stays(qtbot: QtBot, program: Program, slide_path: Path) -> None:
    view = _ready(qtbot, program, slide_path)
    qtbot.keyClick(view, Key.Key_B)
    before = view.tool._radius_view
    qtbot.keyClick(view, Key.Key_Greater, SHIFT)
    assert view.tool._radius_view > before
    qtbot.keyClick(view, Key.Key_Less)
    assert view.tool._radius_view == pytest.approx(before)
    assert program.desk.tools.name == "brush"
