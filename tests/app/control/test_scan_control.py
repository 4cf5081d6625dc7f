"""Scan control: which events count, how often the heatmap is painted, what a bad block does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.control.scan_control import FLUSH_MS, ScanControl
from app.state.models import ModelChoice, ModelsState
from app.state.run_state import RunPhase
from app.state.session import Session
from app.state.slide_entry import SlideEntry
from app.work.engine_client import EngineClient
from inference.engine.messages import ScanDone, ScanProgress, ScanRequest, ScanStarted, Scores
from inference.errors import EquiscopeError
from tests.support.fake_slide import FakeSlide


class SilentEngine(EngineClient):
    """Starts no process; the test speaks for it."""

    def __init__(self) -> None:
        super().__init__(("nothing",))
        self.asked: list[ScanRequest] = []
        self.cancelled: list[str] = []

    def scan(self, request: ScanRequest) -> None:
        self.asked.append(request)

    def cancel(self, run_id: str) -> None:
        self.cancelled.append(run_id)


class Desk:
    """A scan control with all that it needs, a slide on show."""

    def __init__(self, slide: FakeSlide) -> None:
        self.engine, self.session, models = SilentEngine(), Session(), ModelsState()
        models.offer((ModelChoice("m", "M", 0.972),))
        self.control = ScanControl(self.session, models, self.engine)
        self.entry: SlideEntry = self.session.show(slide)
        self.errors: list[EquiscopeError] = []
        self.control.scanFailed.connect(self.errors.append)

    def say_started(self, run_id: str) -> None:
        self.engine.eventArrived.emit(
            ScanStarted(run_id, "f" * 32, "m", "M", "0" * 64, "CPU", "float32", 0.25, 0.25, "file", 10, 12, 124.4,
                        124.4, 120, 0.5, (), None, 1000, 800, False, {})
        )  # fmt: skip

    def say_scores(self, run_id: str, value: float, *, row: int = 0) -> None:
        self.engine.eventArrived.emit(Scores(run_id, row, 0, np.full((2, 3), value, np.float32)))


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    return Desk(FakeSlide(1500, 1200, factors=(1, 2)))


def test_the_request_names_slide_model_and_case_file(desk: Desk) -> None:
    desk.control.start()
    (request,) = desk.engine.asked
    assert request.model == "m"
    assert request.mpp is None
    assert request.case is not None
    assert Path(request.case).suffix == ".case"
    desk.control.start()
    assert len(desk.engine.asked) == 1


def test_blocks_and_progress_are_taken_in_at_ten_hertz(qtbot: QtBot, desk: Desk) -> None:
    desk.control.start()
    run_id, told, runs = desk.entry.run.run_id, [], []
    desk.say_started(run_id)
    desk.entry.cellsChanged.connect(told.append)
    desk.entry.runChanged.connect(lambda: runs.append(desk.entry.run))
    for number in range(50):
        desk.say_scores(run_id, number / 50, row=number % 8)
        desk.engine.eventArrived.emit(ScanProgress(run_id, number, 120, 1.0, 2.0))
    assert told == []
    qtbot.wait(3 * FLUSH_MS)
    assert len(told) == 1
    assert len(runs) == 1
    assert desk.entry.run.progress is not None
    assert desk.entry.run.progress.done_cells == 49
    assert desk.entry.layer is not None
    assert desk.entry.layer.computed_cells() == 9 * 3


def test_events_of_an_old_scan_are_dropped(desk: Desk) -> None:
    desk.control.start()
    first = desk.entry.run.run_id
    desk.say_started(first)
    desk.engine.engineKilled.emit(first)
    assert desk.entry.run.phase is RunPhase.CANCELLED
    desk.control.start()
    second = desk.entry.run.run_id
    assert second != first
    desk.say_scores(first, 0.5)
    desk.engine.eventArrived.emit(ScanDone(first, 1.0, 0, 0, 0))
    assert desk.entry.run.phase is RunPhase.STARTING
    assert desk.control.scanning is desk.entry


def test_what_came_last_is_in_the_heatmap_when_the_scan_ends(desk: Desk) -> None:
    desk.control.start()
    run_id, ended = desk.entry.run.run_id, []
    desk.control.scanEnded.connect(ended.append)
    desk.say_started(run_id)
    desk.say_scores(run_id, 0.25)
    desk.engine.eventArrived.emit(ScanDone(run_id, 1.0, 0, 0, 0))
    assert ended == [desk.entry]
    assert desk.entry.layer is not None
    assert desk.entry.layer.highest() == 0.25
    assert desk.control.scanning is None


@pytest.mark.parametrize(("value", "row"), [(1.5, 0), (0.5, 9)])
def test_numbers_that_are_no_heatmap_end_the_scan_with_an_error(
    qtbot: QtBot, desk: Desk, value: float, row: int
) -> None:
    desk.control.start()
    run_id = desk.entry.run.run_id
    desk.say_started(run_id)
    desk.say_scores(run_id, value, row=row)
    qtbot.waitUntil(lambda: len(desk.errors) == 1)
    assert "no heatmap" in desk.errors[0].what
    assert desk.entry.run.phase is RunPhase.FAILED
    assert desk.engine.cancelled == [run_id]
