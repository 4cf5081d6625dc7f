"""Annotation files into a case: one edit a file, which the user can undo, with the classes that the file brings."""

from __future__ import annotations

from pathlib import Path

from inference.importing.found import ImportResult
from inference.importing.read_annotations import read_annotations
from inference.results.annotation import AnnotationClass, free_colour
from inference.results.annotation_document import AnnotationDocument, ClassChange, Edit
from inference.results.annotation_store import AnnotationStore
from inference.results.case_file import CaseFile
from inference.slides.slide import SlideInfo


def import_edit(document: AnnotationDocument, result: ImportResult) -> Edit:
    """The edit that adds what was read; classes the case already has keep their colour."""
    added = document.adding(result.annotations, label=f"Import {result.read} from {result.path.name}")
    names = dict.fromkeys([*result.classes, *(each.class_name for each in result.annotations)])
    new = [name for name in names if name and document.class_named(name) is None]
    known = len(document.classes)
    classes = tuple(
        ClassChange(None, AnnotationClass(name, result.classes.get(name, free_colour(known + n))))
        for n, name in enumerate(new)
    )
    return Edit(added.label, added.changes, classes)


def import_into_case(case_path: Path, info: SlideInfo, file: Path) -> ImportResult:
    """Reads a file and commits it to a slide's case. Raises AnnotationError, CaseFileError."""
    result = read_annotations(file)
    with CaseFile.open(case_path, fingerprint=info.fingerprint) as case:
        if info.mpp is not None and case.mpp() is None:
            case.record_mpp(info.mpp, source=info.mpp_source)
        case.record_size(info.size_l0)
        store = AnnotationStore(case)
        document = store.load()
        if result.annotations:
            store.record(document.do(import_edit(document, result)), document)
    return result
