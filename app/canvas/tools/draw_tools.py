"""Tools that draw a new annotation: point, rectangle, ellipse, polygon, line, freehand."""

from __future__ import annotations

import math

import shapely
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPolygonF
from shapely.geometry.base import BaseGeometry

from app.canvas import theme
from app.canvas.annotation_shapes import rings_of
from app.canvas.device_frame import DeviceFrame
from app.canvas.tools.tool import Hand, Tool
from inference.results.annotation import UNCLASSIFIED_COLOUR, Colour, Shape, ellipse_l0, rectangle_l0
from inference.results.annotation_edit import area_of
from inference.slides.frames import Mpp, PointL0

DRAG_VIEW = 4.0
"""View px: what moved less was a click."""
CLOSE_VIEW = 10.0
"""View px: a click so near to the first vertex closes the outline."""
FREEHAND_TOLERANCE_VIEW = 0.5
"""View px: vertices of a freehand line that stand out less are left out; nobody sees them at this zoom."""
_RIM = QColor(0, 0, 0, 150)


class DrawTool(Tool):
    """The base: draws a draft in the colour of the class chosen.

    Signals:
        drawn: the `Shape` and the geometry in level-0 px.
    """

    drawn = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self.colour: Colour = UNCLASSIFIED_COLOUR

    def draft(self) -> BaseGeometry | None:
        """What is drawn so far; None if nothing is."""
        raise NotImplementedError

    @property
    def is_busy(self) -> bool:
        """Whether something is begun, so that Enter, Backspace and Delete belong to the tool."""
        return self.draft() is not None

    def double_click(self, hand: Hand) -> bool:
        # Two quick clicks while drawing never zoom the slide.
        return True

    def paint(self, painter: QPainter, frame: DeviceFrame, *, mpp: Mpp | None, font: QFont) -> None:
        draft = self.draft()
        if draft is not None:
            paint_draft(painter, frame, draft, self.colour)


class BoxTool(DrawTool):
    """Rectangle or ellipse, dragged from corner to corner; with Shift as wide as high."""

    def __init__(self, shape: Shape) -> None:
        """Raises KeyError for a shape that is not made of a box."""
        super().__init__()
        self._shape = shape
        self._make = {Shape.RECTANGLE: rectangle_l0, Shape.ELLIPSE: ellipse_l0}[shape]
        self._start: Hand | None = None
        self._end: PointL0 | None = None

    def draft(self) -> BaseGeometry | None:
        if self._start is None or self._end is None:
            return None
        start = self._start.point_l0
        if start.x == self._end.x or start.y == self._end.y:
            return None
        return self._make(start.x, start.y, self._end.x, self._end.y)

    def press(self, hand: Hand) -> bool:
        self._start, self._end = hand, None
        return True

    def move(self, hand: Hand) -> bool:
        if self._start is None:
            return False
        self._end = self._corner(hand)
        self.changed.emit()
        return True

    def release(self, hand: Hand) -> bool:
        if self._start is not None:
            self._end = self._corner(hand)
            moved, draft = apart_view(self._start, hand) > DRAG_VIEW, self.draft()
            self.cancel()
            if moved and draft is not None:
                self.drawn.emit(self._shape, draft)
        return True

    def cancel(self) -> bool:
        begun = self._start is not None
        self._start = self._end = None
        self.changed.emit()
        return begun

    def _corner(self, hand: Hand) -> PointL0:
        assert self._start is not None
        start, at = self._start.point_l0, hand.point_l0
        if not hand.modifiers & Qt.KeyboardModifier.ShiftModifier:
            return at
        side = max(abs(at.x - start.x), abs(at.y - start.y))
        return PointL0(
            start.x + math.copysign(side, at.x - start.x), start.y + math.copysign(side, at.y - start.y)
        )


