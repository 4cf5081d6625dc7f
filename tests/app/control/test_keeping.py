from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.control.keeping import Keeping
from inference.errors import EquiscopeError, LackingCaseError, OtherJournalError
from inference.slides.frames import SizeL0
from inference.slides.slide import Level, SlideInfo

INFO = SlideInfo(
    Path("a.svs"), "0" * 32, "test", SizeL0(8, 8), (Level(8, 8, 1.0, 1.0),), mpp=None, mpp_source="missing"
)


@pytest.fixture
def keeping(qtbot: QtBot) -> Iterator[Keeping]:
    made = Keeping()
    yield made
    made.give_up()


def _failing(error: Exception) -> Callable[[], None]:
    def step() -> None:
        raise error

    return step


def _read(qtbot: QtBot, keeping: Keeping, *, drops: bool = False) -> str | EquiscopeError:
    """What a read answers: its word, or why it failed."""
    answers: list[str | EquiscopeError] = []
    keeping.read(INFO, lambda: "read", done=answers.append, failed=answers.append, drops_refused=drops)
    qtbot.waitUntil(lambda: len(answers) == 1)
    return answers[0]


def test_an_unforeseen_error_is_said_and_the_step_waits(qtbot: QtBot, keeping: Keeping) -> None:
    with qtbot.waitSignal(keeping.changed):
        keeping.keep(INFO, _failing(sqlite3.IntegrityError("FOREIGN KEY constraint failed")))
    (failed,) = keeping.failed
    assert "IntegrityError: FOREIGN KEY constraint failed" in str(failed.error)
    assert isinstance(_read(qtbot, keeping), EquiscopeError)
    assert keeping.unwritten == 1


def test_a_refused_step_is_tried_once_more_before_it_is_given_up(qtbot: QtBot, keeping: Keeping) -> None:
    dropped: list[tuple[str, int]] = []
    keeping.dropped.connect(lambda name, steps: dropped.append((name, steps)))
    error: list[EquiscopeError] = [LackingCaseError("The case file was moved away")]

    def step() -> None:
        if error:
            raise error[0]

    keeping.keep(INFO, step)
    qtbot.waitUntil(lambda: len(keeping.failed) == 1)
    # It may be put back, so that it waits.
    assert isinstance(_read(qtbot, keeping, drops=True), LackingCaseError)
    assert keeping.unwritten == 1
    error.pop()
    assert _read(qtbot, keeping, drops=True) == "read"
    assert keeping.unwritten == 0 and not keeping.failed and dropped == []

    error[:] = [OtherJournalError("Another program was there")]
    for _ in range(2):
        keeping.keep(INFO, step)
    qtbot.waitUntil(lambda: len(keeping.failed) == 1)
    assert isinstance(_read(qtbot, keeping), OtherJournalError)
    assert keeping.unwritten == 2
    assert _read(qtbot, keeping, drops=True) == "read"
    assert keeping.unwritten == 0 and not keeping.failed and dropped == [(INFO.path.name, 2)]


def test_a_failure_is_told_again_where_a_read_has_tried_it_in_vain(qtbot: QtBot, keeping: Keeping) -> None:
    told: list[bool] = []
    keeping.changed.connect(lambda: told.append(keeping.has_failed(INFO.fingerprint)))
    keeping.keep(INFO, _failing(EquiscopeError("The disk is full")))
    qtbot.waitUntil(lambda: told == [True])
    _read(qtbot, keeping)
    assert told == [True, False, True]
