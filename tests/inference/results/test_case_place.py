from __future__ import annotations

from pathlib import Path

import pytest

from inference.errors import CaseFileError
from inference.results.case_file import CaseFile
from inference.results.case_place import (
    find_case,
    find_slide,
    fingerprint_of_case,
    open_case,
    save_copy,
)
from inference.slides.frames import SizeL0
from inference.slides.open_slide import open_slide
from tests.support.make_slide import textured, write_pyramid


def fingerprint_of(path: Path) -> str:
    opened = open_slide(path)
    opened.close()
    return opened.info.fingerprint


@pytest.fixture
def slide(tmp_path: Path) -> Path:
    path = tmp_path / "here" / "slide.tif"
    path.parent.mkdir()
    return write_pyramid(path, textured(64, 64), factors=(1,))


@pytest.fixture
def case(tmp_path: Path, slide: Path) -> Path:
    path = tmp_path / "cases" / "a.case"
    with CaseFile.open(path, fingerprint=fingerprint_of(slide)) as opened:
        opened.record_size(SizeL0(3, 4))
    return path


def test_a_case_knows_its_slide_wherever_both_went(slide: Path, case: Path, tmp_path: Path) -> None:
    moved = tmp_path / "there" / "renamed.tif"
    moved.parent.mkdir()
    slide.rename(moved)
    assert find_slide(fingerprint_of_case(case), (slide.parent, tmp_path / "no such", moved.parent)) == moved
    assert find_slide(fingerprint_of_case(case), (slide.parent,)) is None


def test_a_copy_of_a_case_in_use_is_one_whole_file(slide: Path, case: Path) -> None:
    target = slide.parent / "copy.case"
    with open_case(case):
        save_copy(case, target)
    assert find_case(fingerprint_of(slide), slide.parent) == target
    assert {path.name for path in slide.parent.iterdir()} == {"slide.tif", "copy.case"}
    with open_case(target) as opened:
        assert opened.size_l0() == SizeL0(3, 4)


def test_a_copy_that_cannot_be_written_harms_nothing(case: Path, tmp_path: Path) -> None:
    for target in (case, tmp_path / "no folder" / "a.case"):
        with pytest.raises(CaseFileError):
            save_copy(case, target)
    with open_case(case) as opened:
        assert opened.size_l0() == SizeL0(3, 4)


@pytest.mark.parametrize("content", [b"", b"text", b"SQLite format 3\x00" + b"\xff" * 100])
def test_other_files_are_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.case"
    path.write_bytes(content)
    with pytest.raises(CaseFileError):
        fingerprint_of_case(path)
    assert path.read_bytes() == content