class VertexTool(DrawTool):
    """Polygon or line, click by click; Enter or a double click ends it, Backspace takes the last vertex back."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self._closed = shape is Shape.POLYGON
        self._shape = shape
        self._vertices: list[Hand] = []
        self._end: PointL0 | None = None

    def draft(self) -> BaseGeometry | None:
        if not self._vertices:
            return None
        places = [(each.point_l0.x, each.point_l0.y) for each in self._vertices]
        if self._end is not None:
            places.append((self._end.x, self._end.y))
        if len(places) == 1:
            return shapely.Point(places[0])
        return shapely.Polygon(places) if self._closed and len(places) > 2 else shapely.LineString(places)

    def press(self, hand: Hand) -> bool:
        if self._closed and len(self._vertices) > 2 and apart_view(self._vertices[0], hand) < CLOSE_VIEW:
            self._finish()
        else:
            self._vertices.append(hand)
            self._end = hand.point_l0
            self.changed.emit()
        return True

    def move(self, hand: Hand) -> bool:
        if not self._vertices:
            return False
        self._end = hand.point_l0
        self.changed.emit()
        return True

    def release(self, hand: Hand) -> bool:
        # A line may be dragged as well, from one end to the other.
        if not self._closed and len(self._vertices) == 1 and apart_view(self._vertices[0], hand) > DRAG_VIEW:
            self._vertices.append(hand)
            self._finish()
        return True

    def double_click(self, hand: Hand) -> bool:
        self._finish()
        return True

    def key_press(self, key: Qt.Key) -> bool:
        if not self._vertices:
            return False
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._finish()
        elif key in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            self._vertices.pop()
            self.changed.emit()
        else:
            return False
        return True

    def cancel(self) -> bool:
        begun = bool(self._vertices)
        self._vertices, self._end = [], None
        self.changed.emit()
        return begun

    def _finish(self) -> None:
        places = [(each.point_l0.x, each.point_l0.y) for each in self._vertices]
        self.cancel()
        places = [each for number, each in enumerate(places) if number == 0 or each != places[number - 1]]
        if len(set(places)) < (3 if self._closed else 2):
            return
        geometry = shapely.Polygon(places) if self._closed else shapely.LineString(places)
        if self._closed and area_of(geometry) is None:
            return
        self.drawn.emit(self._shape, geometry)


class FreehandTool(DrawTool):
    """An outline drawn in one go while the button is held."""

    def __init__(self) -> None:
        super().__init__()
        self._places: list[tuple[float, float]] = []

    def draft(self) -> BaseGeometry | None:
        return shapely.LineString(self._places) if len(self._places) > 1 else None

    def press(self, hand: Hand) -> bool:
        self._places = [(hand.point_l0.x, hand.point_l0.y)]
        return True

    def move(self, hand: Hand) -> bool:
        if not self._places:
            return False
        self._places.append((hand.point_l0.x, hand.point_l0.y))
        self.changed.emit()
        return True

    def release(self, hand: Hand) -> bool:
        places = [*self._places, (hand.point_l0.x, hand.point_l0.y)]
        self.cancel()
        if len(set(places)) > 2:
            drawn = shapely.Polygon(places)
            tolerance_l0 = FREEHAND_TOLERANCE_VIEW * hand.l0_per_view
            outline = shapely.simplify(drawn, tolerance_l0, preserve_topology=True)
            if area_of(outline) is not None:
                self.drawn.emit(Shape.POLYGON, outline)
        return True

    def cancel(self) -> bool:
        begun = bool(self._places)
        self._places = []
        self.changed.emit()
        return begun


class PointTool(DrawTool):
    """A point at each click."""

    def draft(self) -> BaseGeometry | None:
        return None

    def press(self, hand: Hand) -> bool:
        self.drawn.emit(Shape.POINT, shapely.Point(hand.point_l0.x, hand.point_l0.y))
        return True

    def double_click(self, hand: Hand) -> bool:
        return self.press(hand)


def apart_view(one: Hand, other: Hand) -> float:
    """View px between two places of the hand."""
    return math.hypot(one.point_view.x - other.point_view.x, one.point_view.y - other.point_view.y)


def paint_draft(painter: QPainter, frame: DeviceFrame, geometry: BaseGeometry, colour: Colour) -> None:
    """A geometry that is being made: its outline on a dark rim, its vertices as dots while they are few."""
    own = QColor(*colour)
    is_area = geometry.geom_type in ("Polygon", "MultiPolygon")
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for ring in rings_of(geometry):
        points = [QPointF(x, y) for x, y in frame.all_to_device(ring)]
        polygon = QPolygonF(points)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen_colour, width in ((_RIM, 4.0), (own, 2.0)):
            painter.setPen(QPen(pen_colour, width * frame.ratio))
            if is_area:
                painter.drawPolygon(polygon)
            else:
                painter.drawPolyline(polygon)
        if len(points) <= 200:
            painter.setPen(QPen(_RIM, frame.ratio))
            painter.setBrush(theme.TEXT)
            for point in points:
                painter.drawEllipse(point, 3 * frame.ratio, 3 * frame.ratio)
    painter.restore()
