"""The region whose rotation stability is on show: its pixels and annotations in the card, its frame on the slide."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from app.canvas.annotation_shapes import AREA, AnnotationShapes
from app.main_window import MainWindow
from app.single_shot import single_shot
from app.state.session import Session
from app.state.slide_entry import SlideEntry
from app.state.stability_run import StabilityRun
from app.state.value_state import ValueState
from app.work.stability_picture import region_picture
from app.work.task import Tasks
from inference.errors import EquiscopeError
from inference.results.annotation import Annotation
from inference.results.stability_maps import StabilityMaps
from inference.results.tumour_cells import tumour_cells, tumour_within
from inference.slides.frames import PointL0
from inference.slides.slide import RgbImage

REST_MS = 150
"""Annotations rest for so long before they are drawn anew: a brush changes them with every move."""
MOST_LINES = 500
"""More outlines in a region would cover it; the largest are drawn."""
AROUND = 1.15
"""The region fills the view but for a rim."""
FRAME_NAME = "Rotation stability"
PICTURES = "app.panels.stability_panel"
"""What draws the maps takes half a second to load, on another thread while the engine begins."""

if TYPE_CHECKING:
    from app.panels.stability_plots import Line


class StabilityRegionDesk(QObject):
    """Connects the card and the slide view where the region lies."""

    def __init__(
        self,
        window: MainWindow,
        *,
        session: Session,
        state: ValueState[StabilityRun],
        tasks: Tasks,
        applied: ValueState[bool],
    ) -> None:
        """`applied` says whether colours are shown as profiles mean them."""
        super().__init__()
        self._window, self._session, self._tasks = window, session, tasks
        self._state, self._applied = state, applied
        self._card, self._view = window.side.stability, window.view
        self._shown: StabilityMaps | None = None
        self._run_id = ""
        self._timer = single_shot(self, REST_MS, self._show_annotations)
        self._card.regionWanted.connect(self._go_there)
        self._card.folded.connect(lambda _: self._show_frame())
        self._view.placeClicked.connect(self._on_place_clicked)
        for signal in (session.annotationsChanged, session.pickedChanged):
            signal.connect(lambda *_: self._timer.start())
        session.slideChanged.connect(self._show_frame)
        state.changed.connect(self._on_run)
        applied.changed.connect(lambda _: self._read_picture())

    def _on_run(self, run: StabilityRun) -> None:
        if run.run_id and run.run_id != self._run_id:
            self._run_id = run.run_id
            self._tasks.run_task(
                partial(importlib.import_module, PICTURES), done=lambda _: None, failed=lambda _: None
            )
        # The card knows the region once it shows its first maps.
        maps = run.maps if run.turns_done else None
        if maps is not self._shown:
            self._shown = maps
            self._show_frame()
            if maps is not None:
                self._read_picture()
                self._timer.start()
                if self._card.is_open and not self._window.side.underMouse():
                    # Its maps have just made the card longer than it was when it was brought into sight.
                    self._window.side.show_card(self._card)

    def _entry(self) -> SlideEntry | None:
        """The slide of the region, if it is the one on show."""
        current = self._session.current
        return current if current is not None and current.path == self._state.value.slide else None

    def _read_picture(self) -> None:
        maps, path = self._shown, self._state.value.slide
        if maps is None:
            return

        def show(picture: RgbImage) -> None:
            if maps is self._shown:
                self._card.show_region(picture)

        def give_up(_error: EquiscopeError) -> None:
            """The region stays grey; the view itself tells of a slide that cannot be read."""

        self._tasks.run_task(
            partial(region_picture, path, maps, with_profile=self._applied.value), done=show, failed=give_up
        )

    def _show_annotations(self) -> None:
        """The outlines as the slide shows them, and the cells inside tumour once they are counted."""
        maps, entry = self._shown, self._entry()
        if maps is None or entry is None:
            return
        lines = _lines_of(self._view.annotations.shapes, maps)
        document = entry.annotations.document
        annotations = () if document is None else document.in_order()

        def show(found: tuple[NDArray[np.bool_], bool]) -> None:
            if maps is self._shown:
                inside, has_tumour = found
                self._card.show_annotations(lines, inside, has_tumour=has_tumour)

        self._tasks.run_task(partial(_tumour_in, maps, annotations), done=show, failed=lambda _: None)

    def _show_frame(self) -> None:
        """On the slide while the card shows the region."""
        maps = self._shown if self._card.is_open and self._entry() is not None else None
        self._view.annotations.set_frame(FRAME_NAME, None if maps is None else maps.region_l0)

    def _on_place_clicked(self, point_l0: PointL0) -> None:
        if self._view.annotations.is_frame_at(point_l0, self._view.viewport.downsample):
            self._window.side.show_card(self._card)

    def _go_there(self) -> None:
        maps, view = self._shown, self._view
        if maps is None or self._entry() is None:
            return
        region, viewport = maps.region_l0, view.viewport
        downsample = AROUND * max(region.width / viewport.width_view, region.height / viewport.height_view)
        view.fly_to(PointL0(region.x + region.width / 2, region.y + region.height / 2), downsample)


def _tumour_in(maps: StabilityMaps, annotations: Sequence[Annotation]) -> tuple[NDArray[np.bool_], bool]:
    """(rows, columns) inside tumour, and whether any annotation of tumour reaches into the region."""
    inside = tumour_cells(
        annotations,
        row=maps.row,
        column=maps.column,
        rows=maps.rows,
        columns=maps.columns,
        stride_x_l0=maps.stride_x_l0,
        stride_y_l0=maps.stride_y_l0,
    )
    return inside, tumour_within(annotations, maps.region_l0)


def _lines_of(shapes: AnnotationShapes, maps: StabilityMaps) -> list[Line]:
    """The outlines on show in the region, in its cells."""
    rows = shapes.within(maps.region_l0)
    left, top, right, bottom = shapes.bounds_l0[rows].T
    largest = np.argsort(-(right - left) * (bottom - top), kind="stable")[:MOST_LINES]
    lines: list[Line] = []
    for row in rows[largest].tolist():
        rgb = int(shapes.rgb[row])
        colour = rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255
        for ring in shapes.rings(row):
            points = ring / (maps.stride_x_l0, maps.stride_y_l0) - (maps.column, maps.row)
            lines.append((np.vstack([points, points[:1]]) if shapes.kind[row] == AREA else points, colour))
    return lines
