"""Stability control: what is asked for, which events count, and that a scan waits meanwhile."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.control.scan_control import ScanControl
from app.control.stability_control import StabilityControl
from app.state.models import ModelChoice, ModelsState
from app.state.session import Session
from app.state.stability_run import StabilityPhase
from app.work.engine_client import EngineClient
from inference.engine.messages import Failed, ScanRequest
from inference.engine.stability_messages import (
    StabilityCancelled,
    StabilityDone,
    StabilityProgress,
    StabilityRequest,
    StabilityStarted,
    StabilityTurn,
)
from inference.slides.frames import Mpp, RegionL0
from tests.support.fake_slide import FakeSlide

ROWS, COLUMNS = 2, 3


class SilentEngine(EngineClient):
    """Starts no process; the test speaks for it."""

    def __init__(self) -> None:
        super().__init__(("nothing",))
        self.asked: list[object] = []
        self.cancelled: list[str] = []

    def scan(self, request: ScanRequest) -> None:
        self.asked.append(request)

    def ask(self, request: StabilityRequest) -> None:
        self.asked.append(request)

    def cancel(self, run_id: str) -> None:
        self.cancelled.append(run_id)


class Desk:
    """Both controls on one engine, a slide on show."""

    def __init__(self) -> None:
        self.engine, self.session, self.models = SilentEngine(), Session(), ModelsState()
        self.models.offer((ModelChoice("densenet-plus", "DenseNet+", 0.972), ModelChoice("m", "M", 0.972)))
        self.models.choose("m")
        self.scan = ScanControl(self.session, self.models, self.engine)
        self.control = StabilityControl(self.session, self.models, self.scan, self.engine)
        self.entry = self.session.show(FakeSlide(1500, 1200, factors=(1, 2)))

    def start(self) -> str:
        self.control.start(RegionL0(10, 20, 300, 200))
        return self.control.state.value.run_id

    def say_started(self, run_id: str) -> None:
        models = tuple(
            (n, n.upper(), "p4m", "0" * 64, 1e-5, "CPU", "float32") for n in ("m", "densenet-plus")
        )
        none = np.zeros((ROWS, COLUMNS), np.float32)
        self.engine.eventArrived.emit(
            StabilityStarted(run_id, "f" * 32, models, 0, 0, ROWS, COLUMNS, 124.4, 124.4, 0.25, 0.25, "file", 4,
                             False, none, none, ())
        )  # fmt: skip

    def say_turn(self, run_id: str, model: int, turn: int, value: float = 0.5) -> None:
        values = np.full((ROWS, COLUMNS), value, np.float32)
        self.engine.eventArrived.emit(StabilityTurn(run_id, model, turn, values))


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    return Desk()


def test_the_model_chosen_is_asked_first_and_the_plain_one_beside_it(desk: Desk) -> None:
    desk.start()
    (request,) = desk.engine.asked
    assert isinstance(request, StabilityRequest)
    assert request.models == ("m", "densenet-plus")
    assert request.region_l0 == (10, 20, 300, 200)
    assert request.turns == 32
    desk.start()
    assert len(desk.engine.asked) == 1


def test_the_plain_model_by_itself_is_asked_once(desk: Desk) -> None:
    desk.models.choose("densenet-plus")
    desk.start()
    (request,) = desk.engine.asked
    assert isinstance(request, StabilityRequest)
    assert request.models == ("densenet-plus",)


def test_maps_grow_until_done_and_a_late_event_changes_nothing(qtbot: QtBot, desk: Desk) -> None:
    run_id = desk.start()
    desk.say_started(run_id)
    desk.say_turn(run_id, 0, 0, 0.2)
    desk.say_turn("stability-of-before", 0, 1)
    desk.engine.eventArrived.emit(StabilityProgress(run_id, 0.25, 3.0))
    qtbot.waitUntil(lambda: desk.control.state.value.part_done == 0.25)
    assert desk.control.state.value.turns_done == 0
    desk.say_turn(run_id, 1, 0)
    desk.say_turn(run_id, 0, 2, 0.4)
    qtbot.waitUntil(lambda: desk.control.state.value.turns_done == 1)
    maps = desk.control.state.value.maps
    assert maps is not None
    np.testing.assert_allclose(maps.models[0].mean, 0.3, atol=1e-6)
    np.testing.assert_allclose(maps.models[0].std, 0.1, atol=1e-6)
    spread = np.zeros((2, ROWS, COLUMNS), np.float32)
    desk.engine.eventArrived.emit(StabilityDone(run_id, (1.0, 2.0), spread, 1.5))
    assert desk.control.state.value.phase is StabilityPhase.DONE
    desk.say_turn(run_id, 0, 1)
    assert maps.models[0].done == [0, 2]


def test_a_scan_waits_until_it_is_over_and_the_other_way_round(desk: Desk) -> None:
    released = []
    desk.scan.released.connect(lambda: released.append(True))
    run_id = desk.start()
    desk.scan.start()
    assert desk.scan.scanning is None
    assert len(desk.engine.asked) == 1
    desk.control.cancel()
    desk.control.cancel()
    assert desk.engine.cancelled == [run_id]
    assert desk.control.state.value.cancelling
    desk.engine.eventArrived.emit(StabilityCancelled(run_id))
    assert desk.control.state.value.phase is StabilityPhase.CANCELLED
    assert released == [True]
    desk.scan.start()
    assert desk.scan.scanning is desk.entry
    assert "scan" in desk.control.why_not()
    desk.start()
    desk.control.cancel()
    assert len(desk.engine.asked) == 2
    assert desk.engine.cancelled == [run_id]


def test_another_resolution_ends_it_and_forgets_what_was_found(desk: Desk) -> None:
    run_id = desk.start()
    desk.say_started(run_id)
    desk.entry.set_info(replace(desk.entry.info, mpp=Mpp.square(0.5), mpp_source="given"))
    assert desk.engine.cancelled == [run_id]
    assert not desk.scan.can_start  # the engine has not let go yet
    desk.engine.eventArrived.emit(StabilityCancelled(run_id))
    assert desk.control.state.value.phase is StabilityPhase.NONE
    assert desk.scan.can_start
    run_id = desk.start()
    desk.say_started(run_id)
    spread = np.zeros((2, ROWS, COLUMNS), np.float32)
    desk.engine.eventArrived.emit(StabilityDone(run_id, (1.0, 2.0), spread, 1.5))
    assert desk.control.state.value.maps is not None
    desk.entry.set_info(replace(desk.entry.info, mpp=Mpp.square(0.25)))
    assert desk.control.state.value.maps is None


def test_a_refusal_a_killed_engine_and_maps_that_do_not_fit_free_the_engine(desk: Desk) -> None:
    run_id = desk.start()
    desk.engine.eventArrived.emit(
        Failed(run_id, "EquiscopeError", "The region is too large", "here", "Zoom in")
    )
    error = desk.control.state.value.error
    assert error is not None
    assert "Zoom in" in error.sentence()
    run_id = desk.start()
    desk.engine.engineKilled.emit(run_id)
    assert desk.control.state.value.phase is StabilityPhase.CANCELLED
    run_id = desk.start()
    desk.say_started(run_id)
    desk.say_turn(run_id, 0, 9)
    assert desk.control.state.value.phase is StabilityPhase.FAILED
    assert desk.engine.cancelled == [run_id]
    assert desk.scan.can_start
