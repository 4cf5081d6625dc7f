"""Measurements of the selected annotations in words, for their card."""

from __future__ import annotations

from collections.abc import Sequence

from app.panels.words import counted, percent
from app.state.annotation_table import area_text, length_text
from inference.results.annotation_measure import (
    HEATMAP_CELLS,
    PROBABILITY_MAX,
    PROBABILITY_MEAN,
    ROTATION_CELLS,
    ROTATION_FLIPS,
    ROTATION_STD,
    SHARE_ABOVE,
    mean_over_cells,
)


def facts_text(found: Sequence[dict[str, float]], *, rotation: str) -> str:
    """Of several annotations the sums, and the means over all cells.

    Args:
        rotation: whose the rotation stability of the slide is, or why there is none for this scan.
    """
    lines = [each for each in (_sizes(found), _probabilities(found), _rotation(found, rotation)) if each]
    prefix = f"{counted(len(found), 'annotation')}: " if len(found) > 1 else ""
    return prefix + "\n".join(lines)


def _sizes(found: Sequence[dict[str, float]]) -> str:
    area, perimeter, length = (
        sum(each.get(name, 0.0) for each in found) for name in ("Area µm^2", "Perimeter µm", "Length µm")
    )
    sizes = [f"Area {area_text(area)}", f"perimeter {length_text(perimeter)}"] if area else []
    if length:
        sizes.append(f"{'length' if sizes else 'Length'} {length_text(length)}")
    return ", ".join(sizes)


def _probabilities(found: Sequence[dict[str, float]]) -> str:
    cells = sum(each.get(HEATMAP_CELLS, 0.0) for each in found)
    if not cells:
        return ""
    above = percent(mean_over_cells(found, SHARE_ABOVE, cells=HEATMAP_CELLS))
    highest = max(each.get(PROBABILITY_MAX, 0.0) for each in found)
    return (
        f"Probability mean {mean_over_cells(found, PROBABILITY_MEAN, cells=HEATMAP_CELLS):.2f}, highest {highest:.2f}; "
        f"{above} of {counted(int(cells), 'cell')} at or above the threshold"
    )


def _rotation(found: Sequence[dict[str, float]], rotation: str) -> str:
    if not any(each.get(HEATMAP_CELLS) for each in found):
        return ""
    cells = sum(each.get(ROTATION_CELLS, 0.0) for each in found)
    if not cells:
        return f"Rotation stability: {rotation}"
    std = mean_over_cells(found, ROTATION_STD, cells=ROTATION_CELLS)
    text = f"Rotation stability ({rotation}): standard deviation {std:.3f}"
    # Blocks kept by earlier versions do not tell which cells flip.
    if all(ROTATION_FLIPS in each for each in found if each.get(ROTATION_CELLS)):
        flips = percent(mean_over_cells(found, ROTATION_FLIPS, cells=ROTATION_CELLS))
        text += f"; {flips} of {counted(int(cells), 'cell')} flip across the threshold"
    return text
