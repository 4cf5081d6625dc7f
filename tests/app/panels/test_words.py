"""What the panels say: numbers with units, small shares, states of a scan."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.panels.progress_pill import progress_words
from app.panels.status_line import place_text, zoom_text
from app.panels.tray_row import chip_of
from app.panels.words import counted, duration, micrometres, percent, roughly
from app.state.run_state import Run, RunPhase, after, started_run
from app.state.tray_list import TraySlide
from inference.engine.messages import ScanProgress, ScanStage
from inference.slides.frames import Mpp, PointL0
from tests.support.started import STARTED


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.42, "0.4 s"), (41.2, "41 s"), (119, "119 s"), (150, "2 min"), (9000, "2.5 h")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "5 s"), (36, "40 s"), (60, "60 s"), (61, "2 min"), (1501, "26 min"), (7201, "2.5 h")],
)
def test_what_is_only_judged_is_rounded_up(seconds: float, text: str) -> None:
    assert roughly(seconds) == text


def test_counts_shares_and_resolutions() -> None:
    assert counted(1, "tile") == "1 tile"
    assert counted(12345, "tile") == "12\u202f345 tiles"
    assert (percent(0.004), percent(0.62), percent(0), percent(1)) == ("0.4 %", "62 %", "0 %", "100 %")
    assert micrometres(Mpp.square(0.25)) == "0.25 µm/px"
    assert micrometres(Mpp(0.25, 0.5)) == "0.25 × 0.5 µm/px"


def test_the_status_line_measures_in_um_and_says_px_where_it_cannot() -> None:
    point = PointL0(99264, 36816)
    assert place_text(point, Mpp.square(0.25)) == "x 24\u202f816  y 9\u202f204 µm"
    assert place_text(point, None).endswith(" px")
    assert place_text(None, None) == ""
    assert zoom_text(10.0, 3.88, Mpp.square(0.25)) == "10× · 0.97 µm/px"
    assert zoom_text(None, 4.0, None) == "1 : 4"
    assert zoom_text(None, None, None) == ""


def test_the_pill_tells_stage_then_device_speed_and_time_left() -> None:
    run = after(started_run("run-1"), ScanStage("run-1", "Finding tissue"))
    assert progress_words(run, slide="") == ("Finding tissue…", "")
    run = after(run, STARTED)
    assert progress_words(run, slide="") == ("Scanning on CUDA (torch), float32", "measuring speed")
    run = after(run, ScanProgress("run-1", 10, 100, 1.62, 41.3))
    assert progress_words(run, slide="other") == (
        "Scanning other on CUDA (torch), float32",
        "1.6 Mpx/s · 41 s left",
    )


@pytest.mark.parametrize("phase", list(RunPhase))
def test_every_phase_has_its_chip(phase: RunPhase) -> None:
    text, weight = chip_of(TraySlide(Path("a.svs")), Run(phase))
    assert text
    assert weight in ("", "good", "warn", "bad")
