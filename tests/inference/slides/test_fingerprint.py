"""Fingerprints name content, not paths."""

from __future__ import annotations

from pathlib import Path

import pytest

from inference.slides.fingerprint import SAMPLE_BYTES, file_fingerprint


def test_equal_content_has_equal_fingerprints_wherever_it_lies(tmp_path: Path) -> None:
    for name in ("a.png", "b ü.tif"):
        (tmp_path / name).write_bytes(b"pixels" * 1000)
    first = file_fingerprint(tmp_path / "a.png")
    assert first == file_fingerprint(tmp_path / "b ü.tif")
    assert len(first) == 32 and int(first, 16) >= 0


@pytest.mark.parametrize("place", [0, 5 * SAMPLE_BYTES, 10 * SAMPLE_BYTES - 1])
def test_a_change_at_either_end_or_in_the_middle_shows(tmp_path: Path, place: int) -> None:
    content = bytearray(10 * SAMPLE_BYTES)
    path = tmp_path / "slide"
    path.write_bytes(content)
    before = file_fingerprint(path)
    content[place] = 1
    path.write_bytes(content)
    assert file_fingerprint(path) != before


def test_size_counts(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(10))
    (tmp_path / "b").write_bytes(bytes(11))
    assert file_fingerprint(tmp_path / "a") != file_fingerprint(tmp_path / "b")
