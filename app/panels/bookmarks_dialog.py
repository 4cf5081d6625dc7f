"""The bookmarks of the slide on show in a small window beside it: go there, rename, delete."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from inference.results.bookmarks import Bookmark

_ID = Qt.ItemDataRole.UserRole


class BookmarksDialog(QDialog):
    """Stays open while the slide is looked at.

    Signals:
        bookmarkChosen: id of the one to go to.
        renamed: id and new name.
        deleteWanted: id of the one to take away.
    """

    bookmarkChosen = Signal(int)
    renamed = Signal(int, str)
    deleteWanted = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Bookmarks")
        self.message = QLabel()
        self.message.setObjectName("caption")
        self.message.setWordWrap(True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.list = QListWidget()
        self.list.setAccessibleName("Bookmarks")
        self.list.setToolTip("Return goes there, F2 renames, Del deletes")
        self.list.setWordWrap(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.go = QPushButton("Go there")
        self.go.setObjectName("primary")
        self.go.setToolTip("Show the view (Return)")
        self.rename = QPushButton("Rename")
        self.rename.setToolTip("Give it another name (F2)")
        self.delete = QPushButton("Delete")
        self.delete.setToolTip("Take it off the list (Del)")
        self._can_change = False
        self.list.itemActivated.connect(self._go)
        self.list.currentRowChanged.connect(self._show_buttons)
        self.list.itemChanged.connect(self._on_edited)
        self.go.clicked.connect(self._go)
        self.rename.clicked.connect(self._edit)
        self.delete.clicked.connect(self._delete)
        for button in (self.go, self.rename, self.delete):
            # Return belongs to the list and to the field a name is typed into.
            button.setAutoDefault(False)
        shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self.list)
        shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        shortcut.activated.connect(self._delete)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.rename)
        buttons.addWidget(self.delete)
        buttons.addStretch(1)
        buttons.addWidget(self.go)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(10)
        column.addWidget(self.message)
        column.addWidget(self.list, 1)
        column.addLayout(buttons)
        self.resize(360, 320)

    def show_bookmarks(self, bookmarks: Sequence[Bookmark], *, has_slide: bool, can_change: bool) -> None:
        """The list as it is now; the row in hand stays in hand."""
        row = self.list.currentRow()
        self._can_change = can_change
        self.list.blockSignals(True)
        self.list.clear()
        for bookmark in bookmarks:
            item = QListWidgetItem(bookmark.name, self.list)
            item.setData(_ID, bookmark.id)
            if can_change:
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
        self.list.setCurrentRow(min(max(row, 0), len(bookmarks) - 1))
        self.list.blockSignals(False)
        self.list.setVisible(bool(bookmarks))
        text = _words(bool(bookmarks), has_slide=has_slide, can_change=can_change)
        self.message.setText(text)
        self.message.setVisible(bool(text))
        self._show_buttons()

    def _show_buttons(self) -> None:
        chosen = self.list.currentItem() is not None
        self.go.setEnabled(chosen)
        self.rename.setEnabled(chosen and self._can_change)
        self.delete.setEnabled(chosen and self._can_change)

    def _go(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self.bookmarkChosen.emit(item.data(_ID))

    def _edit(self) -> None:
        self.list.setFocus()
        self.list.editItem(self.list.currentItem())

    def _on_edited(self, item: QListWidgetItem) -> None:
        self.renamed.emit(item.data(_ID), item.text())

    def _delete(self) -> None:
        item = self.list.currentItem()
        if item is not None and self._can_change:
            self.deleteWanted.emit(item.data(_ID))


def _words(any_there: bool, *, has_slide: bool, can_change: bool) -> str:
    """What the dialog says above its list."""
    if not has_slide:
        return "Open a slide to see its bookmarks."
    if not can_change:
        return "Another window has this slide: bookmarks can be looked at here, not changed."
    return "" if any_there else "There is none yet: go to a place worth keeping and press Ctrl+D."
