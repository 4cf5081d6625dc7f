"""Which cell lies where: even point patterns, thinned and sorted by the tissue they fall on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.synthetic.layout import Layout, at
from inference.synthetic.looks import LOOKS, Kind
from inference.synthetic.noise import Field, even_points
from inference.synthetic.spec import DemoSpec

PATTERN_CELLS = 80
"""Points on a side of a pattern before it repeats: 0.6 mm for lymphocytes, too far apart to be seen as a repeat since
thinning, turning and choice of picture do not repeat with it."""


@dataclass(frozen=True, eq=False)
class Pattern:
    """Points (n, 2) in level-0 pixels that tile the plane with `period`; `stream` numbers its random draws."""

    points: NDArray[np.float64]
    period: tuple[float, float]
    stream: int


@dataclass(frozen=True, eq=False)
class Placed:
    """Cells of one kind, in drawing order: centres in level-0 pixels and the number of the picture of each."""

    kind: Kind
    x_l0: NDArray[np.float64]
    y_l0: NDArray[np.float64]
    variant: NDArray[np.int64]


SPACINGS_UM = {"lymphoid": 7.3, "germinal": 8.7, "tumour": 15.2, "sparse": 16.0}
"""Distance between neighbours where a kind is packed: touching, for lymphocytes of 6 to 8 um."""


def make_patterns(spec: DemoSpec) -> dict[str, Pattern]:
    """The point patterns of a made slide, by name of `SPACINGS_UM`."""
    patterns: dict[str, Pattern] = {}
    for number, (name, spacing_um) in enumerate(SPACINGS_UM.items()):
        rng = np.random.default_rng([spec.seed, 5, number])
        points, period = even_points(rng, cells=PATTERN_CELLS, spacing=spec.px(spacing_um))
        patterns[name] = Pattern(points=points, period=period, stream=number)
    return patterns


def place_cells(
    layout: Layout, patterns: dict[str, Pattern], box_l0: tuple[float, float, float, float]
) -> Iterator[Placed]:
    """The cells whose centres lie in `box_l0` (x0, y0, x1, y1), kind by kind in the order they are drawn.

    A cell is the same whichever box asks for it, so boxes can be painted apart and fit together.
    """
    yield from _tumour_cells(layout, patterns["tumour"], box_l0)
    yield from _sparse_cells(layout, patterns["sparse"], box_l0)
    yield from _germinal_cells(layout, patterns["germinal"], box_l0)
    yield from _lymphocytes(layout, patterns["lymphoid"], box_l0)


def _draws(
    layout: Layout, pattern: Pattern, box_l0: tuple[float, float, float, float]
) -> tuple[NDArray[np.float64], ...]:
    """Points of a pattern in a box, shaken a little, with three uniform draws each: x, y, draws (n, 3)."""
    x0, y0, x1, y1 = box_l0
    wide, high = pattern.period
    found: list[NDArray[np.float64]] = []
    for row in range(int(np.floor(y0 / high)) - 1, int(np.floor(y1 / high)) + 2):
        for column in range(int(np.floor(x0 / wide)) - 1, int(np.floor(x1 / wide)) + 2):
            rng = np.random.default_rng([layout.spec.seed, 6, pattern.stream, row + 16, column + 16])
            draws = rng.random((len(pattern.points), 5))
            place = pattern.points + (column * wide, row * high) + (draws[:, 3:] - 0.5) * layout.spec.px(0.8)
            inside = (place[:, 0] >= x0) & (place[:, 0] < x1) & (place[:, 1] >= y0) & (place[:, 1] < y1)
            found.append(np.column_stack([place[inside], draws[inside, :3]]))
    table = np.concatenate(found)
    return table[:, 0], table[:, 1], table[:, 2:]


def _placed(
    kind: Kind,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    draw: NDArray[np.float64],
    chosen: NDArray[np.bool_],
) -> Placed:
    """The chosen points as cells of a kind; `draw` picks the picture."""
    variant = (draw[chosen] * LOOKS[kind].variants).astype(np.int64)
    return Placed(kind, x[chosen], y[chosen], variant)


def _tumour_cells(
    layout: Layout, pattern: Pattern, box_l0: tuple[float, float, float, float]
) -> Iterator[Placed]:
    """Bodies first, then nuclei, so that no neighbour's cytoplasm covers a nucleus."""
    x, y, draws = _draws(layout, pattern, box_l0)
    nest = at(layout.nest_um, x, y)
    nests = (at(layout.tumour_um, x, y) < 0) & (nest < 2) & (lumen_um(nest) > 3)
    yield _placed(Kind.TUMOUR_BODY, x, y, draws[:, 0], nests)
    yield _placed(
        Kind.TUMOUR_NUCLEUS, x, y, draws[:, 1], nests & (draws[:, 2] < 0.87 + 0.06 * at(layout.density, x, y))
    )


