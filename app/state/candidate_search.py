"""Which candidates a search finds: by number, mark, note, and the class of the annotation they lie in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.state.review_marks import REVIEWS

_NOWHERE: NDArray[np.intp] = np.zeros(0, np.intp)


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """The classes of the annotations that candidates lie in.

    Attributes:
        names: of the classes.
        inside: (candidates,) places in `names`, -1 for a candidate in no annotation or in one without class; shorter
            where that of the last candidates is not known.
    """

    names: Sequence[str] = ()
    inside: NDArray[np.intp] = field(default_factory=lambda: _NOWHERE)


def found(
    text: str, *, codes: NDArray[np.uint8], notes: Mapping[int, str], classes: Classes
) -> NDArray[np.bool_]:
    """(candidates,) those that every word of a text fits; all for an empty one.

    A word fits the number it begins ("#12" is number 12 alone), the mark it begins, and any note or class it is part
    of. Case does not matter.

    Args:
        codes: (candidates,) places in `REVIEWS`.
        notes: note by index, for those that have one.
    """
    fits = np.ones(len(codes), bool)
    for word in text.casefold().split():
        fits &= _of_word(word, codes, notes, classes)
    return fits


def _of_word(
    word: str, codes: NDArray[np.uint8], notes: Mapping[int, str], classes: Classes
) -> NDArray[np.bool_]:
    fits = _numbered(word, len(codes))
    marks = [code for code, review in enumerate(REVIEWS) if review.value.startswith(word)]
    if marks:
        fits |= np.isin(codes, marks)
    with_note = [index for index, note in notes.items() if index < len(codes) and word in note.casefold()]
    fits[with_note] = True
    named = [place for place, name in enumerate(classes.names) if word in name.casefold()]
    if named:
        inside = classes.inside[: len(codes)]
        fits[: len(inside)] |= np.isin(inside, named)
    return fits


def _numbered(word: str, count: int) -> NDArray[np.bool_]:
    """(candidates,) those whose number, from 1, a word begins; with a # in front, whose number it is."""
    fits = np.zeros(count, bool)
    digits = word.removeprefix("#")
    # Nobody searches for more digits than there are.
    if not (digits.isascii() and digits.isdigit()) or digits[0] == "0" or len(digits) > len(str(count)):
        return fits
    first, many = int(digits), 1
    while first <= count:
        fits[first - 1 : first - 1 + many] = True
        if word != digits:
            break
        first, many = first * 10, many * 10
    return fits
