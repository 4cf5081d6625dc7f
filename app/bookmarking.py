"""Bookmarks, put together: the view on show is named and kept, and one of the list is shown again."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QInputDialog

from app.control.bookmark_control import BookmarkControl
from app.main_window import MainWindow
from app.panels.bookmarks_dialog import BookmarksDialog
from app.state.session import Session, native_magnification
from app.state.slide_entry import SlideEntry
from inference.results.bookmarks import BookmarkedView

LONGEST_NAME = 120


class Bookmarking(QObject):
    """Connects the actions of bookmarks to window and case file. Call `stop` before letting it go.

    Signals:
        failed: the `EquiscopeError` to show.
    """

    failed = Signal(object)

    def __init__(self, window: MainWindow, *, session: Session) -> None:
        super().__init__()
        self._window = window
        self._session = session
        self.control = BookmarkControl(session)
        self.dialog = BookmarksDialog(window)
        self.control.failed.connect(self._on_failed)
        self.control.bookmarks.changed.connect(self._show)
        session.infoChanged.connect(self._show)
        self.dialog.bookmarkChosen.connect(self._go)
        # Queued: the list must not be filled anew while it takes in what was typed.
        self.dialog.renamed.connect(self._rename, Qt.ConnectionType.QueuedConnection)
        self.dialog.deleteWanted.connect(self.control.delete)
        window.actions_["add_bookmark"].triggered.connect(lambda _checked=False: self._ask_for_name())
        window.actions_["bookmarks"].triggered.connect(lambda _checked=False: self._show_dialog())
        self._show()

    def stop(self) -> None:
        """Closes the list and waits for what is being written."""
        self.dialog.close()
        self.control.stop()

    def _show(self) -> None:
        entry = self._session.current
        self._window.actions_["add_bookmark"].setEnabled(self.control.can_change)
        self._window.actions_["bookmarks"].setEnabled(entry is not None)
        self.dialog.show_bookmarks(
            self.control.bookmarks.value, has_slide=entry is not None, can_change=self.control.can_change
        )

    def _show_dialog(self) -> None:
        self.dialog.show()
        self.dialog.activateWindow()
        self.dialog.list.setFocus()

    def _ask_for_name(self) -> None:
        entry = self._session.current
        if entry is None:
            return
        # The view as it is now, not as it is when the name is typed.
        here = self._window.view.viewport
        view = BookmarkedView(here.centre_l0, here.downsample, here.angle_deg, here.flipped)
        dialog = QInputDialog(self._window)
        dialog.setWindowTitle("Bookmark this view")
        dialog.setLabelText("Name")
        proposed = self._proposed_name(entry, view)
        dialog.setTextValue(proposed)
        dialog.setOkButtonText("Keep")
        dialog.resize(360, dialog.sizeHint().height())
        # Another slide may have come on show meanwhile, as by a file that is dropped.
        dialog.textValueSelected.connect(
            lambda name: self.control.add(entry, _tidied(name) or proposed, view)
        )
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _proposed_name(self, entry: SlideEntry, view: BookmarkedView) -> str:
        native = native_magnification(entry.info)
        number = len(self.control.bookmarks.value) + 1
        return f"View {number}" if native is None else f"View {number}, {native / view.downsample:.3g}\u00d7"

    def _go(self, bookmark_id: int) -> None:
        for bookmark in self.control.bookmarks.value:
            if bookmark.id == bookmark_id:
                kept = bookmark.view
                self._window.view.fly_to_view(
                    replace(
                        self._window.view.viewport,
                        centre_l0=kept.centre_l0,
                        downsample=kept.downsample,
                        angle_deg=kept.angle_deg,
                        flipped=kept.flipped,
                    )
                )

    def _rename(self, bookmark_id: int, name: str) -> None:
        if _tidied(name):
            self.control.rename(bookmark_id, _tidied(name))
        else:
            # A bookmark without a name could not be told from the next one: the old name comes back.
            self._show()

    def _on_failed(self, error: object) -> None:
        # What was typed into the list was not kept.
        self._show()
        self.failed.emit(error)


def _tidied(name: str) -> str:
    return " ".join(name.split())[:LONGEST_NAME]
