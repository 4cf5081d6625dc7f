"""Bookmarks of the slide on show: read and changed in its case file off the GUI thread, in the order asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeGuard

from PySide6.QtCore import QObject, Signal

from app.state.session import Session
from app.state.slide_entry import SlideEntry
from app.state.value_state import ValueState
from app.work.task import Tasks
from inference.errors import CaseFileError
from inference.results.bookmarks import (
    Bookmark,
    BookmarkedView,
    add_bookmark,
    bookmarks_of,
    delete_bookmark,
    rename_bookmark,
)
from inference.results.case_file import CaseFile, default_case_path

Bookmarks = tuple[Bookmark, ...]


class BookmarkControl(QObject):
    """Keeps `bookmarks` those of the slide on show. Call `stop` before letting it go.

    Signals:
        failed: the `EquiscopeError` to show; the case file is as it was.

    Attributes:
        writer: reads and writes in the case file.
    """

    failed = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        # One thread, so that what is asked for first is done first and the last answer is the newest.
        self.writer = Tasks(threads=1)
        self.bookmarks: ValueState[Bookmarks] = ValueState(())
        session.slideChanged.connect(self._read)

    @property
    def can_change(self) -> bool:
        """Whether the slide on show has a case file that this window may write."""
        return self._may_change(self._session.current)

    def _may_change(self, entry: SlideEntry | None) -> TypeGuard[SlideEntry]:
        return entry is not None and entry in self._session.entries and not entry.is_elsewhere

    def stop(self) -> None:
        """Waits for what is being written."""
        self.writer.finish()

    def add(self, entry: SlideEntry, name: str, view: BookmarkedView) -> None:
        """Keeps a view of a slide under a name; the slide may be off show by now."""
        if self._may_change(entry):
            self._change(entry, partial(add_bookmark, name=name, view=view))
        else:
            self.failed.emit(
                CaseFileError(
                    f"The bookmark \u201c{name}\u201d was not kept",
                    where=entry.path.name,
                    advice="The slide was taken off the list, or another window has it: open it here first",
                )
            )

    def rename(self, bookmark_id: int, name: str) -> None:
        """Gives a bookmark another name."""
        self._change_shown(partial(rename_bookmark, bookmark_id=bookmark_id, name=name))

    def delete(self, bookmark_id: int) -> None:
        """Takes a bookmark away."""
        self._change_shown(partial(delete_bookmark, bookmark_id=bookmark_id))

    def _read(self) -> None:
        self.bookmarks.set(())
        entry = self._session.current
        if entry is not None:
            self._run(entry, partial(_read, entry.info.fingerprint))

    def _change_shown(self, change: Callable[[CaseFile], None]) -> None:
        entry = self._session.current
        if self._may_change(entry):
            self._change(entry, change)

    def _change(self, entry: SlideEntry, change: Callable[[CaseFile], None]) -> None:
        self._run(entry, partial(_change, entry.info.fingerprint, change))

    def _run(self, entry: SlideEntry, work: Callable[[], Bookmarks]) -> None:
        self.writer.run_task(work, done=partial(self._on_read, entry), failed=self.failed.emit)

    def _on_read(self, entry: SlideEntry, bookmarks: Bookmarks) -> None:
        if entry is self._session.current:
            self.bookmarks.set(bookmarks)


def _read(fingerprint: str) -> Bookmarks:
    path = default_case_path(fingerprint)
    # Looking at a slide makes no case file.
    if not path.exists():
        return ()
    with CaseFile.open(path, fingerprint=fingerprint) as case:
        return bookmarks_of(case)


def _change(fingerprint: str, change: Callable[[CaseFile], None]) -> Bookmarks:
    with CaseFile.open(default_case_path(fingerprint), fingerprint=fingerprint) as case:
        change(case)
        return bookmarks_of(case)
