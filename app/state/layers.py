"""Which layers the user wants to see, and what is painted in consequence."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from app.canvas.adjustment import Adjustment
from app.canvas.layer_look import LayerLook, Opacities
from app.state.value_state import ValueState

LOWEST_THRESHOLD = 0.05
"""Lower thresholds would make every cell of a slide a candidate, and none of them worth a look."""
HIGHEST_THRESHOLD = 0.99


@dataclass(frozen=True, slots=True)
class Layers:
    """The user's choice; `painted` is what follows from it.

    Attributes:
        chosen: the look as set by sliders and switches.
        slide_only: for the moment nothing but the slide, without forgetting the choice.
        overlays: whether minimap, scale bar and legend float on the slide.
    """

    chosen: LayerLook = field(default_factory=LayerLook)
    slide_only: bool = False
    overlays: bool = True

    @property
    def painted(self) -> LayerLook:
        """The look to paint."""
        if not self.slide_only:
            return self.chosen
        return replace(self.chosen, show_heatmap=False, show_candidates=False, show_annotations=False)


class LayersState(ValueState[Layers]):
    """The layers of the window; every method is one intent of the user."""

    def __init__(self, layers: Layers | None = None) -> None:
        super().__init__(layers or Layers())

    def toggle_heatmap(self) -> None:
        """Shows or hides the heatmap; out of slide-only it always shows."""
        self._choose_layers(replace(self.value.chosen, show_heatmap=not self.value.painted.show_heatmap))

    def toggle_candidates(self) -> None:
        """Shows or hides the candidates' marks; out of slide-only it always shows."""
        shown = not self.value.painted.show_candidates
        self._choose_layers(replace(self.value.chosen, show_candidates=shown))

    def toggle_annotations(self) -> None:
        """Shows or hides the annotations; out of slide-only it always shows."""
        shown = not self.value.painted.show_annotations
        self._choose_layers(replace(self.value.chosen, show_annotations=shown))

    def toggle_slide_only(self) -> None:
        """Hides all layers, or brings back those that were chosen."""
        self.set(replace(self.value, slide_only=not self.value.slide_only))

    def toggle_overlays(self) -> None:
        """Shows or hides what floats on the slide."""
        self.set(replace(self.value, overlays=not self.value.overlays))

    def set_opacity(self, opacity: float) -> None:
        """Opacity of the heatmap, 0..1."""
        self._choose_look(replace(self.value.chosen, heatmap_opacity=min(max(opacity, 0.0), 1.0)))

    def set_opacities(self, opacities: Opacities) -> None:
        """Those of slide, candidates and annotations."""
        self._choose_look(replace(self.value.chosen, opacities=opacities))

    def set_threshold(self, threshold: float) -> None:
        """Probability from which cells are coloured and candidates listed."""
        self._choose_look(
            replace(self.value.chosen, threshold=min(max(threshold, LOWEST_THRESHOLD), HIGHEST_THRESHOLD))
        )

    def set_colormap(self, name: str) -> None:
        """A name of `colormaps.PROBABILITY_COLORMAPS`."""
        self._choose_look(replace(self.value.chosen, colormap=name))

    def set_smooth(self, smooth: bool) -> None:
        """Whether colours run smoothly from cell to cell."""
        self._choose_look(replace(self.value.chosen, smooth=smooth))

    def toggle_contours(self) -> None:
        """Draws the threshold's lines, or not."""
        self._choose_look(replace(self.value.chosen, contours=not self.value.chosen.contours))

    def show_std(self, shown: bool) -> None:
        """Paints the standard deviation over turns instead of the probability, or not."""
        self._choose_look(replace(self.value.chosen, shows_std=shown))

    def toggle_grid(self) -> None:
        """Draws a grid on the slide, or not."""
        self._choose_look(replace(self.value.chosen, grid=not self.value.chosen.grid))

    def set_adjustment(self, adjustment: Adjustment) -> None:
        """How the slide's colours are changed."""
        self._choose_look(replace(self.value.chosen, adjustment=adjustment))

    def _choose_layers(self, chosen: LayerLook) -> None:
        """Sets layers on or off, which leaves slide-only."""
        self.set(replace(self.value, chosen=chosen, slide_only=False))

    def _choose_look(self, chosen: LayerLook) -> None:
        """Sets how layers look; slide-only stays."""
        self.set(replace(self.value, chosen=chosen))
