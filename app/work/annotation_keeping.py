"""Annotations of a slide's case file: read, and every step kept; run these on one ordered thread."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto

from inference.results.annotation import AnnotationClass
from inference.results.annotation_document import AnnotationDocument, Edit
from inference.results.annotation_store import AnnotationStore
from inference.results.case_file import CaseFile, default_case_path
from inference.slides.slide import SlideInfo


class Step(Enum):
    """What the user did with an edit."""

    DO = auto()
    UNDO = auto()
    REDO = auto()


def read_document(fingerprint: str) -> AnnotationDocument:
    """The document as last committed; a slide without a case file has an empty one. Raises CaseFileError."""
    path = default_case_path(fingerprint)
    if not path.exists():
        return AnnotationDocument()
    with CaseFile.open(path, fingerprint=fingerprint) as case:
        return AnnotationStore(case).load()


def keep_step(
    info: SlideInfo, step: Step, edit: Edit, *, last_id: int, classes: Sequence[AnnotationClass]
) -> None:
    """Keeps one step, committed to the disk when this returns. Raises CaseFileError.

    Args:
        edit: what the document's `do`, `undo` or `redo` answered.
        last_id, classes: as the document had them right after it.
    """
    with CaseFile.open(default_case_path(info.fingerprint), fingerprint=info.fingerprint) as case:
        store = AnnotationStore(case)
        if step is Step.UNDO:
            store.record_undo(edit, classes=classes)
        elif step is Step.REDO:
            store.record_redo(edit, classes=classes)
        else:
            # An export or another machine needs to know the slide without having it.
            if info.mpp is not None and case.mpp() is None:
                case.record_mpp(info.mpp, source=info.mpp_source)
            case.record_size(info.size_l0)
            store.record_step(edit, last_id=last_id, classes=classes)
