"""What an export is made from: one slide's results as frozen values, taken from its case file at one moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from inference.export.provenance import Provenance
from inference.results.annotation import UNCLASSIFIED_COLOUR, Annotation, AnnotationClass, Colour
from inference.results.annotation_measure import measurements_of
from inference.results.annotation_store import AnnotationStore
from inference.results.candidates import DEFAULT_RADIUS_CELLS, find_candidates
from inference.results.case_file import CaseFile
from inference.results.case_records import Review, ReviewedCandidate, Run, RunState
from inference.results.case_reviews import reviews_of
from inference.results.heatmap import Heatmap
from inference.results.stability_layer import NOT_COMPUTED, OTHER_CELLS, StabilityLayer, stability_words
from inference.results.stability_store import latest_for
from inference.slides.frames import Mpp, SizeL0
from inference.slides.slide import Slide


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExportSource:
    """One slide's results.

    Attributes:
        fingerprint, size_l0, mpp, mpp_source: of the slide; size and mpp None where not known.
        run, heatmap, candidates: of one scan; None, None, () where there is none.
        annotations, classes: all of the case or those selected, in the order made.
        unlisted_marks: how many marked cells of the run are none of the candidates.
        threshold, radius_cells: by which candidates, regions and shares are told.
        slide: open, where pixels are wanted and the slide is at hand.
        synthetic: the slide was drawn by a program.
        model_line: what the model's card says of itself in a sentence; "" where the model is not at hand.
        stability: rotation stability of the run's model on the heatmap's cells; None where there is none.
        stability_words: how it was computed, or why there is none.
    """

    fingerprint: str
    size_l0: SizeL0 | None
    mpp: Mpp | None
    mpp_source: str
    run: Run | None
    heatmap: Heatmap | None
    candidates: tuple[ReviewedCandidate, ...]
    annotations: tuple[Annotation, ...]
    classes: Mapping[str, AnnotationClass]
    threshold: float
    radius_cells: int = DEFAULT_RADIUS_CELLS
    slide: Slide | None = None
    synthetic: bool = False
    model_line: str = ""
    stability: StabilityLayer | None = None
    stability_words: str = NOT_COMPUTED
    unlisted_marks: int = 0

    @property
    def unlisted_words(self) -> str:
        """That marked candidates are missing from the list; "" where none is."""
        if not self.unlisted_marks:
            return ""
        one = self.unlisted_marks == 1
        return (
            f"{self.unlisted_marks:,} marked candidate{' is' if one else 's are'} not listed at this threshold "
            "and distance"
        )

    @property
    def provenance(self) -> Provenance:
        """What every file says of its making."""
        mpp = self.mpp if self.mpp is not None else Mpp.square(0.0)
        run = self.run
        return Provenance(
            slide_fingerprint=self.fingerprint,
            mpp=mpp,
            mpp_source=self.mpp_source,
            model=run.model if run is not None else "",
            model_sha256=run.model_sha256 if run is not None else "",
            settings=(dict(run.settings) if run is not None else {})
            | {"threshold": self.threshold, "nms_radius_cells": self.radius_cells},
            synthetic=self.synthetic,
        )

    def colour_of(self, annotation: Annotation) -> Colour:
        """In which an annotation is drawn: its own, its class's, or that of no class."""
        if annotation.colour is not None:
            return annotation.colour
        return self.class_colour(annotation.class_name)

    def class_colour(self, name: str) -> Colour:
        """Of a class by name."""
        known = self.classes.get(name)
        return known.colour if known is not None else UNCLASSIFIED_COLOUR

    @property
    def measure(self) -> Callable[[Annotation], dict[str, float]]:
        """Our measurements of an annotation."""
        return partial(
            measurements_of,
            mpp=self.mpp,
            heatmap=self.heatmap,
            threshold=self.threshold,
            stability=self.stability,
        )


def source_of_case(
    case: CaseFile,
    *,
    slide: Slide | None,
    threshold: float,
    radius_cells: int = DEFAULT_RADIUS_CELLS,
    run_id: int | None = None,
) -> ExportSource:
    """Reads a case; the run given, else the last finished one. Raises KeyError for an unknown run, CaseFileError."""
    run = case.run(run_id) if run_id is not None else case.latest_run(RunState.DONE)
    recorded = case.mpp()
    info = slide.info if slide is not None else None
    mpp, mpp_source = recorded if recorded is not None else (None, "missing")
    if info is not None and info.mpp is not None:
        mpp, mpp_source = info.mpp, info.mpp_source
    if run is not None and mpp is None and run.settings.get("mpp") is not None:
        mpp, mpp_source = Mpp(*run.settings["mpp"]), "given"
    heatmap = case.heatmap(run.id) if run is not None else None
    candidates: tuple[ReviewedCandidate, ...] = ()
    unlisted = 0
    if run is not None and heatmap is not None:
        marks = reviews_of(case, run.id)
        candidates = tuple(
            ReviewedCandidate(each, *marks.get((each.row, each.column), (Review.OPEN, "")))
            for each in find_candidates(heatmap, threshold=threshold, radius_cells=radius_cells)
        )
        listed = {(each.candidate.row, each.candidate.column) for each in candidates}
        unlisted = len(marks.keys() - listed)
    stability, words = _stability(case, run, heatmap)
    document = AnnotationStore(case).load()
    return ExportSource(
        fingerprint=case.fingerprint,
        size_l0=info.size_l0 if info is not None else case.size_l0(),
        mpp=mpp,
        mpp_source=mpp_source,
        run=run,
        heatmap=heatmap,
        candidates=candidates,
        annotations=document.in_order(),
        classes={each.name: each for each in document.classes},
        threshold=threshold,
        radius_cells=radius_cells,
        slide=slide,
        synthetic=info.synthetic if info is not None else False,
        stability=stability,
        stability_words=words,
        unlisted_marks=unlisted,
    )


def _stability(case: CaseFile, run: Run | None, heatmap: Heatmap | None) -> tuple[StabilityLayer | None, str]:
    """The stability computed with a run's model on its cells, and how; else why there is none."""
    at_mpp = run.settings.get("mpp") if run is not None else None
    if run is None or heatmap is None or at_mpp is None:
        return None, NOT_COMPUTED
    found = latest_for(case, mpp=tuple(at_mpp), model_sha256=run.model_sha256)
    layer = None if found is None else StabilityLayer.of_scan(case, found)
    words = stability_words(layer, run.model_sha256)
    if layer is None or found is None or layer.model_sha256 != run.model_sha256:
        return None, words
    if not layer.fits(heatmap):
        return None, OTHER_CELLS
    return layer, words if found.state is RunState.DONE else f"{words}, not finished"
