"""Frames are painted as finely as the machine can in time."""

from __future__ import annotations

from app.canvas.frame_pace import PAINTING_MS, FramePace, Quality

LATE_MS, IN_TIME_MS = PAINTING_MS * 2, PAINTING_MS / 2


def moving(pace: FramePace, *, upright: bool = True, part: float = 1.0) -> Quality:
    return pace.choose(upright=upright, moving=True, part=part)


def test_at_rest_every_frame_is_smooth() -> None:
    pace = FramePace()
    for quality in Quality:
        pace.note(LATE_MS, quality, upright=True)
    assert pace.choose(upright=True, moving=False, part=1.0) is Quality.SMOOTH


def test_a_moving_frame_is_the_best_that_is_in_time() -> None:
    pace = FramePace()
    assert moving(pace) is Quality.SMOOTH
    pace.note(LATE_MS, Quality.SMOOTH, upright=True)
    assert moving(pace) is Quality.NEAREST
    pace.note(LATE_MS, Quality.NEAREST, upright=True)
    assert moving(pace) is Quality.COARSE


def test_a_small_part_is_smooth_where_the_whole_is_not() -> None:
    pace = FramePace()
    pace.note(LATE_MS, Quality.SMOOTH, upright=True)
    assert moving(pace, part=0.4) is Quality.SMOOTH


def test_turned_frames_have_a_pace_of_their_own() -> None:
    pace = FramePace()
    pace.note(PAINTING_MS, Quality.SMOOTH, upright=True)
    assert moving(pace, upright=True) is Quality.SMOOTH
    assert moving(pace, upright=False) is Quality.NEAREST, "they take longer"
    pace.note(LATE_MS, Quality.NEAREST, upright=False)
    assert moving(pace, upright=False) is Quality.COARSE
    assert moving(pace, upright=True) is Quality.SMOOTH


def test_a_machine_that_was_busy_gets_another_chance() -> None:
    pace = FramePace()
    pace.note(LATE_MS, Quality.SMOOTH, upright=True)
    pace.note(LATE_MS, Quality.NEAREST, upright=True)
    frames = 0
    while moving(pace) is Quality.COARSE:
        pace.note(IN_TIME_MS, Quality.COARSE, upright=True)
        frames += 1
    assert 100 < frames < 1000
    pace.note(IN_TIME_MS, Quality.SMOOTH, upright=True)
    pace.note(IN_TIME_MS, Quality.SMOOTH, upright=True)
    assert moving(pace) is not Quality.COARSE
