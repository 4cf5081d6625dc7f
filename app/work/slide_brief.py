"""What the tray shows of a slide before it is opened: its picture, and what its case file says of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtGui import QImage

from app.canvas.read_tile import to_qimage
from app.work.open_with_case import finished_runs
from inference.errors import EquiscopeError
from inference.results.case_file import CaseFile, default_case_path
from inference.results.case_records import Review
from inference.slides.colour_profile import shown_colours
from inference.slides.open_slide import open_slide
from inference.slides.slide import Level, Slide, SlideInfo

PICTURE_PX = 320
"""Longer side of a tray picture: the tray's width on a screen of twice the density."""
MOST_PIXELS = 16_000_000
"""Largest level read for a picture: 48 MB for a moment. A flat image larger than that shows none."""


@dataclass(frozen=True, slots=True, eq=False)
class SlideBrief:
    """A slide in brief.

    Attributes:
        info: its description, with the resolution that the user gave before where the file states none.
        picture: the whole slide, RGB32, or None where none can be read quickly.
        is_scanned: whether its case file holds a finished scan.
        reviewed, candidates: how many candidates of the last finished scan were decided on, of how many.
    """

    info: SlideInfo
    picture: QImage | None
    is_scanned: bool = False
    reviewed: int = 0
    candidates: int = 0


def read_brief(path: Path, *, with_profile: bool = True) -> SlideBrief:
    """Opens a slide for a moment; run it off the GUI thread. Raises SlideError as `open_slide` does.

    Args:
        with_profile: the picture in the colours that the slide's profile means, as the slide itself is shown.
    """
    slide = open_slide(path)
    try:
        case_path = default_case_path(slide.info.fingerprint)
        if slide.info.mpp is None and case_path.exists():
            slide = _with_given_mpp(slide, case_path)
        picture = _picture(slide, with_profile=with_profile)
        scanned, reviewed, candidates = _case_status(slide.info, case_path)
    finally:
        slide.close()
    return SlideBrief(slide.info, picture, scanned, reviewed, candidates)


def _with_given_mpp(slide: Slide, case_path: Path) -> Slide:
    """The slide at the resolution that the user stated in an earlier session."""
    try:
        with CaseFile.open(case_path, fingerprint=slide.info.fingerprint) as case:
            recorded = case.mpp()
    except EquiscopeError:
        return slide
    if recorded is None or recorded[1] != "given":
        return slide
    slide.close()
    return open_slide(slide.info.path, mpp=recorded[0])


def _picture(slide: Slide, *, with_profile: bool) -> QImage | None:
    """The smallest level that is large enough, made smaller."""
    level = _level_for_picture(slide.info.levels)
    size = slide.info.levels[level]
    if size.width * size.height > MOST_PIXELS:
        return None
    try:
        pixels = slide.read_region(level, x_lv=0, y_lv=0, width=size.width, height=size.height)
    except (EquiscopeError, OSError):
        return None
    factor = PICTURE_PX / max(size.width, size.height)
    if factor < 1:
        shape = (max(1, round(size.width * factor)), max(1, round(size.height * factor)))
        pixels = np.asarray(cv2.resize(pixels, shape, interpolation=cv2.INTER_AREA), np.uint8)
    return to_qimage(shown_colours(pixels, slide.info.colour_profile) if with_profile else pixels)


def _level_for_picture(levels: tuple[Level, ...]) -> int:
    """The coarsest level of at least `PICTURE_PX`, else the finest."""
    large_enough = [
        number for number, level in enumerate(levels) if max(level.width, level.height) >= PICTURE_PX
    ]
    return large_enough[-1] if large_enough else 0


def _case_status(info: SlideInfo, case_path: Path) -> tuple[bool, int, int]:
    """(scanned, reviewed, candidates); a case file that cannot be read is told of when the slide is opened."""
    if not case_path.exists() or info.mpp is None:
        return False, 0, 0
    try:
        with CaseFile.open(case_path, fingerprint=info.fingerprint) as case:
            for run in finished_runs(case, info):
                candidates = case.candidates(run.id)
                decided = sum(each.review is not Review.OPEN for each in candidates)
                return True, decided, len(candidates)
    except EquiscopeError:
        pass
    return False, 0, 0
