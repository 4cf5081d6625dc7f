"""Random editing of an annotation document, for hypothesis and for processes that are killed at it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from random import Random

import shapely
from hypothesis import settings

from inference.results.annotation import Annotation, AnnotationClass, Shape
from inference.results.annotation_document import AnnotationDocument, ClassChange, Edit
from inference.results.annotation_store import AnnotationStore

SEQUENCES = settings(max_examples=500 if os.environ.get("EQUISCOPE_THOROUGH") else 30, deadline=None)
"""How many random edit sequences are tried; EQUISCOPE_THOROUGH=1 tries 500."""


def random_edit(document: AnnotationDocument, random: Random) -> Edit:
    """An edit that fits the document; it may come out empty."""
    ids = sorted(document.annotations)
    some = random.sample(ids, random.randint(0, min(3, len(ids))))
    choices: list[Callable[[], Edit]] = [
        lambda: document.adding(
            [_random_annotation(random) for _ in range(random.randint(1, 3))], label="Draw"
        ),
        lambda: document.removing(some),
        lambda: document.changing(some, lambda each: each.moved(random.uniform(-9, 9), 1.0), label="Move"),
        lambda: document.changing(
            some, lambda each: replace(each, locked=not each.locked), label="Lock", locked=True
        ),
        lambda: document.changing(some, lambda each: replace(each, class_name="Stroma"), label="Class"),
        lambda: _class_edit(document, random),
    ]
    return random.choice(choices)()


def act(document: AnnotationDocument, random: Random, store: AnnotationStore | None = None) -> None:
    """One step of a user: mostly edits, at times undo or redo; recorded in the store, if there is one."""
    step = random.random()
    if step < 0.2:
        back = document.undo()
        if back is not None and store is not None:
            store.record_undo(back, classes=document.classes)
    elif step < 0.35:
        again = document.redo()
        if again is not None and store is not None:
            store.record_redo(again, classes=document.classes)
    else:
        edit = document.do(random_edit(document, random))
        if store is not None:
            store.record(edit, document)


def state_of(document: AnnotationDocument) -> tuple[object, ...]:
    """All that makes two documents the same to a user."""
    return document.in_order(), document.classes


def _random_annotation(random: Random) -> Annotation:
    x, y, size = random.uniform(0, 1e5), random.uniform(0, 1e5), random.uniform(1, 500)
    hole = shapely.box(x + size / 4, y + size / 4, x + size / 2, y + size / 2)
    shape, geometry = random.choice(
        [
            (Shape.POINT, shapely.Point(x, y)),
            (Shape.RECTANGLE, shapely.box(x, y, x + size, y + size)),
            (Shape.POLYGON, shapely.box(x, y, x + size, y + size).difference(hole)),
            (Shape.LINE, shapely.LineString([(x, y), (x + size, y)])),
        ]
    )
    return Annotation(0, shape, geometry, random.choice(["", "Tumor"]), name=f"n{random.randint(0, 9)}")


def _class_edit(document: AnnotationDocument, random: Random) -> Edit:
    old = random.choice([None, *document.classes])
    new = AnnotationClass(f"Class {random.randint(0, 99)}", (random.randint(0, 255), 0, 0))
    if document.class_named(new.name) is not None:
        return Edit("Class", ())
    return Edit("Class", class_changes=(ClassChange(old, new),))
