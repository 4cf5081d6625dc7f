"""Label and macro image are read on request, and not where they claim to be larger than any."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inference.errors import SlideError
from inference.slides import associated
from inference.slides.associated import read_associated
from tests.support.aperio_slide import write_aperio
from tests.support.make_slide import textured

LABEL = textured(60, 80, seed=3)


@pytest.fixture
def slide(tmp_path: Path) -> Path:
    return write_aperio(
        tmp_path / "slide.svs", textured(600, 700), told={"AppMag": "20", "MPP": "0.5"}, label=LABEL
    )


def test_both_are_read_as_they_are_stored(slide: Path) -> None:
    for name in ("label", "macro"):
        assert np.array_equal(read_associated(slide, name), LABEL)


def test_a_claim_beyond_the_limit_is_refused_before_it_is_decoded(
    slide: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(associated, "MAX_PIXELS", 80 * 60)
    assert read_associated(slide, "label").shape == LABEL.shape
    monkeypatch.setattr(associated, "MAX_PIXELS", 80 * 60 - 1)
    with pytest.raises(SlideError, match=r"claims 80 x 60 px.*slide\.svs"):
        read_associated(slide, "label")
