"""What of the slide, the heatmap and the candidates is painted, and how."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.canvas.adjustment import Adjustment
from app.canvas.colormaps import DEFAULT_COLORMAP


@dataclass(frozen=True, slots=True)
class LayerLook:
    """Settings of the painted layers; changing them never computes anything anew.

    Attributes:
        heatmap_opacity: 0..1; 0.62 lets nuclei be seen through the brightest colour.
        threshold: cells below it are transparent, candidates below it are not painted.
        colormap: a name of `colormaps.PROBABILITY_COLORMAPS`.
        contours: draw the lines where the heatmap crosses the threshold.
        grid: draw a grid on the slide.
        adjustment: how the slide's colours are changed.
        smooth: interpolate between cells; off shows what was computed, one square a cell.
    """

    show_slide: bool = True
    show_heatmap: bool = True
    heatmap_opacity: float = 0.62
    threshold: float = 0.5
    colormap: str = DEFAULT_COLORMAP
    smooth: bool = False
    contours: bool = False
    show_candidates: bool = True
    show_annotations: bool = True
    grid: bool = False
    adjustment: Adjustment = field(default_factory=Adjustment)
