from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from inference.errors import CaseFileError
from inference.results.annotation import STANDARD_CLASSES, Annotation, Kind, Shape
from inference.results.annotation_document import AnnotationDocument
from inference.results.annotation_store import AnnotationStore
from inference.results.case_file import CaseFile
from tests.support.edits import SEQUENCES, act, state_of

FINGERPRINT = "0123456789abcdef" * 2

FULL = Annotation(
    0,
    Shape.POLYGON,
    shapely.MultiPolygon([shapely.box(0.123456789, 0, 1, 1), shapely.box(2, 2, 3, 3)]),
    "Tumor",
    name="näme",
    note="line\nline",
    kind=Kind.CELL,
    colour=(1, 2, 3),
    locked=True,
    measurements=(("Area", 1.5), ("odd", math.nan)),
    metadata=(("k", "v"),),
)


def test_an_empty_case_has_the_standard_classes(tmp_path: Path) -> None:
    with CaseFile.open(tmp_path / "a.case", fingerprint=FINGERPRINT) as case:
        document = AnnotationStore(case).load()
    assert document.in_order() == () and set(document.classes) == set(STANDARD_CLASSES)


def test_every_part_of_an_annotation_comes_back(tmp_path: Path) -> None:
    with CaseFile.open(tmp_path / "a.case", fingerprint=FINGERPRINT) as case:
        store = AnnotationStore(case)
        document = store.load()
        store.record(document.do(document.adding([FULL], label="Import")), document)
    with CaseFile.open(tmp_path / "a.case", fingerprint=FINGERPRINT) as case:
        again = AnnotationStore(case).load()
    assert again.in_order() == document.in_order()


@SEQUENCES
@given(seed=st.integers(0, 2**32))
def test_a_reopened_case_undoes_and_redoes_like_the_one_that_stayed_open(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    path, random = tmp_path_factory.mktemp("case") / "a.case", Random(seed)
    with CaseFile.open(path, fingerprint=FINGERPRINT) as case:
        store = AnnotationStore(case)
        document = store.load()
        for _ in range(12):
            act(document, random, store)
    with CaseFile.open(path, fingerprint=FINGERPRINT) as case:
        again = AnnotationStore(case).load()
    assert again.next_id == document.next_id
    for step in (AnnotationDocument.undo, AnnotationDocument.redo):
        while True:
            assert state_of(again) == state_of(document)
            if step(document) is None:
                assert step(again) is None
                break
            step(again)


def test_dropped_edits_stay_in_the_history(tmp_path: Path) -> None:
    with CaseFile.open(tmp_path / "a.case", fingerprint=FINGERPRINT) as case:
        store = AnnotationStore(case)
        document = store.load()
        store.record(document.do(document.adding([FULL], label="First")), document)
        back = document.undo()
        assert back is not None
        store.record_undo(back, classes=document.classes)
        store.record(document.do(document.adding([FULL], label="Second")), document)
        assert [(label, state) for _, label, state in store.history()] == [
            ("First", "dropped"),
            ("Second", "done"),
        ]


def test_a_damaged_record_is_told_in_a_sentence(tmp_path: Path) -> None:
    with CaseFile.open(tmp_path / "a.case", fingerprint=FINGERPRINT) as case:
        with case.database.transaction() as connection:
            connection.execute("INSERT INTO annotations VALUES (1, '{}')")
        with pytest.raises(CaseFileError, match="cannot be right"):
            AnnotationStore(case).load()


KILLED = """
import os, sys
from pathlib import Path
from random import Random
from inference.results.annotation_store import AnnotationStore
from inference.results.case_file import CaseFile
from tests.support.edits import act
path, steps = Path(sys.argv[1]), int(sys.argv[2])
case = CaseFile.open(path, fingerprint="0123456789abcdef" * 2)
store = AnnotationStore(case)
document, random = store.load(), Random(11)
for step in range(steps):
    act(document, random, store)
os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a matter of Unix")
@pytest.mark.parametrize("steps", [1, 2, 5, 13])
def test_kill_9_after_an_edit_loses_nothing_committed(tmp_path: Path, steps: int) -> None:
    path = tmp_path / "a.case"
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), str(steps)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert ended.returncode == -9
    expected, random = AnnotationDocument(), Random(11)
    for _ in range(steps):
        act(expected, random)
    with CaseFile.open(path, fingerprint=FINGERPRINT) as case:
        document = AnnotationStore(case).load()
    assert state_of(document) == state_of(expected)
    assert document.undo_label == expected.undo_label
