from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from inference.results.annotation import Annotation, AnnotationClass, Shape
from inference.results.annotation_document import AnnotationDocument, Change, ClassChange, Edit
from tests.support.edits import SEQUENCES, act, random_edit, state_of


def box(x: float, **more: object) -> Annotation:
    return Annotation(0, Shape.RECTANGLE, shapely.box(x, 0, x + 10, 10), **more)  # type: ignore[arg-type]


@SEQUENCES
@given(seed=st.integers(0, 2**32), steps=st.integers(1, 40))
def test_undoing_all_and_redoing_all_gives_identical_documents(seed: int, steps: int) -> None:
    random, document = Random(seed), AnnotationDocument()
    start = state_of(document)
    for _ in range(steps):
        act(document, random)
    end = state_of(document)
    # What was undone on the way is redone at the end too, so the end is reached by as many redos as undos.
    undone = 0
    while document.undo() is not None:
        undone += 1
    assert state_of(document) == start
    for _ in range(undone):
        assert document.redo() is not None
    assert state_of(document) == end


@SEQUENCES
@given(seed=st.integers(0, 2**32))
def test_one_undo_takes_back_exactly_the_last_edit(seed: int) -> None:
    random, document = Random(seed), AnnotationDocument()
    for _ in range(5):
        document.do(random_edit(document, random))
    before = state_of(document)
    document.do(random_edit(document, random))
    document.undo()
    assert state_of(document) == before


def test_a_new_edit_ends_what_could_be_redone() -> None:
    document = AnnotationDocument()
    document.do(document.adding([box(0)], label="Draw"))
    document.undo()
    document.do(document.adding([box(1)], label="Draw another"))
    assert document.redo() is None and document.undo_label == "Draw another"


def test_ids_are_never_given_twice() -> None:
    document = AnnotationDocument()
    document.do(document.adding([box(0)], label="Draw"))
    document.undo()
    document.do(document.adding([box(1)], label="Draw"))
    assert list(document.annotations) == [2]


def test_locked_annotations_are_neither_removed_nor_changed() -> None:
    document = AnnotationDocument()
    document.do(document.adding([box(0, locked=True)], label="Draw"))
    assert document.removing([1]).changes == ()
    assert document.changing([1], lambda each: each.moved(1, 1), label="Move").changes == ()
    unlocking = document.changing([1], lambda each: replace(each, locked=False), label="Unlock", locked=True)
    assert len(unlocking.changes) == 1


def test_an_edit_of_something_else_is_refused_and_changes_nothing() -> None:
    document = AnnotationDocument()
    document.do(document.adding([box(0)], label="Draw"))
    before = state_of(document)
    stranger = replace(box(99), id=1)
    with pytest.raises(ValueError, match="annotation 1"):
        document.do(Edit("Move", (Change(stranger, stranger.moved(1, 1)),)))
    assert state_of(document) == before


def test_two_classes_may_swap_their_names() -> None:
    one, two = AnnotationClass("One", (1, 1, 1)), AnnotationClass("Two", (2, 2, 2))
    document = AnnotationDocument(classes=(one, two))
    swap = Edit(
        "Classes",
        class_changes=(
            ClassChange(one, replace(one, name="Two")),
            ClassChange(two, replace(two, name="One")),
        ),
    )
    document.do(swap)
    assert [each.colour for each in document.classes] == [(2, 2, 2), (1, 1, 1)]
    document.undo()
    assert document.classes == (one, two)
