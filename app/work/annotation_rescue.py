"""What no case file takes, saved as files from what the window holds: annotations as GeoJSON, which importing brings
back, and marks with their notes as the table of candidates."""

from __future__ import annotations

from pathlib import Path

from inference.export.annotation_geojson import annotations_geojson
from inference.export.atomic import write_bytes
from inference.export.export_source import ExportSource
from inference.export.tables import candidates_table
from inference.results.annotation import Annotation, AnnotationClass
from inference.results.case_records import ReviewedCandidate
from inference.slides.slide import SlideInfo


def save_annotations(
    path: Path, info: SlideInfo, annotations: tuple[Annotation, ...], classes: tuple[AnnotationClass, ...]
) -> None:
    """Writes all of a slide's annotations as an export would. Raises ExportError."""
    source = _source(info, annotations=annotations, classes={each.name: each for each in classes})
    write_bytes(path, annotations_geojson(source))


def save_marks(path: Path, info: SlideInfo, marked: tuple[ReviewedCandidate, ...]) -> None:
    """Writes candidates with their marks and notes as an export would. Raises ExportError."""
    write_bytes(path, candidates_table(_source(info, candidates=marked)))


def _source(
    info: SlideInfo,
    *,
    candidates: tuple[ReviewedCandidate, ...] = (),
    annotations: tuple[Annotation, ...] = (),
    classes: dict[str, AnnotationClass] | None = None,
) -> ExportSource:
    return ExportSource(
        fingerprint=info.fingerprint,
        size_l0=info.size_l0,
        mpp=info.mpp,
        mpp_source=info.mpp_source,
        run=None,
        heatmap=None,
        candidates=candidates,
        annotations=annotations,
        classes=classes or {},
        threshold=1.0,
        synthetic=info.synthetic,
    )
