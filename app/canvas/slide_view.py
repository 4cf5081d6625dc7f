"""The slide viewer's widget: shows a slide with its layers and lets the hand move about it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QCloseEvent, QColor, QImage, QPainter, QPaintEvent, QTransform
from PySide6.QtWidgets import QWidget

from app.canvas import theme
from app.canvas.annotation_canvas import AnnotationCanvas
from app.canvas.candidate_points import CandidateLike, CandidatePoints, candidate_at
from app.canvas.device_frame import DeviceFrame
from app.canvas.display_pyramid import is_on_slide
from app.canvas.heatmap_image import HeatmapImage
from app.canvas.image_pixels import drop_kept_images
from app.canvas.layer_look import LayerLook
from app.canvas.navigated_widget import NavigatedWidget
from app.canvas.overlays import Overlays
from app.canvas.paint_marks import RING_RADIUS
from app.canvas.paint_view import Layers, paint_thumbnail
from app.canvas.repaint_pacer import RepaintPacer
from app.canvas.shared_tiles import SharedTiles
from app.canvas.tile_loader import READER_THREADS
from app.canvas.tile_supply import TileSupply
from app.canvas.view_painter import ViewPainter
from app.single_shot import single_shot
from app.state.viewport import PointView, Viewport
from inference.priority import urgent
from inference.slides.frames import Mpp, PointL0, RegionL0
from inference.slides.slide import Slide

REST_MS = 100
"""Without motion for so long the view rests: it is painted smooth and the ring around it is read ahead."""


class SlideView(NavigatedWidget):
    """Shows an open slide, its heatmap and its candidates.

    The view never opens or closes a slide. `slideReleased` says when its readers are done with one that was
    replaced; after `stop` returned True that holds for all of them. Call `stop` before the program ends.

    Signals:
        viewportChanged: the new `Viewport`.
        cursorMoved: the `PointL0` under the cursor, None off the slide.
        candidateClicked: the index of a candidate.
        placeClicked: the `PointL0` of any other click.
        rested: the `Viewport` that nothing has moved for a moment.
        settled: every tile that the view wants is painted and nothing moves.
        slideReleased: a `Slide` that may be closed.
        thumbnailArrived: a `QImage` of the whole slide, once its coarsest level was read.
        storageChanged: the `StorageState` of the slide's storage.
    """

    viewportChanged = Signal(object)
    cursorMoved = Signal(object)
    candidateClicked = Signal(int)
    placeClicked = Signal(object)
    rested = Signal(object)
    settled = Signal()
    slideReleased = Signal(object)
    thumbnailArrived = Signal(object)
    storageChanged = Signal(object)

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        animated: bool = True,
        cache_bytes: int | None = None,
        reader_threads: int = READER_THREADS,
        beside: SlideView | None = None,
    ) -> None:
        """`beside` is another view of the same slide and place, whose tiles this one shows instead of reading any."""
        super().__init__(parent, animated=animated)
        # Every pixel is painted anew, so Qt need not clear them first.
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Slide")
        self._slide: Slide | None = None
        self._mpp: Mpp | None = None
        self._painter = ViewPainter()
        self._settled = False
        self._motion.moved.connect(self._on_moved)
        self._motion.rested.connect(self._on_rested)
        self._navigation.clicked.connect(self._on_clicked)
        self._supply: TileSupply | SharedTiles = (
            TileSupply(budget_bytes=cache_bytes, threads=reader_threads)
            if beside is None
            else SharedTiles(beside._supply)
        )
        self._supply.tileArrived.connect(self._on_tile_arrived)
        self._supply.overviewArrived.connect(self._on_overview_arrived)
        self._supply.slideReleased.connect(self.slideReleased)
        self._supply.storageChanged.connect(self.storageChanged)
        self.overlays = Overlays(self)
        self.overlays.minimap.placeChosen.connect(self._on_place_chosen)
        self._pacer = RepaintPacer(self)
        self._pacer.due.connect(self._on_frame_due)
        self.annotations = AnnotationCanvas(self._painter, self._repaint, self._pacer.ask)
        self._rest_timer = single_shot(self, REST_MS, self._on_rested)
        self._navigation.letGo.connect(self._rest_timer.start)
        self._settled_timer = single_shot(self, 0, self._on_settled_due)

    # What is shown

    @property
    def unreadable_tiles(self) -> int:
        """Display tiles of this slide found unreadable so far."""
        return len(self._supply.unreadable)

    def set_slide(self, slide: Slide | None, mpp: Mpp | None) -> None:
        """Shows an open slide whole, or nothing; heatmap and candidates of the one before go.

        Args:
            mpp: the resolution to measure by, None if unknown.
        """
        self._slide = slide
        self._supply.set_slide(slide)
        drop_kept_images()
        self._history.clear()
        self.clear_tool()
        self._painter.layers = Layers(look=self._painter.layers.look)
        size_l0 = slide.info.size_l0 if slide is not None else None
        self.overlays.minimap.set_slide(size_l0)
        self._motion.set_slide_size(size_l0)
        self.set_mpp(mpp)
        # Another slide is no motion: every reader brings its first picture.
        self._rest_timer.stop()
        self._on_moved(self.viewport)

    def set_mpp(self, mpp: Mpp | None) -> None:
        """Another resolution for the same slide, as when the user gives it."""
        self._mpp = self._painter.layers.mpp = mpp
        self._refresh_overlays()
        self._repaint()

    def set_profile_applied(self, applied: bool) -> None:
        """Whether colours are shown as the slide's colour profile means them; they are at first."""
        self._supply.set_profile_applied(applied)
        self._repaint()

    def set_heatmap(self, heatmap: HeatmapImage | None) -> None:
        """The heatmap to lay over the slide; after changing its values call `repaint_heatmap`."""
        self._painter.layers.heatmap = heatmap
        self._refresh_overlays()
        self._repaint()

    def repaint_heatmap(self, region_l0: RegionL0 | None = None) -> None:
        """Paints changed cells: a region, or all."""
        self._repaint(region_l0)

    def set_layers(self, look: LayerLook) -> None:
        """Which layers are painted, and how."""
        if look != self._painter.layers.look:
            self._painter.layers.look = look
            self._supply.set_adjustment(look.adjustment)
            self._refresh_overlays()
            self._repaint()

    def set_model_name(self, name: str) -> None:
        """The model named in the legend."""
        self.overlays.legend.set_model(name)
        self._refresh_overlays()

    def set_candidates(self, candidates: Sequence[CandidateLike]) -> None:
        """The candidates to mark; none is selected."""
        self._painter.layers.candidates, self._painter.layers.selected = CandidatePoints.of(candidates), None
        self._repaint()

    def set_candidate_codes(self, codes: NDArray[np.uint8]) -> None:
        """The marks of the candidates: places in `theme.MARKS`; of other candidates they are ignored."""
        points = self._painter.layers.candidates
        if len(codes) == len(points) and not np.array_equal(codes, points.codes):
            self._painter.layers.candidates = points.with_codes(codes)
            self._repaint()

    def set_selected_candidate(self, index: int | None) -> None:
        """The candidate to mark as selected. Raises IndexError for one that does not exist."""
        if index is not None and not 0 <= index < len(self._painter.layers.candidates):
            raise IndexError(f"no candidate {index} among {len(self._painter.layers.candidates)}")
        self._painter.layers.selected = index
        self._repaint()

    def set_overlays_visible(self, visible: bool) -> None:
        """Shows or hides minimap, scale bar and legend."""
        self.overlays.set_wanted(visible)
        self._refresh_overlays()

    def set_thumbnail(self, image: QImage) -> None:
        """A picture of the whole slide for the minimap, in place of the one made from its tiles."""
        self.overlays.minimap.set_thumbnail(image)

    def is_settled(self) -> bool:
        """Whether everything the view wants is painted and nothing moves."""
        return self._settled and not self._is_moving()

    def stop(self) -> bool:
        """Ends the reader threads; False if one still hangs in a read, and its slide must not be closed."""
        return self._supply.stop()

    # Reacting

    def _on_moved(self, viewport: Viewport) -> None:
        self._supply.want(self._motion.target, moving=self._is_in_motion())
        self._rest_timer.start()
        self._settled = False
        self._pacer.ask()
        self.viewportChanged.emit(viewport)
        self.on_cursor_moved()

    def _on_rested(self) -> None:
        if self._is_in_motion():
            return
        # A hand that holds the slide still sees it sharp as well.
        if not self._painter.is_smooth:
            self._repaint()
        is_held = self._navigation.is_dragging
        self._supply.want(self.viewport, ahead=not is_held)
        if self._slide is not None and not is_held:
            self._history.note(self.viewport)
            self.rested.emit(self.viewport)
        self._check_settled()

    def _on_tile_arrived(self, region_l0: RegionL0) -> None:
        self._repaint(region_l0)
        self._check_settled()

    def _on_overview_arrived(self) -> None:
        if self._slide is not None:
            image = paint_thumbnail(self._supply.plain_source, self._slide.info.size_l0)
            self.overlays.minimap.set_thumbnail(image)
            self.thumbnailArrived.emit(image)

    def _on_place_chosen(self, point_l0: PointL0) -> None:
        self._motion.jump(self.viewport.centred_on(point_l0))

    def _on_clicked(self, point_view: PointView) -> None:
        if (index := self._candidate_under(point_view)) is not None:
            self.candidateClicked.emit(index)
        else:
            self.placeClicked.emit(self.viewport.to_l0(point_view))

    def is_mark_under(self, point_view: PointView) -> bool:
        on_annotation = self.annotations.is_under(point_view, self.viewport)
        return on_annotation or self._candidate_under(point_view) is not None

    def _candidate_under(self, point_view: PointView) -> int | None:
        look, ratio = self._painter.layers.look, self.viewport.device_pixel_ratio
        if not look.show_candidates:
            return None
        return candidate_at(
            self._painter.layers.candidates,
            DeviceFrame.of(self.viewport),
            x_device=point_view.x * ratio,
            y_device=point_view.y * ratio,
            reach_device=(RING_RADIUS + 3) * ratio,
            threshold=look.threshold,
        )

    def on_tool_changed(self) -> None:
        self._pacer.ask()

    def colour_at(self, point_l0: PointL0) -> QColor | None:
        """The slide's own colour at a place on show; None while it is not read."""
        return self._supply.colour_at(point_l0, self.viewport)

    def on_cursor_moved(self) -> None:
        point_l0 = None if self._cursor_view is None else self.viewport.to_l0(self._cursor_view)
        on = point_l0 and self._slide and is_on_slide(point_l0, self._slide.info.size_l0)
        self.cursorMoved.emit(point_l0 if on else None)

    def _refresh_overlays(self) -> None:
        layers = self._painter.layers
        self.overlays.legend.set_look(layers.look, has_heatmap=layers.heatmap is not None)
        self.overlays.show_viewport(self.viewport, self._mpp)
        self.overlays.place(self.size())

    def _is_moving(self) -> bool:
        return self._navigation.is_dragging or self._is_in_motion()

    def _is_in_motion(self) -> bool:
        return self._motion.is_moving or self._rest_timer.isActive()

    # Painting

    def _on_frame_due(self) -> None:
        # Overlays are repainted together with what lies below them, so they follow the view at its pace.
        self.overlays.show_viewport(self.viewport, self._mpp)

    def _repaint(self, region_l0: RegionL0 | None = None) -> None:
        """Asks for a repaint of a level-0 region, or of all; nothing happens for a region out of view."""
        self._painter.mark_dirty(region_l0)
        if region_l0 is None:
            self._settled = False
            self._pacer.ask()
            return
        box, ratio = DeviceFrame.of(self.viewport).box_of(region_l0), self.viewport.device_pixel_ratio
        # Rounded outwards, and a px more for what interpolation carries over an edge.
        box_view = QRectF(box.x() / ratio, box.y() / ratio, box.width() / ratio, box.height() / ratio)
        shown = box_view.toAlignedRect().adjusted(-1, -1, 1, 1).intersected(self.rect())
        if not shown.isEmpty():
            self._settled = False
            self._pacer.ask(shown)

    def _check_settled(self) -> None:
        painted = self._painter.is_smooth and not self._pacer.is_pending
        still = painted and not self._settled and not self._is_moving()
        if still and self._supply.is_complete(self.viewport):
            self._settled = True
            self._settled_timer.start()

    def _on_settled_due(self) -> None:
        if self._settled:
            self.settled.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        self._pacer.begun()
        painter = QPainter(self)
        if self._slide is None:
            painter.fillRect(event.rect(), theme.GROUND)
        else:
            with urgent(self._is_in_motion()):
                self._paint_frame(painter, event, self._slide)
        painter.end()
        if self._painter.is_coming:
            self._pacer.ask()
        self._check_settled()

    def _paint_frame(self, painter: QPainter, event: QPaintEvent, slide: Slide) -> None:
        frame, exposed, ratio = DeviceFrame.of(self.viewport), event.rect(), self.viewport.device_pixel_ratio
        if ratio != 1:
            painter.scale(1 / ratio, 1 / ratio)
            exposed = QTransform.fromScale(ratio, ratio).mapRect(QRectF(exposed)).toAlignedRect()
        self._painter.paint(
            painter,
            frame,
            self._supply.source,
            level=self._supply.level_for(self.viewport),
            size_l0=slide.info.size_l0,
            exposed=exposed,
            moving=self._is_in_motion(),
            font=self.font(),
        )
        self.annotations.paint(painter, frame, font=self.font())
        if self.tool is not None:
            self.tool.paint(painter, frame, mpp=self._mpp, font=self.font())

    # Events

    def on_screen_changed(self) -> None:
        super().on_screen_changed()
        self._refresh_overlays()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.stop()
        super().closeEvent(event)
