"""Notices: whatever makes the picture less than it seems is said, once, with its weight."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.state.notices import Weight, notices_of
from app.state.run_state import Run, RunPhase
from app.state.session import native_magnification
from inference.engine.messages import ScanDone
from inference.slides.frames import Mpp, SizeL0
from inference.slides.slide import Level, SlideInfo

INFO = SlideInfo(
    path=Path("a.svs"),
    fingerprint="0" * 32,
    format="Aperio SVS",
    size_l0=SizeL0(1000, 800),
    levels=(Level(1000, 800, 1.0, 1.0),),
    mpp=Mpp.square(0.25),
    mpp_source="file",
)


def test_a_plain_slide_needs_no_words() -> None:
    assert notices_of(INFO, Run()) == ()
    assert notices_of(None, Run()) == ()


def test_synthetic_unknown_resolution_and_the_files_own_notices() -> None:
    info = replace(INFO, synthetic=True, mpp=None, notices=("Not H&E.", "Not H&E."))
    texts = [notice.text for notice in notices_of(info, Run())]
    assert len(texts) == 3
    assert texts[0].startswith("Synthetic slide")
    assert texts[1].startswith("Resolution unknown")
    assert texts[2] == "Not H&E."


def test_unreadable_tiles_and_cells_without_a_number() -> None:
    done = ScanDone("r", 1.0, resumed_tiles=0, unreadable_tiles=1, nan_cells=1200)
    notices = notices_of(INFO, Run(RunPhase.DONE, "r", done=done))
    assert [notice.weight for notice in notices] == [Weight.WARNING, Weight.ERROR]
    assert notices[0].text.startswith("1 tile could not be read")
    assert "1\u202f200 cells" in notices[1].text


def test_magnification_is_the_objectives_or_follows_from_the_resolution() -> None:
    assert native_magnification(INFO) == 40
    assert native_magnification(replace(INFO, objective_power=20.0)) == 20
    assert native_magnification(replace(INFO, mpp=None)) is None


def test_a_sentence_that_several_say_is_said_once() -> None:
    texts = [notice.text for notice in notices_of(replace(INFO, notices=("A.",)), Run(), more=("A.", "B."))]
    assert texts == ["A.", "B."]
