"""Candidates: finds them when a scan ends, lists those above the threshold, walks and flies to them."""

from __future__ import annotations

from bisect import bisect_right
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.single_shot import single_shot
from app.state.candidate_order import Shown
from app.state.candidate_sizes import candidate_sizes_l0
from app.state.candidate_table import CandidateTable
from app.state.layers import LOWEST_THRESHOLD, LayersState
from app.state.session import Session
from app.state.slide_entry import SlideEntry
from app.work.task import Tasks
from inference.errors import EquiscopeError
from inference.results.candidates import Candidate, find_candidates
from inference.results.heatmap import Heatmap

FLY_MAGNIFICATION = 10.0
"""The model's own magnification: what it saw is what is shown."""
FLY_DOWNSAMPLE = 4.0
"""The same where the slide's magnification is unknown; right for a 40x scan, and never far off."""
RADIUS_MS = 120
"""A slider rests for so long before candidates are found anew: a large slide takes a second."""


class CandidateControl(QObject):
    """Keeps table and selection in step with heatmap and threshold.

    Signals:
        flightWanted: a `PointL0` and the downsample to show it at.
        found: the `SlideEntry` whose candidates were found, and whether a scan of it has just ended.
    """

    flightWanted = Signal(object, float)
    found = Signal(object, bool)

    def __init__(self, session: Session, layers: LayersState, table: CandidateTable, tasks: Tasks) -> None:
        super().__init__()
        self._session = session
        self._layers = layers
        self._table = table
        self._tasks = tasks
        self._threshold = layers.value.chosen.threshold
        self._radius_timer = single_shot(self, RADIUS_MS, self._find_as_wanted)
        for signal in (session.slideChanged, session.candidatesChanged):
            signal.connect(self._radius_timer.start)
        layers.changed.connect(self._on_layers_changed)
        session.candidatesChanged.connect(self.refresh)
        session.infoChanged.connect(self.refresh)
        session.stabilityChanged.connect(self.refresh)
        session.reviewsChanged.connect(self._on_reviews_changed)

    def find(self, entry: SlideEntry, *, is_scanned: bool = True) -> None:
        """Finds the candidates of a slide's heatmap, down to the lowest threshold that can be set.

        A higher threshold only shortens the list, so moving the threshold later finds nothing anew.

        Args:
            is_scanned: whether a scan has just ended; False where only the radius is another one.
        """
        layer = entry.layer
        if layer is None:
            return
        heatmap = layer.heatmap
        still = Heatmap(heatmap.values.copy(), heatmap.stride_x_l0, heatmap.stride_y_l0, heatmap.origin_l0)
        radius_cells = self._session.radius_cells
        self._tasks.run_task(
            lambda: find_candidates(still, threshold=LOWEST_THRESHOLD, radius_cells=radius_cells),
            done=partial(self._on_found, entry, layer, radius_cells, is_scanned),
            failed=_unexpected,
        )

    def set_radius(self, cells: int) -> None:
        """Finds the candidates anew, of cells within so many of each other only the most probable."""
        self._session.radius_cells = cells
        self._radius_timer.start()

    def _find_as_wanted(self) -> None:
        """Those of the slide on show, unless they were found in this way already."""
        entry = self._session.current
        if entry is not None and entry.candidates and entry.radius_cells != self._session.radius_cells:
            self.find(entry, is_scanned=False)

    def select(self, index: int) -> None:
        """Selects a candidate of the slide on show and flies there."""
        entry = self._session.current
        if entry is None or not 0 <= index < len(entry.candidates):
            return
        entry.select(index)
        downsample = self._session.magnification_downsample(FLY_MAGNIFICATION) or FLY_DOWNSAMPLE
        self.flightWanted.emit(entry.candidates[index].point_l0, downsample)

    def step(self, by: int) -> None:
        """Selects the next (1) or previous (-1) candidate of the list; stops at its ends."""
        entry, count = self._session.current, self._table.rowCount()
        if entry is None or count == 0:
            return
        row = None if entry.selected is None else self._table.row_of(entry.selected)
        if row is None:
            self.select_row(0 if by > 0 else count - 1)
        else:
            self.select_row(min(max(row + by, 0), count - 1))

    def select_row(self, row: int) -> None:
        """Selects the candidate of a row of the list and flies there."""
        if 0 <= row < self._table.rowCount():
            self.select(self._table.index_at(row))

    def set_shown(self, shown: Shown) -> None:
        """Lists all candidates or those of one mark; a selected one that is not among them is not selected any more."""
        self._table.set_shown(shown)
        self._select_listed()

    def seek(self, text: str) -> None:
        """Lists those that a search finds; a selected one that is not among them is not selected any more."""
        self._table.seek(text)
        self._select_listed()

    def _select_listed(self) -> None:
        entry = self._session.current
        if entry is not None and entry.selected is not None and self._table.row_of(entry.selected) is None:
            entry.select(None)

    def clear_selection(self) -> None:
        """Selects nothing."""
        if self._session.current is not None:
            self._session.current.select(None)

    def refresh(self) -> None:
        """Fills the table with the candidates above the threshold."""
        entry = self._session.current
        if entry is None or entry.layer is None:
            self._table.show((), np.zeros((0, 2)), np.zeros(0, np.uint8), mpp=None)
            return
        shown = above(entry.candidates, self._threshold)
        sizes_l0 = candidate_sizes_l0(entry.layer.heatmap, shown, threshold=self._threshold)
        if entry.selected is not None and entry.selected >= len(shown):
            entry.select(None)
        entry.reviews.set_listed(len(shown))
        known, _words = entry.scan_stability()
        stability = None if known is None else known.of_candidates(shown)
        self._table.show(
            shown,
            sizes_l0,
            entry.reviews.codes,
            mpp=entry.info.mpp,
            notes=entry.reviews.notes,
            stability=stability,
            threshold=self._threshold,
        )

    def _on_reviews_changed(self) -> None:
        entry = self._session.current
        if entry is not None:
            self._table.set_marks(entry.reviews.codes, entry.reviews.notes)

    def _on_layers_changed(self) -> None:
        threshold = self._layers.value.chosen.threshold
        if threshold != self._threshold:
            self._threshold = threshold
            self.refresh()

    def _on_found(
        self,
        entry: SlideEntry,
        layer: object,
        radius_cells: int,
        is_scanned: bool,
        candidates: tuple[Candidate, ...],
    ) -> None:
        if entry.layer is not layer:
            return
        if radius_cells == self._session.radius_cells:
            entry.radius_cells = radius_cells
            entry.set_candidates(candidates)
            self.found.emit(entry, is_scanned)
        elif is_scanned:
            # The radius was moved meanwhile, and nobody else finds the first candidates of a scan.
            self.find(entry)


def above(candidates: tuple[Candidate, ...], threshold: float) -> tuple[Candidate, ...]:
    """The candidates at or above a threshold; they come first, as the list falls."""
    # Probabilities are float32 and are compared as such, as when candidates are found and cells painted.
    lowest = float(np.float32(threshold))
    return candidates[: bisect_right(candidates, -lowest, key=lambda each: -each.probability)]


def _unexpected(error: EquiscopeError) -> None:
    """Finding candidates reads nothing and cannot fail; should it, the mistake must be seen."""
    raise error
