"""A slide's entry: what it knows holds for the resolution it was computed at, and no other."""

from __future__ import annotations

import dataclasses

from PySide6.QtWidgets import QApplication

from app.state.heatmap_layer import HeatmapLayer
from app.state.run_state import Run, RunPhase, started_run
from app.state.slide_entry import SlideEntry
from app.state.slide_stability import SlideStability
from inference.slides.frames import Mpp
from tests.support.fake_slide import FakeSlide
from tests.support.started import STARTED


def _scanned() -> SlideEntry:
    entry = SlideEntry(FakeSlide(mpp=0.25).info)
    entry.set_layer(HeatmapLayer.empty(rows=4, columns=5, stride_x_l0=124.416, stride_y_l0=124.416))
    entry.set_run(Run(RunPhase.DONE, "run-1"))
    return entry


def test_another_resolution_takes_the_heatmap_of_the_old_one_away(qapp: QApplication) -> None:
    entry = _scanned()
    entry.set_info(dataclasses.replace(entry.info, mpp=Mpp.square(0.5), mpp_source="given"))
    assert entry.layer is None
    assert entry.run == Run()


def test_another_resolution_takes_the_stability_away_also_of_a_slide_never_scanned(
    qapp: QApplication,
) -> None:
    entry = SlideEntry(FakeSlide(mpp=0.25).info)
    entry.set_stability(
        SlideStability(
            model="M", model_sha256="ab", turns=4, rows=4, columns=5, stride_x_l0=124.416, stride_y_l0=124.416
        )
    )
    entry.set_info(dataclasses.replace(entry.info, mpp=Mpp.square(0.5), mpp_source="given"))
    assert entry.stability is None


def test_the_same_resolution_leaves_everything(qapp: QApplication) -> None:
    entry = _scanned()
    layer = entry.layer
    entry.set_info(dataclasses.replace(entry.info, notices=("A notice.",)))
    assert entry.layer is layer
    assert entry.run.phase is RunPhase.DONE


def test_a_scan_under_way_is_not_taken_away(qapp: QApplication) -> None:
    # Its events would have nowhere to go; the window does not ask for a resolution during a scan.
    entry = _scanned()
    entry.set_run(started_run("run-2"))
    entry.set_info(dataclasses.replace(entry.info, mpp=Mpp.square(0.5), mpp_source="given"))
    assert entry.layer is not None
    assert entry.run.run_id == "run-2"


def test_stability_is_that_of_the_scan_on_show_or_says_why_not(qapp: QApplication) -> None:
    entry = _scanned()
    assert entry.scan_stability() == (None, "not computed")
    started = dataclasses.replace(STARTED, rows=4, columns=5, model_sha256="ab")
    entry.set_run(dataclasses.replace(entry.run, started=started))
    known = SlideStability(
        model="M", model_sha256="ab", turns=4, rows=4, columns=5, stride_x_l0=124.416, stride_y_l0=124.416
    )
    entry.set_stability(known)
    assert entry.scan_stability() == (known.layer, "4 angles")
    entry.set_run(dataclasses.replace(entry.run, started=dataclasses.replace(started, model_sha256="cd")))
    assert entry.scan_stability() == (None, "of another model (M)")
    entry.set_run(dataclasses.replace(entry.run, started=started))
    entry.set_layer(HeatmapLayer.empty(rows=3, columns=5, stride_x_l0=124.416, stride_y_l0=124.416))
    assert entry.scan_stability() == (None, "computed on other cells")
