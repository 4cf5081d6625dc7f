"""Annotations, classes and edits as bytes in a case file, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import orjson
import shapely

from inference.results.annotation import Annotation, AnnotationClass, Kind, Shape
from inference.results.annotation_document import Change, ClassChange, Edit


def annotation_record(annotation: Annotation) -> dict[str, Any]:
    """As JSON values; the geometry is well-known binary in hexadecimal, so that no digit is lost."""
    return {
        "id": annotation.id,
        "shape": annotation.shape.value,
        "geometry": shapely.to_wkb(annotation.geometry, hex=True),
        "class": annotation.class_name,
        "name": annotation.name,
        "note": annotation.note,
        "kind": annotation.kind.value,
        "colour": annotation.colour,
        "locked": annotation.locked,
        # JSON has no NaN.
        "measurements": [
            [name, None if math.isnan(value) else value] for name, value in annotation.measurements
        ],
        "metadata": annotation.metadata,
    }


def annotation_of(record: Mapping[str, Any]) -> Annotation:
    """The annotation of a record. Raises ValueError, KeyError, TypeError or a shapely error for another."""
    return Annotation(
        id=record["id"],
        shape=Shape(record["shape"]),
        geometry=shapely.from_wkb(record["geometry"]),
        class_name=record["class"],
        name=record["name"],
        note=record["note"],
        kind=Kind(record["kind"]),
        colour=None if record["colour"] is None else (*record["colour"],),
        locked=record["locked"],
        measurements=tuple(
            (name, math.nan if value is None else value) for name, value in record["measurements"]
        ),
        metadata=tuple((name, text) for name, text in record["metadata"]),
    )


def edit_bytes(edit: Edit) -> bytes:
    """The whole edit, enough to undo and to redo it."""
    return orjson.dumps(
        {
            "label": edit.label,
            "changes": [
                [None if each is None else annotation_record(each) for each in (change.before, change.after)]
                for change in edit.changes
            ],
            "classes": [
                [None if each is None else _class_record(each) for each in (change.before, change.after)]
                for change in edit.class_changes
            ],
        }
    )


def edit_of(data: bytes) -> Edit:
    """The edit that `edit_bytes` wrote."""
    record = orjson.loads(data)
    return Edit(
        record["label"],
        tuple(
            Change(*(None if each is None else annotation_of(each) for each in pair))
            for pair in record["changes"]
        ),
        tuple(
            ClassChange(*(None if each is None else class_of(each) for each in pair))
            for pair in record["classes"]
        ),
    )


def class_of(record: Mapping[str, Any]) -> AnnotationClass:
    """The class of a record."""
    red, green, blue = record["colour"]
    return AnnotationClass(record["name"], (red, green, blue), record["key"])


def _class_record(annotation_class: AnnotationClass) -> dict[str, Any]:
    return {"name": annotation_class.name, "colour": annotation_class.colour, "key": annotation_class.key}
