"""The annotations on the slide view: what is painted of them, which is under the hand, halo, handles and name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import shapely
from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from app.canvas import theme
from app.canvas.annotation_shapes import AnnotationShapes, rings_of
from app.canvas.device_frame import DeviceFrame
from app.canvas.view_painter import ViewPainter
from app.state.viewport import PointView, Viewport
from inference.results.annotation import Annotation, Colour
from inference.results.annotation_edit import handles_of
from inference.slides.frames import PointL0, RegionL0

REACH_VIEW = 6.0
"""View px: how near to a line or point a click has to be."""
MOST_HALOES = 300
"""More selected ones than this show no halo of their own; the list marks them."""
MOST_HANDLES = 2000
"""An outline with more vertices on show gets no handles: they would cover it."""
MOST_PLACES = 8
"""After an edit of more annotations everything is painted anew."""
MOST_PUT = 2000
"""More that change at once are all read anew, which is quicker than one by one."""
_LABEL_PX = 12


class AnnotationCanvas(QObject):
    """Belongs to a `SlideView`, which lends it its painter.

    Attributes:
        shapes: the annotations of the slide on show; to be changed by the methods here only.
    """

    def __init__(
        self,
        painter: ViewPainter,
        repaint: Callable[[RegionL0 | None], None],
        ask: Callable[[], None],
    ) -> None:
        super().__init__()
        self.shapes = AnnotationShapes()
        self._painter = painter
        self._repaint = repaint
        self._ask = ask
        self._l0_per_view = 1.0
        self._selected: tuple[tuple[Annotation, Colour], ...] = ()
        self._label: tuple[str, PointL0] | None = None
        self._frame: tuple[str, RegionL0] | None = None

    def show(self, annotations: Sequence[tuple[Annotation, Colour]], *, hidden: frozenset[int]) -> None:
        """Other annotations, as of another slide."""
        self.shapes = AnnotationShapes()
        self.shapes.replace_all(annotations, hidden=hidden)
        self._painter.layers.annotations = self.shapes
        self._repaint(None)

    def change(self, gone: Sequence[Annotation], come: Sequence[tuple[Annotation, Colour]]) -> None:
        """Takes annotations out and puts others in; only where they lie is painted anew."""
        for annotation in gone:
            self.shapes.remove(annotation.id)
        for annotation, colour in come:
            self.shapes.put(annotation, colour)
        bounds = [each.geometry.bounds for each in (*gone, *(annotation for annotation, _ in come))]
        if len(bounds) > MOST_PLACES:
            self._repaint(None)
            return
        for left, top, right, bottom in bounds:
            # Dots and lines reach beyond their place by so much on the screen, at any zoom.
            self._repaint(self._grown(RegionL0(left, top, right - left, bottom - top)))

    def set_hidden(self, hidden: frozenset[int]) -> None:
        """Hides exactly these ids."""
        if self.shapes.set_hidden(hidden):
            self._repaint(None)

    def set_selected(self, selected: Sequence[tuple[Annotation, Colour]]) -> None:
        """Those with a halo; one alone has handles."""
        self._selected = tuple(selected[:MOST_HALOES])
        self._ask()

    def set_label(self, text: str, point_l0: PointL0 | None) -> None:
        """A name beside the hand; None for none."""
        label = None if point_l0 is None or not text else (text, point_l0)
        if label != self._label:
            self._label = label
            self._ask()

    def set_frame(self, text: str, region_l0: RegionL0 | None) -> None:
        """A dashed frame with a name around a part of the slide that something else shows; None for none."""
        frame = None if region_l0 is None else (text, region_l0)
        if frame != self._frame:
            self._frame = frame
            self._ask()

    def is_frame_at(self, point_l0: PointL0, l0_per_view: float) -> bool:
        """Whether a place lies on the frame's line."""
        if self._frame is None:
            return False
        region, reach = self._frame[1], REACH_VIEW * l0_per_view
        line = shapely.box(region.x, region.y, region.x + region.width, region.y + region.height).exterior
        return float(shapely.distance(line, shapely.Point(point_l0.x, point_l0.y))) <= reach

    def id_at(self, point_l0: PointL0, l0_per_view: float) -> int | None:
        """The annotation under a place, None if they are not shown."""
        if not self._painter.layers.look.show_annotations:
            return None
        return self.shapes.id_at(point_l0, REACH_VIEW * l0_per_view)

    def is_under(self, point_view: PointView, viewport: Viewport) -> bool:
        """Whether a click there would hit one."""
        return self.id_at(viewport.to_l0(point_view), viewport.downsample) is not None

    def shapes_inside(self, region_l0: RegionL0) -> list[int]:
        """The annotations on show that lie wholly in a region."""
        return self.shapes.ids_inside(region_l0)

    def paint(self, painter: QPainter, frame: DeviceFrame, *, font: QFont) -> None:
        """Paints over the slide and all layers, in device px."""
        self._l0_per_view = frame.downsample * frame.ratio
        if self._painter.layers.look.show_annotations:
            for annotation, colour in self._selected:
                _paint_halo(painter, frame, annotation, colour)
            if len(self._selected) == 1:
                _paint_handles(painter, frame, self._selected[0][0])
        if self._frame is not None:
            _paint_frame(painter, frame, *self._frame, font=font)
        if self._label is not None:
            _paint_label(painter, frame, *self._label, font=font)

    def _grown(self, region_l0: RegionL0) -> RegionL0:
        """With room for what reaches beyond the outline on the screen."""
        by = 12 * self._l0_per_view
        return RegionL0(
            region_l0.x - by, region_l0.y - by, region_l0.width + 2 * by, region_l0.height + 2 * by
        )


