"""Rotation stability as a figure for print, after Veeling et al. 2018, Fig. 3: region, mean and standard deviation."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from inference.export.atomic import write_bytes
from inference.results.stability_maps import StabilityMaps
from inference.slides.slide import RgbImage

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = (".png", ".pdf", ".svg")
DOTS_PER_INCH = 300
PANEL_INCHES = 2.3
"""Width of a panel: three beside each other fill the 18 cm of a page."""
MEAN_SCALE, STD_SCALE = 1.0, 0.5
"""Upper ends of the fixed scales; a scale that followed the data would hide what is compared."""
TRUTH_COLOUR = "#00c853"
FEW_OUTLINES = 40
"""More are drawn thinner, or there would be more line than tissue."""
_SALT = "equiscope"
"""Matplotlib's seed of the ids in an SVG: a second export is byte-identical."""


def write_stability_figure(
    path: Path,
    maps: StabilityMaps,
    *,
    picture: RgbImage,
    outlines_l0: Sequence[NDArray[np.floating]] = (),
    threshold: float = 0.5,
) -> None:
    """Writes the figure as PNG (300 dpi), PDF or SVG, by the name's ending, atomically.

    Args:
        picture: of `maps.region_l0`, (height, width, 3), any size.
        outlines_l0: closed rings (points, 2) of x and y in level-0 px, drawn in green on the region.
        threshold: shown in the curves.

    Raises `ExportError`, and ValueError for another ending.
    """
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise ValueError(f"{ending} is none of {', '.join(FORMATS)}")
    import matplotlib

    # Text stays text in a PDF, and a file says no time of its making.
    settings: Any = {"svg.hashsalt": _SALT, "pdf.fonttype": 42, "svg.fonttype": "none", "font.size": 7}
    with matplotlib.rc_context(settings):
        figure = draw_stability_figure(maps, picture=picture, outlines_l0=outlines_l0, threshold=threshold)
        buffer = io.BytesIO()
        dated: dict[str, Any] = {".pdf": {"CreationDate": None}, ".svg": {"Date": None}}.get(ending, {})
        figure.savefig(buffer, format=ending[1:], dpi=DOTS_PER_INCH, metadata=dated or None)
    write_bytes(path, buffer.getvalue())


def draw_stability_figure(
    maps: StabilityMaps,
    *,
    picture: RgbImage,
    outlines_l0: Sequence[NDArray[np.floating]] = (),
    threshold: float = 0.5,
) -> Figure:
    """The figure: a row a model; the region at the left, and below it the curves of the least stable cell."""
    from cmap import Colormap
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    count = len(maps.models)
    width_um, height_um = maps.size_um
    panel_height = PANEL_INCHES * min(max(height_um / width_um, 0.4), 1.6)
    figure = Figure(
        figsize=(3 * PANEL_INCHES + 0.3, count * (panel_height + 0.28) + 0.75),
        layout=ConstrainedLayoutEngine(rect=(0, 0, 1, 0.965)),
    )
    FigureCanvasAgg(figure)
    axes = figure.subplots(count, 3, squeeze=False)
    left, right, top, bottom = 0.0, width_um, 0.0, height_um
    place = (left, right, bottom, top)
    _draw_region(axes[0, 0], maps, picture, outlines_l0, place)
    cell = least_stable_cell(maps)
    letters = iter("bcdefghijklmnop")
    pictures: list[Any] = []
    for number, each in enumerate(maps.models):
        figures = maps.summary(number, threshold=threshold)
        mean, std = axes[number, 1], axes[number, 2]
        look: dict[str, Any] = {"extent": place, "interpolation": "nearest", "vmin": 0}
        pictures = [
            mean.imshow(each.mean, Colormap("inferno").to_mpl(), vmax=MEAN_SCALE, **look),
            std.imshow(each.std, Colormap("seaborn:mako").to_mpl(), vmax=STD_SCALE, **look),
        ]
        mean.set_title(f"({next(letters)}) {each.model.title}: mean", fontsize=7, loc="left")
        std.set_title(
            f"({next(letters)}) {each.model.title}: std, mean {figures.mean_std:.3f}", fontsize=7, loc="left"
        )
        for axis in (mean, std):
            axis.set_xticks([])
            axis.set_yticks([])
            _shade_beyond(axis, maps, place)
            if count > 1 and cell is not None:
                _mark_cell(axis, maps, cell)
    for row in range(1, count):
        if row == 1 and cell is not None:
            _draw_curves(axes[1, 0], maps, cell, threshold=threshold, letter=next(letters))
            _mark_cell(axes[0, 0], maps, cell)
        else:
            axes[row, 0].axis("off")
    for column, (image, label) in enumerate(
        zip(pictures, ("Tumour probability, mean over angles", "Standard deviation over angles"), strict=True)
    ):
        # Inside the room that the curves' labels take anyway.
        below = axes[-1, column + 1].inset_axes((0.05, -0.16, 0.9, 0.06))
        figure.colorbar(image, cax=below, orientation="horizontal").set_label(label)
    figure.supxlabel(_caption(maps), fontsize=5.5, color="#444444")
    return figure


