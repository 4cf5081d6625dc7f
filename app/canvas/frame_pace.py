"""How finely a frame is painted: as well as the machine can in time for the next refresh of the screen."""

from __future__ import annotations

from enum import IntEnum

PAINTING_MS = 6.0
"""Of the 16 ms between two refreshes of the screen: overlays, events and a busy machine need the rest."""
_NEWEST = 0.3
"""Weight of the last frame in the estimate, so that one that was held up does not count for much."""
_FADING = 0.998
"""With each coarser frame an estimate fades by so much: a machine that was busy gets another chance after seconds."""
_SMOOTH_PER_NEAREST, _TURNED_PER_UPRIGHT = 2.0, 2.0
"""About how much longer the former takes."""


class Quality(IntEnum):
    """How a frame is painted, worst first.

    COARSE paints half the pixels across and down, NEAREST takes the nearest pixel of a tile, SMOOTH interpolates
    between them.
    """

    COARSE = 0
    NEAREST = 1
    SMOOTH = 2


class FramePace:
    """Learns how long frames take; upright and turned ones apart, as those take several times as long."""

    def __init__(self) -> None:
        self._ms: dict[tuple[bool, Quality], float] = {}

    def choose(self, *, upright: bool, moving: bool, part: float) -> Quality:
        """The best quality that is likely to be painted in time; at rest there is time.

        Args:
            part: how much of the view is to be painted, 0 .. 1.
        """
        if not moving:
            return Quality.SMOOTH
        for quality in (Quality.SMOOTH, Quality.NEAREST):
            if self._estimated_ms(quality, upright=upright) * part <= PAINTING_MS:
                return quality
        return Quality.COARSE

    def part_within(self, ms: float, quality: Quality, *, upright: bool) -> float:
        """How much of a view is likely to be painted in so many ms, 0 .. 1; a tenth at least, so that it gets on."""
        return min(1.0, max(0.1, ms / max(self._estimated_ms(quality, upright=upright), 1e-3)))

    def note(self, took_ms: float, quality: Quality, *, upright: bool) -> None:
        """The time that a frame of the whole view took."""
        before = self._ms.get((upright, quality), took_ms)
        self._ms[upright, quality] = (1 - _NEWEST) * before + _NEWEST * took_ms
        for other in Quality:
            known = self._ms.get((upright, other))
            if known is not None and other > quality:
                self._ms[upright, other] = known * _FADING
            elif known is not None and other < quality:
                self._ms[upright, other] = min(known, self._ms[upright, quality])

    def _estimated_ms(self, quality: Quality, *, upright: bool) -> float:
        """As measured; what was never painted is guessed from what was, so that no frame is spent on finding out."""
        known = self._ms.get((upright, quality))
        if known is None and quality is not Quality.SMOOTH and (upright, Quality.SMOOTH) in self._ms:
            known = self._ms[upright, Quality.SMOOTH] / _SMOOTH_PER_NEAREST
        if known is None and not upright:
            known = self._estimated_ms(quality, upright=True) * _TURNED_PER_UPRIGHT
        return known or 0.0