def _paint_halo(painter: QPainter, frame: DeviceFrame, annotation: Annotation, colour: Colour) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    is_point = annotation.geometry.geom_type in ("Point", "MultiPoint")
    for pen_colour, width in ((QColor(255, 255, 255), 6.0), (QColor(*colour), 3.0)):
        painter.setPen(QPen(pen_colour, width * frame.ratio))
        for ring in rings_of(annotation.geometry):
            points = [QPointF(x, y) for x, y in frame.all_to_device(ring)]
            polygon = QPolygonF(points)
            if is_point:
                for point in points:
                    painter.drawEllipse(point, 7 * frame.ratio, 7 * frame.ratio)
            elif annotation.is_area:
                painter.drawPolygon(polygon)
            else:
                painter.drawPolyline(polygon)
    painter.restore()


def _paint_handles(painter: QPainter, frame: DeviceFrame, annotation: Annotation) -> None:
    if annotation.locked:
        return
    xy = frame.all_to_device(handles_of(annotation))
    inside = (xy > -10).all(axis=1) & (xy < (frame.width + 10, frame.height + 10)).all(axis=1)
    if inside.sum() > MOST_HANDLES:
        return
    side = 7 * frame.ratio
    painter.save()
    painter.setPen(QPen(QColor(0, 0, 0, 180), frame.ratio))
    painter.setBrush(QColor(255, 255, 255))
    for x, y in xy[inside]:
        painter.drawRect(QRectF(x - side / 2, y - side / 2, side, side))
    painter.restore()


def _paint_frame(
    painter: QPainter, frame: DeviceFrame, text: str, region_l0: RegionL0, *, font: QFont
) -> None:
    left, top = region_l0.x, region_l0.y
    right, bottom = left + region_l0.width, top + region_l0.height
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    polygon = QPolygonF([QPointF(x, y) for x, y in frame.all_to_device(corners)])
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    # White dashes on a dark line are seen on glass and on tissue.
    painter.setPen(QPen(QColor(0, 0, 0, 150), 3 * frame.ratio))
    painter.drawPolygon(polygon)
    painter.setPen(QPen(QColor(255, 255, 255), 1.5 * frame.ratio, Qt.PenStyle.DashLine))
    painter.drawPolygon(polygon)
    painter.restore()
    _paint_label(painter, frame, text, PointL0(left, top), font=font)


def _paint_label(painter: QPainter, frame: DeviceFrame, text: str, point_l0: PointL0, *, font: QFont) -> None:
    x, y = frame.to_device(point_l0)
    ratio = frame.ratio
    label_font = theme.font_of(font, pixels=round(_LABEL_PX * ratio), weight=QFont.Weight.DemiBold)
    metrics = QFontMetricsF(label_font)
    width, height = metrics.horizontalAdvance(text) + 12 * ratio, metrics.height() + 4 * ratio
    # Right below the hand; at the view's edge on its other side.
    left = x + 14 * ratio if x + 14 * ratio + width < frame.width else x - 14 * ratio - width
    top = y + 16 * ratio if y + 16 * ratio + height < frame.height else y - 10 * ratio - height
    box = QRectF(left, top, width, height)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.GLASS)
    painter.drawRoundedRect(box, 4 * ratio, 4 * ratio)
    painter.setPen(theme.TEXT)
    painter.setFont(label_font)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()
