"""One row of the slide tray as a value: picture, name and the chip that says how a slide stands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtGui import QImage

from app.panels.words import percent
from app.state.run_state import Run, RunPhase
from app.state.slide_entry import SlideEntry
from app.state.tray_list import TraySlide


@dataclass(frozen=True, slots=True)
class TrayRow:
    """What the tray shows of a slide.

    Attributes:
        chip, weight: words and colour of the chip; weight is "good", "warn", "bad" or empty.
        picture: the whole slide, or None while there is none.
        is_current: whether it is on show.
        is_queued: whether it waits for a scan.
        problem: why it cannot be opened or scanned; empty if nothing is wrong.
    """

    path: Path
    chip: str
    weight: str
    picture: QImage | None
    is_current: bool
    is_queued: bool
    problem: str


def row_of(slide: TraySlide, entry: SlideEntry | None, *, is_current: bool) -> TrayRow:
    """The row of a slide; `entry` is what the session knows of it, None where it was not opened."""
    if entry is not None and entry.reviews.is_ready:
        reviewed, candidates = entry.reviews.progress
        slide = replace(slide, reviewed=reviewed, candidates=candidates)
    chip, weight = chip_of(slide, entry.run if entry is not None else Run())
    picture = entry.thumbnail if entry is not None and entry.thumbnail is not None else slide.picture
    return TrayRow(slide.path, chip, weight, picture, is_current, slide.queued, slide.problem)


def chip_of(slide: TraySlide, run: Run) -> tuple[str, str]:
    """(text, weight) of the chip: what happens now comes before what happened, and that before what is stored."""
    if slide.queued:
        return "queued", "warn"
    match run.phase:
        case RunPhase.STARTING:
            return "starting", "warn"
        case RunPhase.RUNNING:
            return f"{'paused' if run.paused else 'scanning'} {percent(run.part_done)}", "warn"
        case RunPhase.PARTLY:
            return "partly scanned", ""
        case RunPhase.CANCELLED:
            return "cancelled", ""
        case RunPhase.FAILED:
            return "failed", "bad"
    if slide.problem:
        return ("needs its resolution" if slide.info is not None else "cannot be opened"), "bad"
    if run.phase is RunPhase.DONE or slide.is_scanned:
        if slide.reviewed:
            return f"reviewed {slide.reviewed}/{slide.candidates}", "good"
        return "scanned", "good"
    return "not scanned", ""
