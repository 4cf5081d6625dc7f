"""What of the slide, the heatmap and the candidates is painted, and how."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.canvas.adjustment import Adjustment
from app.canvas.colormaps import DEFAULT_COLORMAP, STD_COLORMAP

STD_TOP = 0.5
"""Upper end of the scale of standard deviations: that of numbers in 0..1 cannot be larger."""
STD_FROM = 0.05
"""Standard deviations below are left transparent: that much the interpolation alone makes at sharp edges."""


@dataclass(frozen=True, slots=True)
class Opacities:
    """How far each layer besides the heatmap covers what lies below it, 0..1; below the slide is the dark ground."""

    slide: float = 1.0
    candidates: float = 1.0
    annotations: float = 1.0

    def __post_init__(self) -> None:
        if not all(0 <= each <= 1 for each in (self.slide, self.candidates, self.annotations)):
            raise ValueError(f"opacities lie within 0 .. 1: {self}")


@dataclass(frozen=True, slots=True)
class LayerLook:
    """Settings of the painted layers; changing them never computes anything anew.

    Attributes:
        heatmap_opacity: 0..1; 0.62 lets nuclei be seen through the brightest colour.
        threshold: cells below it are transparent, candidates below it are not painted.
        colormap: a name of `colormaps.PROBABILITY_COLORMAPS`.
        shows_std: the heatmap is the standard deviation over turns, on a scale of 0..0.5, in colours of its own.
        contours: draw the lines where the heatmap crosses the threshold.
        grid: draw a grid on the slide.
        adjustment: how the slide's colours are changed.
        opacities: of the other layers.
        smooth: interpolate between cells; off shows what was computed, one square a cell.
    """

    show_heatmap: bool = True
    heatmap_opacity: float = 0.62
    threshold: float = 0.5
    colormap: str = DEFAULT_COLORMAP
    smooth: bool = False
    contours: bool = False
    shows_std: bool = False
    show_candidates: bool = True
    show_annotations: bool = True
    grid: bool = False
    adjustment: Adjustment = field(default_factory=Adjustment)
    opacities: Opacities = field(default_factory=Opacities)

    @property
    def heatmap_colormap(self) -> str:
        """The colours of the heatmap as painted."""
        return STD_COLORMAP if self.shows_std else self.colormap

    @property
    def heatmap_threshold(self) -> float:
        """From which part of its scale, 0..1, the heatmap is painted."""
        return STD_FROM / STD_TOP if self.shows_std else self.threshold
