"""Which candidates a list shows, and in which order: pure functions on arrays, quick for a hundred thousand."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from app.state.review_marks import CODES
from inference.results.case_records import Review


class Shown(StrEnum):
    """Which candidates are listed, in the words of the choice."""

    ALL = "All"
    OPEN = "Open"
    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    UNDECIDED = "Undecided"
    UNSTABLE = "Likely but unstable"


def shown_order(
    codes: NDArray[np.uint8],
    key: NDArray[np.float64],
    *,
    shown: Shown,
    descending: bool,
    unstable: NDArray[np.bool_],
) -> NDArray[np.intp]:
    """Indices of the candidates with a mark, sorted by a key; equal ones stay in their rank's order.

    Args:
        codes: (n,) places in `REVIEWS`.
        key: (n,) what to sort by; NaN comes last.
        unstable: (n,) at or above the threshold as the slide lies, and not so for every turn.
    """
    is_kept = np.ones(len(codes), bool)
    if shown is Shown.UNSTABLE:
        is_kept = unstable
    elif shown is not Shown.ALL:
        is_kept = codes == CODES[Review(shown.value.lower())]
    kept = np.flatnonzero(is_kept)
    sign = -1.0 if descending else 1.0
    return kept[np.argsort(sign * key[kept], kind="stable")]


def replaced_part(old: NDArray[np.intp], new: NDArray[np.intp]) -> tuple[int, int, int]:
    """(first, removed, inserted): what differs between two lists once their equal ends are set aside."""
    room = min(len(old), len(new))
    same = old[:room] == new[:room]
    first = room if same.all() else int(np.argmin(same))
    room -= first
    same = old[len(old) - room :][::-1] == new[len(new) - room :][::-1]
    last = room if same.all() else int(np.argmin(same))
    return first, len(old) - first - last, len(new) - first - last
