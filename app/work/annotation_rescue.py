"""Annotations that no case file takes, saved as GeoJSON from what the window holds; importing it brings them back."""

from __future__ import annotations

from pathlib import Path

from inference.export.annotation_geojson import annotations_geojson
from inference.export.atomic import write_bytes
from inference.export.export_source import ExportSource
from inference.results.annotation import Annotation, AnnotationClass
from inference.slides.slide import SlideInfo


def save_annotations(
    path: Path, info: SlideInfo, annotations: tuple[Annotation, ...], classes: tuple[AnnotationClass, ...]
) -> None:
    """Writes all of a slide's annotations as an export would. Raises ExportError."""
    source = ExportSource(
        fingerprint=info.fingerprint,
        size_l0=info.size_l0,
        mpp=info.mpp,
        mpp_source=info.mpp_source,
        run=None,
        heatmap=None,
        candidates=(),
        annotations=annotations,
        classes={each.name: each for each in classes},
        threshold=1.0,
        synthetic=info.synthetic,
    )
    write_bytes(path, annotations_geojson(source))
