"""The annotations of the slide on show as a table, filtered and sorted, quick for a hundred thousand rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from inference.results.annotation import UNCLASSIFIED_COLOUR, Annotation, Colour, Shape
from inference.results.annotation_document import AnnotationDocument, Edit
from inference.results.annotation_measure import area_um2, length_um
from inference.slides.frames import Mpp

Index = QModelIndex | QPersistentModelIndex
CLASS, NAME, SIZE, SHOWN, LOCKED = range(5)
COLUMNS = ("class", "name", "size", "", "")
TOOLTIPS = (
    "Class. Click to sort",
    "Name, or else the shape. Click to sort",
    "Area, or length of a line. Click to sort",
    "Shown on the slide: click to hide or show",
    "Locked: click to lock or unlock",
)
NO_INDEX = QModelIndex()
SHAPE_WORDS = {
    Shape.POINT: "Point",
    Shape.POINTS: "Points",
    Shape.RECTANGLE: "Rectangle",
    Shape.ELLIPSE: "Ellipse",
    Shape.POLYGON: "Polygon",
    Shape.SPLINE: "Spline",
    Shape.LINE: "Line",
}


class AnnotationTable(QAbstractTableModel):
    """Rows are annotations, at first in the order they were made."""

    def __init__(self) -> None:
        super().__init__()
        self._document: AnnotationDocument | None = None
        self._hidden: frozenset[int] = frozenset()
        self._mpp: Mpp | None = None
        self._ids: NDArray[np.int64] = np.zeros(0, np.int64)
        self._by_id: NDArray[np.intp] | None = None
        """Rows by rising id, once asked for."""
        self._sought = ""
        self._column, self._descending = -1, False

    def show(self, document: AnnotationDocument | None, *, mpp: Mpp | None) -> None:
        """Lists the annotations of a document."""
        self.beginResetModel()
        self._document, self._mpp = document, mpp
        self._arrange()
        self.endResetModel()

    def set_mpp(self, mpp: Mpp | None) -> None:
        """Another resolution to measure by."""
        if mpp != self._mpp:
            self.show(self._document, mpp=mpp)

    def take(self, edit: Edit) -> None:
        """Follows an edit of the document; one that only changes annotations keeps every row where it is."""
        rows = [self.row_of(change.id) for change in edit.changes]
        stays = all(change.before is not None and change.after is not None for change in edit.changes)
        if edit.class_changes or not stays or self._sought or self._column >= 0:
            self.show(self._document, mpp=self._mpp)
        else:
            self._tell([row for row in rows if row is not None])

    def set_hidden(self, hidden: frozenset[int]) -> None:
        """Which are not painted."""
        changed = [self.row_of(each) for each in hidden ^ self._hidden]
        self._hidden = hidden
        self._tell([row for row in changed if row is not None])

    def seek(self, text: str) -> None:
        """Lists those whose class, name or note holds a text; all for an empty one."""
        if text.strip().casefold() != self._sought:
            self._sought = text.strip().casefold()
            self.show(self._document, mpp=self._mpp)

    @property
    def total(self) -> int:
        """All annotations, listed or not."""
        return 0 if self._document is None else len(self._document.annotations)

    def id_at(self, row: int) -> int:
        """The annotation of a row. Raises IndexError."""
        return int(self._ids[row])

    def row_of(self, annotation_id: int) -> int | None:
        """The row of an annotation, None where it is not listed."""
        if self._by_id is None:
            self._by_id = np.argsort(self._ids, kind="stable")
        place = int(np.searchsorted(self._ids, annotation_id, sorter=self._by_id))
        row = int(self._by_id[place]) if place < len(self._by_id) else -1
        return row if row >= 0 and self._ids[row] == annotation_id else None

    def annotation_at(self, row: int) -> Annotation:
        """The annotation of a row."""
        assert self._document is not None
        return self._document.annotations[self.id_at(row)]

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._column = column if column in (CLASS, NAME, SIZE) else -1
        self._descending = order == Qt.SortOrder.DescendingOrder
        self.show(self._document, mpp=self._mpp)

    def _arrange(self) -> None:
        self._by_id = None
        if self._document is None:
            self._ids = np.zeros(0, np.int64)
            return
        known = self._document.annotations
        ids = np.fromiter(known, np.int64, len(known))
        ids.sort()
        if self._sought:
            ids = np.array([each for each in ids.tolist() if self._is_sought(known[each])], np.int64)
        if self._column >= 0 and len(ids):
            order = self._order([known[each] for each in ids.tolist()])
            ids = ids[order[::-1] if self._descending else order]
        self._ids = ids

    def _order(self, annotations: Sequence[Annotation]) -> NDArray[np.intp]:
        if self._column == SIZE:
            geometries = np.array([each.geometry for each in annotations], dtype=object)
            areas = shapely.area(geometries)
            return np.argsort(np.where(areas > 0, areas, shapely.length(geometries) * 1e-9), kind="stable")
        text = _name if self._column == NAME else _class
        keys = [text(each).casefold() for each in annotations]
        return np.array(sorted(range(len(keys)), key=keys.__getitem__), np.intp)

    def _is_sought(self, annotation: Annotation) -> bool:
        texts = (annotation.class_name, _name(annotation), annotation.note)
        return any(self._sought in text.casefold() for text in texts)

    def _tell(self, rows: Sequence[int]) -> None:
        if rows:
            self.dataChanged.emit(self.index(min(rows), 0), self.index(max(rows), len(COLUMNS) - 1))

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        annotation = self.annotation_at(index.row())
        column = index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return {CLASS: _class(annotation), NAME: _name(annotation), SIZE: self._size(annotation)}.get(
                column
            )
        if role == Qt.ItemDataRole.UserRole:
            # What the delegate of the last two columns draws.
            return annotation.id not in self._hidden if column == SHOWN else annotation.locked
        if role == Qt.ItemDataRole.DecorationRole and column == CLASS:
            return QColor(*colour_of(annotation, self._document))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column == SIZE else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ToolTipRole:
            return annotation.note or TOOLTIPS[column].replace(". Click to sort", "")
        if role == Qt.ItemDataRole.AccessibleTextRole and column in (SHOWN, LOCKED):
            states = ("hidden", "shown") if column == SHOWN else ("unlocked", "locked")
            return states[bool(self.data(index, Qt.ItemDataRole.UserRole))]
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return TOOLTIPS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section == SIZE else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _size(self, annotation: Annotation) -> str:
        return size_text(annotation, self._mpp)


def size_text(annotation: Annotation, mpp: Mpp | None) -> str:
    """Area or length with its unit; "" for points and while the resolution is unknown."""
    if mpp is None:
        return ""
    if annotation.is_area:
        return area_text(area_um2(annotation.geometry, mpp))
    return length_text(length_um(annotation.geometry, mpp)) if annotation.shape is Shape.LINE else ""


def area_text(um2: float) -> str:
    """An area: µm², from a hundredth of a square millimetre on mm²."""
    return f"{um2 / 1e6:.2f} mm²" if um2 >= 1e4 else f"{um2:.0f} µm²"


def length_text(um: float) -> str:
    """A length: µm, from a millimetre on mm."""
    return f"{um / 1000:.2f} mm" if um >= 1000 else f"{um:.0f} µm"


def colour_of(annotation: Annotation, document: AnnotationDocument | None) -> Colour:
    """In which an annotation is drawn: its own colour, its class's, or that of no class."""
    if annotation.colour is not None:
        return annotation.colour
    known = document.class_named(annotation.class_name) if document is not None else None
    return known.colour if known is not None else UNCLASSIFIED_COLOUR


def _class(annotation: Annotation) -> str:
    return annotation.class_name or "no class"


def _name(annotation: Annotation) -> str:
    return annotation.name or SHAPE_WORDS[annotation.shape]
