"""What the user should know of a slide and its scan before trusting the picture: one sentence each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from app.state.run_state import Run
from inference.slides.slide import SlideInfo


class Weight(Enum):
    """How serious a notice is."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence on the banner.

    Attributes:
        act: what the user can do about it at once, the words of a button; such a notice stays until its cause is gone.
    """

    weight: Weight
    text: str
    act: str = ""


ELSEWHERE = Notice(
    Weight.WARNING,
    "This slide is open in another window: here it can be looked at, but not scanned or changed.",
)


def notices_of(
    info: SlideInfo | None, run: Run, *, more: Sequence[str] = (), is_elsewhere: bool = False
) -> tuple[Notice, ...]:
    """All notices of a slide, its own first, then those of its scan and `more`, each once."""
    if info is None:
        return ()
    found: list[Notice] = []
    if is_elsewhere:
        found.append(ELSEWHERE)
    if info.synthetic:
        found.append(Notice(Weight.NOTE, "Synthetic slide: drawn by a program, not scanned from glass."))
    if info.mpp is None:
        found.append(
            Notice(
                Weight.WARNING,
                "Resolution unknown: lengths are in pixels, and a scan needs to be told it first.",
            )
        )
    sentences = [*info.notices, *(run.started.notices if run.started is not None else ()), *more]
    found += [Notice(Weight.WARNING, sentence) for sentence in dict.fromkeys(sentences)]
    if run.done is not None and run.done.unreadable_tiles:
        found.append(
            Notice(
                Weight.WARNING,
                f"{_count(run.done.unreadable_tiles, 'tile')} could not be read; the heatmap has no value there.",
            )
        )
    if run.done is not None and run.done.nan_cells:
        found.append(
            Notice(
                Weight.ERROR,
                f"The model gave no number for {_count(run.done.nan_cells, 'cell')}: its other results are suspect.",
            )
        )
    return tuple(found)


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number:,} {word}s".replace(",", "\u202f")
