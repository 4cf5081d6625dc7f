"""The actions on annotations: undo, copying, geometry, locks, classes, and the keys that depend on the tool."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut

from app.actions import spec_of
from app.control.annotation_control import AnnotationControl
from app.control.review_control import ReviewControl
from app.control.undo_order import UndoOrder
from app.main_window import MainWindow
from app.panels.classes_dialog import ClassesDialog
from app.state.session import Session
from inference.results.annotation import Annotation, AnnotationClass
from inference.results.annotation_edit import merged, simplified, split, subtracted, without_holes

SIMPLIFY_VIEW = 0.5
"""View px: what stands out less is not seen at the zoom in use."""
_TAKING_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Backspace, Qt.Key.Key_Delete)


class AnnotationActions(QObject):
    """Connects the group "Annotations" of the table of actions."""

    def __init__(
        self, window: MainWindow, *, session: Session, control: AnnotationControl, reviews: ReviewControl
    ) -> None:
        super().__init__()
        self._window, self._session, self._control = window, session, control
        self._order = UndoOrder(session, control, reviews)
        # After the order has heard of it, which the labels are read from.
        for acted in (
            control.edited, control.undone, control.redone,
            reviews.decided, reviews.takenBack, reviews.madeAgain,
        ):  # fmt: skip
            acted.connect(lambda _entry: self.show())
        self._class_keys: list[QShortcut] = []
        self._classes: tuple[AnnotationClass, ...] = ()
        for action_id, slot in (
            ("undo", self._order.undo),
            ("redo", self._order.redo),
            ("delete_annotations", control.delete),
            ("copy", self._copy),
            ("paste", control.paste),
            ("select_all", control.select_all),
            ("merge", partial(self._combine, self._merge)),
            ("subtract", partial(self._combine, self._subtract)),
            ("split", partial(self._combine, self._split)),
            ("simplify", self._simplify),
            ("fill_holes", lambda: control.change(without_holes, label="Fill holes")),
            ("lock", self._lock),
            ("edit_classes", self._edit_classes),
        ):
            window.actions_[action_id].triggered.connect(lambda _checked=False, slot=slot: slot())
        for signal in (session.reviewsChanged, session.selectionChanged):
            signal.connect(self.show)
        window.view.installEventFilter(self)

    def show(self) -> None:
        """Enables what can be done, and says why the rest cannot."""
        entry, why_not = self._session.current, self._control.why_not()
        selected = entry.annotations.selected if entry is not None else ()
        none_selected = why_not or ("" if selected else "Select annotations first")
        for action_id in ("delete_annotations", "simplify", "fill_holes", "lock"):
            self._window.actions_.allow(action_id, none_selected)
        self._window.actions_.allow("copy", "" if selected else "Select annotations first")
        for action_id in ("merge", "subtract"):
            self._window.actions_.allow(
                action_id, why_not or ("" if len(selected) > 1 else "Select two areas or more first")
            )
        self._window.actions_.allow("split", none_selected)
        self._window.actions_.allow(
            "paste", why_not or ("" if self._control.can_paste else "Nothing was copied yet")
        )
        has_some = (
            entry is not None
            and entry.annotations.document is not None
            and bool(entry.annotations.document.annotations)
        )
        self._window.actions_.allow("select_all", "" if has_some else "There are no annotations yet")
        self._window.actions_.allow("edit_classes", why_not)
        for action_id, label, nothing in (
            ("undo", self._order.label, "There is nothing to take back"),
            ("redo", self._order.redo_label, "There is nothing to do again"),
        ):
            self._window.actions_.allow(action_id, "" if label is not None else nothing)
            action = self._window.actions_[action_id]
            text = spec_of(action_id).text
            action.setText(text if label is None else f"{text}: {label}")

    def show_class_keys(self, classes: Sequence[AnnotationClass]) -> None:
        """Ctrl and a class's digit give that class; Ctrl+0 none."""
        if tuple(classes) == self._classes:
            return
        self._classes = tuple(classes)
        for shortcut in self._class_keys:
            shortcut.setEnabled(False)
            shortcut.deleteLater()
        self._class_keys = []
        for key, name in [*((each.key, each.name) for each in classes if each.key), ("0", "")]:
            shortcut = QShortcut(QKeySequence(f"Ctrl+{key}"), self._window)
            shortcut.activated.connect(partial(self._control.choose_class, name))
            self._class_keys.append(shortcut)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys that mean another thing while a tool is at work or annotations are selected."""
        if not isinstance(event, QKeyEvent) or event.key() not in _TAKING_KEYS or event.modifiers():
            return False
        busy = getattr(self._window.view.tool, "is_busy", False)
        entry = self._session.current
        deletes = event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
        selected = entry is not None and bool(entry.annotations.selected)
        if not busy and not (deletes and selected):
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            # Accepted, the key comes as a key instead of as the shortcut of "Accept" or "Reject".
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress and not busy:
            self._control.delete()
            return True
        return False

    def _copy(self) -> None:
        self._control.copy()
        self.show()

    def _combine(self, how: Callable[[tuple[Annotation, ...]], None]) -> None:
        entry = self._session.current
        if entry is None:
            return
        try:
            how(entry.annotations.selected_annotations())
        except ValueError as error:
            self._window.status.show_note(str(error))
        else:
            self._window.status.show_note("")

    def _merge(self, selected: tuple[Annotation, ...]) -> None:
        areas = [each.id for each in selected if each.is_area]
        self._control.replace_selected([merged(selected)], areas, label="Merge")

    def _subtract(self, selected: tuple[Annotation, ...]) -> None:
        rest = subtracted(selected[0], selected[1:])
        self._control.replace_selected([rest], [each.id for each in selected], label="Subtract")

    def _split(self, selected: tuple[Annotation, ...]) -> None:
        pieces, ids = split(selected)
        self._control.replace_selected(pieces, ids, label="Split")

    def _simplify(self) -> None:
        tolerance_l0 = SIMPLIFY_VIEW * self._window.view.viewport.downsample
        self._control.change(lambda each: simplified(each, tolerance_l0), label="Simplify")

    def _lock(self) -> None:
        entry = self._session.current
        if entry is not None:
            lock = not all(each.locked for each in entry.annotations.selected_annotations())
            self._control.change(
                lambda each: replace(each, locked=lock), label="Lock" if lock else "Unlock", locked=True
            )

    def _edit_classes(self) -> None:
        entry = self._session.current
        if entry is None or entry.annotations.document is None:
            return
        dialog = ClassesDialog(entry.annotations.document.classes, self._window)
        # Another slide may be on show by the time that it is answered.
        dialog.classesGiven.connect(partial(self._control.set_classes, entry=entry))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
