"""Bookmarks: views of a slide that the user named, kept in its case file."""

from __future__ import annotations

from dataclasses import dataclass

from inference.results.case_file import CaseFile
from inference.slides.frames import PointL0


@dataclass(frozen=True, slots=True)
class BookmarkedView:
    """A view of any size.

    Attributes:
        centre_l0: the level-0 place in its middle.
        downsample: level-0 px per view px.
        angle_deg: by how much the picture is turned, clockwise.
        flipped: whether the slide is mirrored left to right before it is turned.
    """

    centre_l0: PointL0
    downsample: float
    angle_deg: float = 0.0
    flipped: bool = False


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A named view; `id` is its number in the case file."""

    id: int
    name: str
    view: BookmarkedView


def bookmarks_of(case: CaseFile) -> tuple[Bookmark, ...]:
    """All of a case in the order they were made."""
    rows = case.database.all(
        "SELECT id, name, x_l0, y_l0, downsample, angle_deg, flipped FROM bookmarks ORDER BY id"
    )
    return tuple(
        Bookmark(number, name, BookmarkedView(PointL0(x_l0, y_l0), downsample, angle_deg, bool(flipped)))
        for number, name, x_l0, y_l0, downsample, angle_deg, flipped in rows
    )


def add_bookmark(case: CaseFile, name: str, view: BookmarkedView) -> None:
    """Keeps a view under a name, committed when this returns; names need not differ."""
    with case.database.transaction(lasting=True) as connection:
        connection.execute(
            "INSERT INTO bookmarks (name, x_l0, y_l0, downsample, angle_deg, flipped) VALUES (?, ?, ?, ?, ?, ?)",
            (
                name,
                view.centre_l0.x,
                view.centre_l0.y,
                view.downsample,
                view.angle_deg,
                int(view.flipped),
            ),
        )


def rename_bookmark(case: CaseFile, bookmark_id: int, name: str) -> None:
    """Gives one another name; nothing happens if it is gone."""
    with case.database.transaction(lasting=True) as connection:
        connection.execute("UPDATE bookmarks SET name = ? WHERE id = ?", (name, bookmark_id))


def delete_bookmark(case: CaseFile, bookmark_id: int) -> None:
    """Takes one away; nothing happens if it is gone."""
    with case.database.transaction(lasting=True) as connection:
        connection.execute("DELETE FROM bookmarks WHERE id = ?", (bookmark_id,))
