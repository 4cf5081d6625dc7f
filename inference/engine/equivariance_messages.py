"""What window and engine say about the equivariance of a view; see `messages` for the manner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class EquivarianceRequest:
    """Asks whether a model's answers for a region are the same under the four turns and four reflections.

    Attributes:
        run_id: chosen by the asker, unique within its life.
        slide: path of the slide.
        model: name of a shipped model or path of a model folder.
        region_l0: x, y, width, height in level-0 px.
        mpp: micrometres per level-0 pixel as the user gave it, or None to use the file's.
    """

    run_id: str
    slide: str
    model: str
    region_l0: tuple[float, float, float, float]
    mpp: float | None = None


@dataclass(frozen=True, slots=True)
class EquivarianceProgress:
    """The part done, 0..1."""

    run_id: str
    part_done: float


@dataclass(frozen=True, slots=True)
class EquivarianceDone:
    """What came of it: the fields of an `EquivarianceReport`."""

    run_id: str
    report: dict[str, Any]


@dataclass(frozen=True, slots=True)
class EquivarianceCancelled:
    """It stopped because it was asked to."""

    run_id: str


EquivarianceEvent = EquivarianceProgress | EquivarianceDone | EquivarianceCancelled
EQUIVARIANCE_MESSAGES: tuple[type, ...] = (
    EquivarianceRequest, EquivarianceProgress, EquivarianceDone, EquivarianceCancelled,
)  # fmt: skip
