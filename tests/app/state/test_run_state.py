"""A run: engine events lead from one frozen value to the next."""

from __future__ import annotations

import pytest

from app.state.run_state import RunPhase, after, started_run
from inference.engine.messages import Failed, ScanCancelled, ScanDone, ScanProgress, ScanStage
from inference.errors import EquiscopeError, NoTissueError


def test_the_life_of_a_scan() -> None:
    run = started_run("run-1")
    assert run.is_active
    run = after(run, ScanStage("run-1", "Finding tissue"))
    assert run.stage == "Finding tissue"
    run = after(run, ScanProgress("run-1", 25, 100, 1.5, 10.0))
    assert run.part_done == 0.25
    run = after(run, ScanDone("run-1", 3.0, 0, 0, 0))
    assert run.phase is RunPhase.DONE
    assert run.part_done == 1.0
    assert not run.is_active


def test_a_cancelled_scan_is_over() -> None:
    run = after(started_run("run-1"), ScanCancelled("run-1"))
    assert run.phase is RunPhase.CANCELLED
    assert not run.is_active


@pytest.mark.parametrize(
    ("name", "kind", "exit_code"),
    [("NoTissueError", NoTissueError, 4), ("Unheard", EquiscopeError, 1), ("annotations", EquiscopeError, 1)],
)
def test_an_error_keeps_its_class_and_sentence(name: str, kind: type[EquiscopeError], exit_code: int) -> None:
    run = after(started_run("run-1"), Failed("run-1", name, "No tissue", "slide.svs", "Look again"))
    assert run.phase is RunPhase.FAILED
    assert type(run.error) is kind
    assert run.error.exit_code == exit_code
    assert run.error.sentence() == "No tissue: slide.svs. Look again."
