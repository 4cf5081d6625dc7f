"""Whole-slide stability in the window: what does not fit the slide any more, or never did, reaches it not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.control.slide_stability_control import SlideStabilityControl
from inference.engine.slide_stability_messages import (
    SlideStabilityBlock,
    SlideStabilityCancelled,
    SlideStabilityDone,
    SlideStabilityStarted,
)
from inference.errors import EquiscopeError
from inference.slides.frames import Mpp
from tests.app.control.test_stability_control import Desk

ROWS, COLUMNS = 4, 5


class SlideDesk(Desk):
    """The same desk with the control of whole slides on it."""

    def __init__(self) -> None:
        super().__init__()
        self.slide = SlideStabilityControl(self.session, self.models, self.scan, self.engine)
        self.failures: list[EquiscopeError] = []
        self.slide.failed.connect(self.failures.append)

    def begin(self) -> str:
        self.slide.start(4)
        return self.slide.state.value.run_id

    def say_begun(self, run_id: str) -> None:
        self.engine.eventArrived.emit(
            SlideStabilityStarted(
                run_id, "m", "M", "0" * 64, "CPU", "float32", 4, ROWS, COLUMNS, 124.4, 124.4, 20, ("Beware.",)
            )
        )

    def say_block(self, run_id: str, row: int, column: int) -> None:
        values = np.full((2, 2), 0.25, np.float32)
        self.engine.eventArrived.emit(
            SlideStabilityBlock(run_id, row, column, values, values, values, values)
        )


@pytest.fixture
def desk(qtbot: QtBot) -> SlideDesk:
    return SlideDesk()


def test_blocks_fill_the_slide_until_done(desk: SlideDesk) -> None:
    run_id = desk.begin()
    desk.say_begun(run_id)
    desk.say_block(run_id, 2, 3)
    desk.engine.eventArrived.emit(SlideStabilityDone(run_id, 1.0, 0))
    known = desk.entry.stability
    assert known is not None
    assert known.is_complete
    assert known.notices == ("Beware.",)
    assert np.isfinite(known.std).sum() == 4
    assert not desk.slide.state.value.run_id
    assert desk.scan.can_start


def test_another_resolution_cancels_it_and_nothing_of_the_old_grid_arrives(desk: SlideDesk) -> None:
    run_id = desk.begin()
    desk.entry.set_info(replace(desk.entry.info, mpp=Mpp.square(0.5), mpp_source="given"))
    assert desk.engine.cancelled == [run_id]
    desk.say_begun(run_id)
    desk.say_block(run_id, 0, 0)
    assert not desk.scan.can_start  # the engine has not let go yet
    desk.engine.eventArrived.emit(SlideStabilityCancelled(run_id))
    assert desk.entry.stability is None
    assert desk.scan.can_start
    # A new one is of the new resolution, and taken.
    run_id = desk.begin()
    desk.say_begun(run_id)
    assert desk.entry.stability is not None


def test_a_request_that_never_began_leaves_what_was_complete(desk: SlideDesk) -> None:
    run_id = desk.begin()
    desk.say_begun(run_id)
    desk.engine.eventArrived.emit(SlideStabilityDone(run_id, 1.0, 0))
    known = desk.entry.stability
    desk.engine.eventArrived.emit(SlideStabilityCancelled(desk.begin()))
    assert desk.entry.stability is known
    assert known is not None and known.is_complete


def test_a_block_off_the_grid_ends_it_with_a_sentence(qtbot: QtBot, desk: SlideDesk) -> None:
    run_id = desk.begin()
    desk.say_begun(run_id)
    desk.say_block(run_id, ROWS - 1, 0)
    qtbot.waitUntil(lambda: bool(desk.failures))
    assert "does not fit" in desk.failures[0].sentence()
    assert desk.engine.cancelled == [run_id]
    assert desk.scan.can_start
