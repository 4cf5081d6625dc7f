"""One slide of this session: its description, how its scan stands, its heatmap and candidates."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from app.state.heatmap_layer import HeatmapLayer
from app.state.review_marks import ReviewMarks
from app.state.run_state import Run
from app.state.slide_annotations import SlideAnnotations
from app.state.slide_stability import SlideStability
from inference.engine.live_messages import LivePreview
from inference.engine.messages import Scores
from inference.engine.slide_stability_messages import SlideStabilityBlock
from inference.results.candidates import DEFAULT_RADIUS_CELLS, Candidate
from inference.results.stability_layer import OTHER_CELLS, StabilityLayer, stability_words
from inference.slides.frames import RegionL0
from inference.slides.slide import SlideInfo


class SlideEntry(QObject):
    """Everything the window keeps of a slide while the session lasts, open or not.

    Signals:
        infoChanged, thumbnailChanged: the slide's description or picture.
        runChanged: how its scan stands.
        heatmapReplaced: another heatmap layer, or none.
        cellsChanged: the `RegionL0` in which the heatmap got values.
        stabilityChanged: its rotation stability came, grew or was completed.
        candidatesChanged, selectionChanged: its candidates, or the one selected.
    """

    infoChanged = Signal()
    thumbnailChanged = Signal()
    runChanged = Signal()
    heatmapReplaced = Signal()
    cellsChanged = Signal(object)
    stabilityChanged = Signal()
    candidatesChanged = Signal()
    selectionChanged = Signal()

    def __init__(self, info: SlideInfo, annotations: SlideAnnotations | None = None) -> None:
        """`annotations` are those of another copy of the same slide, which has the same case file."""
        super().__init__()
        self._info = info
        self.thumbnail: QImage | None = None
        self.run = Run()
        self.layer: HeatmapLayer | None = None
        self.stability: SlideStability | None = None
        self.candidates: tuple[Candidate, ...] = ()
        """All from the lowest threshold on, by falling probability; those above a threshold come first."""
        self.radius_cells = DEFAULT_RADIUS_CELLS
        """How near to each other only the most probable cell is a candidate."""
        self.reviews = ReviewMarks()
        self.annotations = SlideAnnotations() if annotations is None else annotations
        self.selected: int | None = None
        self.is_elsewhere = False
        """Whether another window has the slide: nothing may be written into its case file from here."""
        self.is_stuck = False
        """Whether the last changes could not be written: nothing more may be changed before they are."""

    @property
    def info(self) -> SlideInfo:
        """The slide's description."""
        return self._info

    @property
    def path(self) -> Path:
        """The slide's file."""
        return self._info.path

    def set_info(self, info: SlideInfo) -> None:
        """A new description of the same slide, as when its resolution was given.

        A heatmap belongs to the resolution that it was computed at: with another one it goes, unless its scan is
        still under way.
        """
        if info == self._info:
            return
        outdated = info.mpp != self._info.mpp and not self.run.is_active
        self._info = info
        if outdated:
            self.set_stability(None)
        if outdated and self.layer is not None:
            self.set_layer(None)
            self.set_run(Run())
        self.infoChanged.emit()

    def set_thumbnail(self, image: QImage) -> None:
        """A picture of the whole slide."""
        self.thumbnail = image
        self.thumbnailChanged.emit()

    def forget_thumbnail(self) -> None:
        """Its colours are no longer the ones shown; the next time it is on show there is another."""
        self.thumbnail = None
        self.thumbnailChanged.emit()

    def set_elsewhere(self, is_elsewhere: bool) -> None:
        """Whether another window has the slide."""
        if is_elsewhere != self.is_elsewhere:
            self.is_elsewhere = is_elsewhere
            self.infoChanged.emit()

    def set_stuck(self, is_stuck: bool) -> None:
        """Whether the last changes could not be written."""
        if is_stuck != self.is_stuck:
            self.is_stuck = is_stuck
            self.infoChanged.emit()

    def set_run(self, run: Run) -> None:
        """How the scan stands now."""
        if run != self.run:
            self.run = run
            self.runChanged.emit()

    def set_layer(self, layer: HeatmapLayer | None) -> None:
        """Another heatmap; its candidates are not known yet."""
        self.layer = layer
        self.radius_cells = DEFAULT_RADIUS_CELLS
        self.set_candidates(())
        self.heatmapReplaced.emit()

    def put_scores(self, scores: list[Scores]) -> None:
        """Writes blocks of probabilities. Raises ValueError for one that does not belong on the grid."""
        if self.layer is None or not scores:
            return
        regions_l0 = [self.layer.put(block) for block in scores]
        self.cellsChanged.emit(_around(regions_l0))

    def set_stability(self, stability: SlideStability | None) -> None:
        """Another computation of its rotation stability."""
        self.stability = stability
        self.stabilityChanged.emit()

    def put_stability(self, blocks: Sequence[SlideStabilityBlock]) -> None:
        """Takes blocks of its rotation stability. Raises ValueError for one off the grid."""
        if self.stability is not None and blocks:
            for block in blocks:
                self.cellsChanged.emit(self.stability.put(block))
            self.stabilityChanged.emit()

    def scan_stability(self) -> tuple[StabilityLayer | None, str]:
        """Its rotation stability where that is of the heatmap's model and cells; in words whose it is, or why not."""
        layer = None if self.stability is None else self.stability.layer
        scanned = None if self.run.started is None else self.run.started.model_sha256
        words = stability_words(layer, scanned)
        if layer is None or self.layer is None or layer.model_sha256 != scanned:
            return None, words
        return (layer, words) if layer.fits(self.layer.heatmap) else (None, OTHER_CELLS)

    def put_preview(self, preview: LivePreview) -> None:
        """Shows rough probabilities until those of a scan come. Raises ValueError for ones off the grid."""
        if self.layer is not None:
            self.cellsChanged.emit(self.layer.put_preview(preview))

    def set_candidates(self, candidates: tuple[Candidate, ...]) -> None:
        """The candidates of the heatmap; none is selected."""
        # First: whoever hears of other marks asks for that of the selected one.
        self.select(None)
        if candidates != self.candidates:
            self.candidates = candidates
            self.reviews.reset(candidates)
            self.candidatesChanged.emit()

    def select(self, index: int | None) -> None:
        """Selects a candidate by its index. Raises IndexError for one that does not exist."""
        if index is not None and not 0 <= index < len(self.candidates):
            raise IndexError(f"no candidate {index} among {len(self.candidates)}")
        if index != self.selected:
            self.selected = index
            self.selectionChanged.emit()


def _around(regions_l0: list[RegionL0]) -> RegionL0:
    """The rectangle around rectangles."""
    left, top = min(r.x for r in regions_l0), min(r.y for r in regions_l0)
    right = max(r.x + r.width for r in regions_l0)
    bottom = max(r.y + r.height for r in regions_l0)
    return RegionL0(left, top, right - left, bottom - top)