def least_stable_cell(maps: StabilityMaps) -> tuple[int, int] | None:
    """(row, column) of the cell that varies most in the last model; None if all are near the slide's edge."""
    std = np.where(maps.beyond, np.nan, maps.models[-1].std)
    if np.isnan(std).all():
        return None
    row, column = np.unravel_index(int(np.nanargmax(std)), std.shape)
    return int(row), int(column)


def _draw_region(
    axis: Axes,
    maps: StabilityMaps,
    picture: RgbImage,
    outlines_l0: Sequence[NDArray[np.floating]],
    place: tuple[float, float, float, float],
) -> None:
    axis.imshow(picture, extent=place, interpolation="antialiased")
    region = maps.region_l0
    width = 1.0 if len(outlines_l0) <= FEW_OUTLINES else 0.5
    for ring in outlines_l0:
        x = (ring[:, 0] - region.x) * maps.mpp.x
        y = (ring[:, 1] - region.y) * maps.mpp.y
        axis.plot(x, y, color=TRUTH_COLOUR, linewidth=width)
    axis.set_xlim(place[0], place[1])
    axis.set_ylim(place[2], place[3])
    width, height = place[1], place[2]
    length = _round_length(width / 3)
    bar_left, bar_top = width * 0.04, height * 0.94
    axis.plot(
        [bar_left, bar_left + length], [bar_top, bar_top], color="black", linewidth=2.5, solid_capstyle="butt"
    )
    text = f"{length / 1000:g} mm" if length >= 1000 else f"{length:g} µm"
    axis.text(
        bar_left + length / 2, bar_top - height * 0.02, text, ha="center", va="bottom", fontsize=6,
        bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 1},
    )  # fmt: skip
    axis.set_title(
        "(a) region, tumour as drawn in green" if len(outlines_l0) else "(a) region", fontsize=7, loc="left"
    )
    axis.set_xticks([])
    axis.set_yticks([])


def _shade_beyond(axis: Axes, maps: StabilityMaps, place: tuple[float, float, float, float]) -> None:
    """A veil on the cells that are in no figure, as some turn sees beyond the slide's edge."""
    if maps.beyond.any():
        veil = np.zeros((*maps.beyond.shape, 4))
        veil[maps.beyond] = (0.6, 0.6, 0.6, 0.55)
        axis.imshow(veil, extent=place, interpolation="nearest")


def _mark_cell(axis: Axes, maps: StabilityMaps, cell: tuple[int, int]) -> None:
    """The square of a cell."""
    from matplotlib.patches import Rectangle

    width, height = maps.stride_x_l0 * maps.mpp.x, maps.stride_y_l0 * maps.mpp.y
    corner = (cell[1] * width, cell[0] * height)
    axis.add_patch(Rectangle(corner, width, height, fill=False, edgecolor="white", linewidth=1.6))
    axis.add_patch(Rectangle(corner, width, height, fill=False, edgecolor="black", linewidth=0.7))


def _draw_curves(
    axis: Axes, maps: StabilityMaps, cell: tuple[int, int], *, threshold: float, letter: str
) -> None:
    for each, style in zip(maps.models, ("-", "--", ":", "-."), strict=False):
        axis.plot(*each.curve(*cell), style, marker="o", markersize=1.8, linewidth=1, label=each.model.title)
    axis.axhline(threshold, color="#888888", linewidth=0.6)
    axis.set_ylim(0, 1)
    axis.set_xlim(0, 90)
    axis.set_xticks([0, 15, 30, 45, 60, 75, 90])
    axis.set_xlabel("angle, degrees")
    axis.set_ylabel("tumour probability")
    axis.legend(fontsize=6, loc="best", frameon=False)
    axis.set_title(f"({letter}) the marked cell", fontsize=7, loc="left")


def _caption(maps: StabilityMaps) -> str:
    """How it was made, for whoever meets the figure alone."""
    turned = (
        "each cell about its own middle" if maps.exact else "the region about its middle, maps turned back"
    )
    names = "; ".join(f"{each.model.name} sha256 {each.model.sha256[:12]}" for each in maps.models)
    veiled = (
        "; veiled: cells whose turns see beyond the slide's edge, in no figure" if maps.beyond.any() else ""
    )
    return (
        f"{maps.turns} angles k·90/{maps.turns}°, {turned}; cells of "
        f"{maps.stride_x_l0 * maps.mpp.x:.1f} µm{veiled}.\n{names}. Research use only."
    )


def _round_length(most_um: float) -> float:
    """The longest of 1, 2, 5 x 10^n that is not longer."""
    power = 10.0 ** math.floor(math.log10(most_um))
    return max(step * power for step in (1, 2, 5) if step * power <= most_um * (1 + 1e-9))
