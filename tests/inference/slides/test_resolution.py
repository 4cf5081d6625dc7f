"""Which resolution is believed."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from inference.errors import MissingMppError, SlideError
from inference.slides.frames import Mpp, SizeL0
from inference.slides.resolution import require_mpp, settle_resolution
from inference.slides.slide import Level, SlideInfo


def test_what_the_file_states_is_used_on_both_axes() -> None:
    assert settle_resolution((0.25, 0.26), given=None) == (Mpp(0.25, 0.26), "file", ())


@pytest.mark.parametrize("stated", [352.8, 264.6, 84.7, 0.0, -0.25, 0.01, math.inf, math.nan])
def test_what_no_microscope_makes_is_not_believed(stated: float) -> None:
    mpp, source, notices = settle_resolution((stated, 0.25), given=None)
    assert (mpp, source) == (None, "missing")
    assert "no microscope" in notices[0]


def test_silence_is_missing_without_a_notice() -> None:
    assert settle_resolution(None, given=None) == (None, "missing", ())


def test_the_users_word_overrides_and_a_contradiction_is_said() -> None:
    mpp, source, notices = settle_resolution((0.5, 0.5), given=Mpp.square(0.25))
    assert (mpp, source) == (Mpp.square(0.25), "given")
    assert "0.5" in notices[0] and "0.25" in notices[0]
    assert settle_resolution((0.2501, 0.25), given=Mpp.square(0.25))[2] == ()


@pytest.mark.parametrize("given", [0.0, -1.0, math.nan, math.inf, 300.0])
def test_an_impossible_given_value_is_refused(given: float) -> None:
    with pytest.raises(SlideError, match=r"not possible.*e.g. 0.25"):
        settle_resolution((0.5, 0.5), given=Mpp.square(given))


def test_missing_resolution_advises_window_and_command_line() -> None:
    info = SlideInfo(Path("x.svs"), "0" * 32, "test", SizeL0(1, 1), (Level(1, 1, 1.0, 1.0),), None, "missing")
    with pytest.raises(MissingMppError) as caught:
        require_mpp(info)
    assert caught.value.exit_code == 3
    assert "--mpp 0.25 for a 40x" in caught.value.advice and "x.svs" in caught.value.where
