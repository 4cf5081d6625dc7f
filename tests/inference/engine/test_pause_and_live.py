"""Pausing work and running the live model beside it, in the real engine process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from inference.engine.live_messages import (
    Continued,
    ContinueRequest,
    LiveEnded,
    LiveRequest,
    LiveView,
    Paused,
    PauseRequest,
)
from inference.engine.messages import (
    CancelRequest,
    FocusRequest,
    ScanCancelled,
    ScanDone,
    ScanRequest,
    Scores,
)
from tests.support.engine_process import Engine
from tests.support.make_slide import textured, write_pyramid
from tests.support.models import write_model

MOST_AHEAD = 4096
"""Bytes: a few tiles of a scan, so that none is over before a test that has heard its first could speak."""


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine(most_ahead=MOST_AHEAD).ready()
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_model(tmp_path_factory.mktemp("models") / "lively"))


@pytest.fixture(scope="module")
def slide(tmp_path_factory: pytest.TempPathFactory) -> str:
    image = textured(5000, 9000, seed=1)
    return str(write_pyramid(tmp_path_factory.mktemp("slides") / "s.tif", image, mpp=0.243))


def test_a_paused_scan_waits_goes_on_and_loses_nothing(engine: Engine, slide: str, model: str) -> None:
    engine.say(ScanRequest("1", slide, model))
    before = engine.hear_until(Scores)
    engine.say(PauseRequest("1"))
    before += engine.hear_until(Paused)
    assert not any(isinstance(e, ScanDone) for e in before)
    # The live model has the engine to itself meanwhile.
    engine.say(LiveRequest("live", slide, model))
    engine.say(FocusRequest("live", 7000, 3000, 1000, 1000))
    during = engine.hear_until(LiveView)
    assert {e.run_id for e in during} == {"live"}
    engine.say(CancelRequest("live"))
    assert engine.hear() == LiveEnded("live")
    engine.say(ContinueRequest("1"))
    assert engine.hear() == Continued("1")
    after = engine.hear_until(ScanDone)
    places = [(e.row, e.column) for e in (*before, *after) if isinstance(e, Scores)]
    assert len(places) == len(set(places)) == 3 * 6


def test_a_paused_scan_can_be_cancelled(engine: Engine, slide: str, model: str) -> None:
    engine.say(ScanRequest("2", slide, model))
    engine.hear_until(Scores)
    engine.say(PauseRequest("2"))
    engine.hear_until(Paused)
    engine.say(CancelRequest("2"))
    assert engine.hear_until(ScanCancelled, ScanDone)[-1] == ScanCancelled("2")


def test_a_view_is_shown_while_another_slide_is_scanned(engine: Engine, slide: str, model: str) -> None:
    engine.say(ScanRequest("3", slide, model))
    engine.hear_until(Scores)
    engine.say(LiveRequest("live", slide, model))
    engine.say(FocusRequest("live", 7000, 3000, 1000, 1000))
    heard = engine.hear_until(LiveView, ScanDone)
    assert isinstance(heard[-1], LiveView)
    # Another live model takes the place of the first.
    engine.say(LiveRequest("other", slide, model))
    heard = engine.hear_until(ScanDone)
    assert LiveEnded("live") in heard
    engine.say(CancelRequest("other"))
    assert engine.hear_until(LiveEnded)[-1] == LiveEnded("other")


WHOLE_SLIDE = (0, 0, 9000, 5000)


def test_work_is_taken_and_ended_before_a_busy_live_model_is_content(
    engine: Engine, slide: str, model: str
) -> None:
    # The slow model, so that filling the view takes many times as long as the rest.
    engine.say(LiveRequest("busy", slide, "p4m-densenet"))
    engine.say(FocusRequest("busy", *WHOLE_SLIDE))
    engine.hear_until(Scores)
    engine.say(ScanRequest("4", slide, model))
    engine.say(PauseRequest("4"))
    heard = engine.hear_until(Paused, LiveView)
    engine.say(CancelRequest("4"))
    heard += engine.hear_until(ScanCancelled, LiveView)
    assert heard[-1] == ScanCancelled("4")
    assert not any(isinstance(e, Scores) and e.run_id == "4" for e in heard)
    engine.say(CancelRequest("busy"))
    assert engine.hear_until(LiveEnded)[-1] == LiveEnded("busy")


def test_a_live_model_replaced_before_it_began_is_ended_too(engine: Engine, slide: str, model: str) -> None:
    for run_id in ("a", "b", "c"):
        engine.say(LiveRequest(run_id, slide, model))
    engine.say(FocusRequest("c", 7000, 3000, 1000, 1000))
    heard = engine.hear_until(LiveView)
    assert heard[-1].run_id == "c"
    assert [e.run_id for e in heard if isinstance(e, LiveEnded)] == ["a", "b"]
    engine.say(CancelRequest("c"))
    assert engine.hear_until(LiveEnded)[-1] == LiveEnded("c")