def _sparse_cells(
    layout: Layout, pattern: Pattern, box_l0: tuple[float, float, float, float]
) -> Iterator[Placed]:
    """Fibroblasts and endothelium along fibres, pale reticular cells and histiocytes between lymphocytes."""
    x, y, draws = _draws(layout, pattern, box_l0)
    tumour, node = at(layout.tumour_um, x, y), at(layout.node_um, x, y)
    stroma = (tumour < 0) & (at(layout.nest_um, x, y) >= 2)
    fibrous = (at(layout.fibre_um, x, y) < -1) | stroma
    fat = (node > 4) & (at(layout.fat_um, x, y) < -10)
    spindle = (fibrous & (draws[:, 2] < 0.8)) | (fat & (draws[:, 2] < 0.012))
    # The picture is chosen by the direction of the fibre, give or take a tenth of a half turn.
    step = 8.0
    gx = at(layout.phase_um, x + step, y) - at(layout.phase_um, x - step, y)
    gy = at(layout.phase_um, x, y + step) - at(layout.phase_um, x, y - step)
    turn = (np.arctan2(gy, gx) + np.pi / 2) / np.pi + 0.12 * (draws[:, 0] - 0.5)
    yield _placed(Kind.SPINDLE, x, y, turn % 1 * 0.999, spindle)
    lymphoid = (node < 0) & (tumour > 4) & ~fibrous
    sinus = at(layout.sinus_um, x, y) < 0
    follicle = at(layout.follicle_um, x, y) < 0
    rate = np.where(sinus, 0.34, np.where(follicle, 0.12, 0.33))
    yield _placed(Kind.RETICULAR, x, y, draws[:, 0], lymphoid & (draws[:, 2] < rate))


def _germinal_cells(
    layout: Layout, pattern: Pattern, box_l0: tuple[float, float, float, float]
) -> Iterator[Placed]:
    """The larger, paler cells of germinal centres."""
    x, y, draws = _draws(layout, pattern, box_l0)
    germinal = germinal_um(at(layout.follicle_um, x, y)) < 0
    chosen = germinal & (at(layout.tumour_um, x, y) > 0) & (draws[:, 2] < 0.85)
    yield _placed(Kind.CENTROBLAST, x, y, draws[:, 1], chosen)


def _lymphocytes(
    layout: Layout, pattern: Pattern, box_l0: tuple[float, float, float, float]
) -> Iterator[Placed]:
    """Lymphocytes: crowded in mantles and cortex, fewer in the medulla, few in sinuses, stroma and tumour."""
    x, y, draws = _draws(layout, pattern, box_l0)
    node, follicle = at(layout.node_um, x, y), at(layout.follicle_um, x, y)
    tumour, sinus, fibre = at(layout.tumour_um, x, y), at(layout.sinus_um, x, y), at(layout.fibre_um, x, y)
    rate = 0.86 + 0.1 * at(layout.density, x, y) - 0.16 * at(layout.medulla, x, y)
    rate = np.where(follicle < 6, 0.99, rate)
    rate = np.where(germinal_um(follicle) < 0, 0.09, rate)
    rate = np.where(sinus < 0, 0.1, rate)
    infiltrate = np.where(at(layout.nest_um, x, y) > 0, 0.2 + 0.08 * at(layout.density, x, y), 0.015)
    rate = np.where(tumour < 2, infiltrate, rate)
    rate = np.where(fibre < 1, 0.03, rate)
    rate = np.where(node > -4, np.where(node < 4, 0.1, 0.0), rate)
    fat = (node > 4) & (at(layout.fat_um, x, y) < -10)
    rate = np.where(fat, 0.0025, rate)
    yield _placed(Kind.LYMPHOCYTE, x, y, draws[:, 0], draws[:, 2] < rate)


def lumen_um(nest_um: Field) -> Field:
    """Distance to the lumens and lakes in the middle of wide nests."""
    return nest_um + np.float32(94)


def germinal_um(follicle_um: Field) -> Field:
    """Distance to the germinal centre, which lies inside a mantle of 40 um."""
    return follicle_um + np.float32(40)
