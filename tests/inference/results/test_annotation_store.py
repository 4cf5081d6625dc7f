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

from inference.errors import CaseFileError, OtherJournalError
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
for steps in range(1, int(sys.argv[2]) + 1):
    # Forked, as a new interpreter would take longer than the edits.
    child = os.fork()
    if child == 0:
        case = CaseFile.open(Path(sys.argv[1]) / f"{steps}.case", fingerprint="0123456789abcdef" * 2)
        store = AnnotationStore(case)
        document, random = store.load(), Random(SEED)
        for step in range(steps):
            act(document, random, store)
        os.kill(os.getpid(), 9)
    assert os.waitpid(child, 0)[1] == 9
"""
SEED = 11
"""Of a sequence of 15 steps with draws, moves, locks, classes, undos and redos."""


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a matter of Unix")
def test_kill_9_after_each_of_15_edits_loses_nothing_committed(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-c", KILLED.replace("SEED", str(SEED)), str(tmp_path), "15"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
    )
    expected, random = AnnotationDocument(), Random(SEED)
    undos = redos = 0
    for steps in range(1, 16):
        before = expected.undo_label, expected.redo_label
        act(expected, random)
        undos += expected.redo_label is not None and before[1] is None
        redos += expected.redo_label is None and before[1] is not None
        with CaseFile.open(tmp_path / f"{steps}.case", fingerprint=FINGERPRINT) as case:
            document = AnnotationStore(case).load()
        assert state_of(document) == state_of(expected)
        assert (document.undo_label, document.redo_label) == (expected.undo_label, expected.redo_label)
    assert undos and redos, "a sequence without undo and redo tests half"


def test_an_edit_written_twice_is_kept_once(tmp_path: Path) -> None:
    with CaseFile.open(tmp_path / "a.case", fingerprint=FINGERPRINT) as case:
        store = AnnotationStore(case)
        document = store.load()
        edit = document.do(document.adding([FULL], label="Draw"))
        for _ in range(2):
            store.record(edit, document)
        back = document.undo()
        assert back is not None
        for _ in range(2):
            store.record_undo(back, classes=document.classes)
        again = document.redo()
        assert again is not None
        for _ in range(2):
            store.record_redo(again, classes=document.classes)
        assert [(label, state) for _, label, state in store.history()] == [("Draw", "done")]
        assert store.load().in_order() == document.in_order()


def test_a_step_that_does_not_follow_on_the_journal_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    with CaseFile.open(tmp_path / "a.case", fingerprint=FINGERPRINT) as case:
        store = AnnotationStore(case)
        first, second = store.load(), store.load()
        kept = store.load()
        store.record(kept.do(kept.adding([FULL], label="Kept")), kept)
        # One that knows nothing of it, and one whose first edit was lost.
        with pytest.raises(OtherJournalError):
            store.record(first.do(first.adding([FULL, FULL], label="Other")), first)
        second.do(second.adding([FULL], label="Lost"))
        second.do(second.adding([FULL], label="Lost as well"))
        third = second.do(second.adding([FULL], label="Third"))
        with pytest.raises(OtherJournalError, match="moved away or replaced"):
            store.record(third, second)
        back = second.undo()
        assert back is not None
        with pytest.raises(OtherJournalError):
            store.record_undo(back, classes=second.classes)
        assert [(label, state) for _, label, state in store.history()] == [("Kept", "done")]
        assert store.load().in_order() == kept.in_order()


def test_opening_a_case_decodes_no_edit(tmp_path: Path) -> None:
    with CaseFile.open(tmp_path / "a.case", fingerprint=FINGERPRINT) as case:
        store = AnnotationStore(case)
        document = store.load()
        for label in ("First", "Second"):
            store.record(document.do(document.adding([FULL], label=label)), document)
        back = document.undo()
        assert back is not None
        store.record_undo(back, classes=document.classes)
        with case.database.transaction() as connection:
            connection.execute("UPDATE edits SET edit = 'none of JSON'")
        again = store.load()
        assert (again.undo_label, again.redo_label) == ("First", "Second")
        with pytest.raises(ValueError):
            again.undo()
