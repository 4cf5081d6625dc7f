"""Bookmarks in a case file."""

from __future__ import annotations

from pathlib import Path

from inference.results.bookmarks import (
    Bookmark,
    BookmarkedView,
    add_bookmark,
    bookmarks_of,
    delete_bookmark,
    rename_bookmark,
)
from inference.results.case_file import CaseFile
from inference.slides.frames import PointL0

FINGERPRINT = "ab" * 16
HERE = BookmarkedView(PointL0(1200.5, -3.25), 0.75, 37.5, flipped=True)
THERE = BookmarkedView(PointL0(10.0, 20.0), 8.0)


def test_they_are_read_back_as_they_were_kept(tmp_path: Path) -> None:
    path = tmp_path / "one.case"
    with CaseFile.open(path, fingerprint=FINGERPRINT) as case:
        add_bookmark(case, "Mitose é", HERE)
        add_bookmark(case, "Mitose é", THERE)
    with CaseFile.open(path, fingerprint=FINGERPRINT) as case:
        assert bookmarks_of(case) == (Bookmark(1, "Mitose é", HERE), Bookmark(2, "Mitose é", THERE))


def test_rename_and_delete_touch_one_and_no_number_is_given_twice(tmp_path: Path) -> None:
    with CaseFile.open(tmp_path / "one.case", fingerprint=FINGERPRINT) as case:
        add_bookmark(case, "first", HERE)
        add_bookmark(case, "second", THERE)
        rename_bookmark(case, 1, "margin")
        delete_bookmark(case, 2)
        rename_bookmark(case, 2, "gone")
        add_bookmark(case, "third", THERE)
        assert bookmarks_of(case) == (Bookmark(1, "margin", HERE), Bookmark(3, "third", THERE))
