"""The ground between the cells: plasma, fibres, tumour stroma and empty glass, as stain densities."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.synthetic.anatomy import Vessel
from inference.synthetic.cells import germinal_um, lumen_um
from inference.synthetic.layout import Layout, lowest, window
from inference.synthetic.noise import Field, periodic_noise, wrapped
from inference.synthetic.spec import DemoSpec
from inference.synthetic.stain import NOISE_OFFSET

HALF = 2
"""The ground is painted at half resolution: nothing in it is finer than 1 um, and it costs a quarter."""

PERIOD = 1024
"""Size of the seamless noises; together they repeat unseen, since every map over them differs."""


@dataclass(frozen=True, eq=False)
class Grains:
    """Seamless noises at half resolution, deviation 1: `fine`, `mid` and `coarse` (0.45, 2 and 7 um), `fibre` stripes
    (long in x, thin in y); and `sensor` noise (height, width, 3), bytes at level 0."""

    fine: Field
    mid: Field
    coarse: Field
    fibre: Field
    sensor: NDArray[np.uint8]


def make_grains(spec: DemoSpec) -> Grains:
    """The noises of a made slide."""
    rng = np.random.default_rng([spec.seed, 7])
    um = spec.px(1.0) / HALF
    thin = periodic_noise(rng, PERIOD, scale=(24 * um, 0.6 * um))
    thick = periodic_noise(rng, PERIOD, scale=(45 * um, 2.2 * um))
    # Mostly grey, a little coloured, and softened by half a pixel, as a demosaiced sensor leaves it.
    grey = periodic_noise(rng, PERIOD, scale=(0.45, 0.45))[..., None]
    # The channels take the same noise from places far apart, where it has nothing in common.
    colour = np.concatenate(
        [np.roll(grey, 300 * (channel + 1), axis=(0, 1)) for channel in range(3)], axis=-1
    )
    return Grains(
        fine=periodic_noise(rng, PERIOD, scale=(0.45 * um, 0.45 * um)),
        mid=periodic_noise(rng, PERIOD, scale=(2.0 * um, 2.0 * um)),
        coarse=periodic_noise(rng, PERIOD, scale=(7.0 * um, 7.0 * um)),
        fibre=0.85 * thin + 0.55 * thick,
        sensor=np.clip(np.round(1.1 * grey + 0.4 * colour + NOISE_OFFSET), 0, 2 * NOISE_OFFSET).astype(
            np.uint8
        ),
    )


Coat = NDArray[np.floating] | float
"""A density for each pixel, or one for all."""


class Ground:
    """Stain densities of one square at half resolution, laid coat over coat; opened on the noises of its place."""

    def __init__(self, layout: Layout, grains: Grains, x_l0: int, y_l0: int, *, side_l0: int) -> None:
        self.layout = layout
        self.x_l0, self.y_l0, self.side_l0 = x_l0, y_l0, side_l0
        self.side = side_l0 // HALF
        self.place = (x_l0 // HALF, y_l0 // HALF)
        self.fine, self.mid, self.coarse = (
            wrapped(grain, *self.place, width=self.side, height=self.side)
            for grain in (grains.fine, grains.mid, grains.coarse)
        )
        self.fibre_grain = grains.fibre
        self.hematoxylin = np.zeros((self.side, self.side), np.float32)
        self.eosin = np.zeros((self.side, self.side), np.float32)

    def read(self, field: Field) -> Field:
        """A map of the layout at this square's pixels."""
        return window(field, self.x_l0, self.y_l0, step_l0=HALF, side=self.side)

    def touches(self, field: Field, *, limit: float) -> bool:
        """Whether a map goes below `limit` anywhere in the square."""
        return lowest(field, self.x_l0, self.y_l0, side_l0=self.side_l0) < limit

    def lay(
        self,
        weight: Field,
        hematoxylin: Coat,
        eosin: Coat,
        *,
        box: tuple[slice, slice] = np.s_[:, :],
    ) -> None:
        """Cover the part of the ground in `box` by `weight` (0 to 1) with a coat of these densities."""
        for ground, coat in ((self.hematoxylin, hematoxylin), (self.eosin, eosin)):
            part = ground[box]
            part += weight * (coat - part)


def paint_ground(layout: Layout, grains: Grains, x_l0: int, y_l0: int, *, side_l0: int) -> Field:
    """Stain densities (side, side, 2) of the ground in the square at (x_l0, y_l0), which lies on the layout's grid."""
    ground = Ground(layout, grains, x_l0, y_l0, side_l0=side_l0)
    node = ground.read(layout.node_um)
    if ground.touches(layout.node_um, limit=8):
        _lay_lymphoid(ground, node)
        fibres, tumour = ground.touches(layout.fibre_um, limit=8), ground.touches(layout.tumour_um, limit=8)
        stripes = _stripes(ground) if fibres or tumour else np.zeros_like(node)
        if tumour:
            _lay_tumour(ground, stripes)
        if fibres:
            band = soft(ground.read(layout.fibre_um) + 2.2 * ground.coarse, 3.0)
            cracks = np.clip(1 - 1.6 * np.maximum(-stripes - 1.2, 0), 0.15, 1)
            ground.lay(
                band, 0.06 * cracks, np.clip(0.55 + 0.22 * stripes + 0.06 * ground.fine, 0.05, 1.4) * cracks
            )
    if float(node.max()) > -8:
        outer = soft(-(node + 2.5 * ground.coarse), 2.5)
        ground.lay(outer, 0.0, 0.0)
        _lay_loose_fibres(ground, outer, node)
    for vessel in layout.anatomy.vessels:
        _lay_vessel(ground, vessel)
    both = cv2.merge([ground.hematoxylin, ground.eosin])
    return np.asarray(cv2.resize(both, (side_l0, side_l0), interpolation=cv2.INTER_LINEAR), np.float32)


def _lay_lymphoid(ground: Ground, node: Field) -> None:
    """Thin plasma with strands of reticulin, gaps of glass, paler sinuses and denser germinal centres."""
    layout, fine, mid, coarse = ground.layout, ground.fine, ground.mid, ground.coarse
    inside = soft(node, 3.0)
    strands = np.exp(-((mid / 0.22) ** 2)) * np.clip(0.6 + 0.5 * coarse, 0, 1.4)
    gaps = np.clip(1.15 - 0.75 * np.maximum(fine * 0.5 + mid * 0.7, 0), 0.05, 1)
    ground.lay(inside, 0.1 * gaps, gaps * (0.22 + 0.07 * coarse) + 0.4 * strands)
    if ground.touches(layout.follicle_um, limit=-20):
        germinal = soft(germinal_um(ground.read(layout.follicle_um)), 10.0)
        ground.lay(germinal, 0.12 + 0.05 * fine, np.clip(0.25 + 0.1 * fine + 0.14 * mid, 0, 1))
    if ground.touches(layout.sinus_um, limit=8):
        sinus = soft(ground.read(layout.sinus_um), 5.0) * inside
        ground.lay(0.9 * sinus, 0.02, np.clip(0.07 + 0.2 * strands + 0.05 * coarse, 0, 1))


def _lay_tumour(ground: Ground, stripes: Field) -> None:
    """What shows between tumour cells, and the fibrous stroma between their nests, torn from them here and there."""
    layout, fine, mid, coarse = ground.layout, ground.fine, ground.mid, ground.coarse
    inside = soft(ground.read(layout.tumour_um), 2.0)
    ground.lay(inside, 0.16 + 0.06 * mid, np.clip(0.34 + 0.16 * mid + 0.08 * fine, 0.02, 1))
    nest = ground.read(layout.nest_um)
    stroma = inside * soft(-nest, 2.5)
    ground.lay(stroma, 0.08 + 0.02 * stripes, np.clip(0.32 + 0.24 * stripes + 0.07 * fine, 0.01, 1.2))
    lumen = inside * soft(lumen_um(nest) + 1.5 * mid, 4.0)
    ground.lay(lumen, 0.02, np.clip(0.05 + 0.07 * mid + 0.05 * fine, 0, 0.4))
    # Shrinkage in the fixative leaves white slits along the border of some nests.
    slit = inside * np.clip(1 - np.abs(nest + 0.4 * mid) / 2.2, 0, 1) * np.clip(coarse - 0.1, 0, 1)
    ground.lay(slit, 0.0, 0.03)


def _stripes(ground: Ground) -> Field:
    """Wavy fibre bundles along lines of equal phase, zero mean, about unit deviation."""
    um = ground.layout.spec.px(1.0) / HALF
    columns = np.arange(ground.place[0], ground.place[0] + ground.side, dtype=np.float32)[None, :]
    rows = np.arange(ground.place[1], ground.place[1] + ground.side, dtype=np.float32)[:, None]
    along = (columns + rows) * np.float32(0.71) + 4 * ground.coarse
    across = (
        ground.read(ground.layout.phase_um) * np.float32(um)
        + 1.6 * um * ground.coarse
        + 0.35 * um * ground.mid
    )
    # Wrapping by hand keeps the places small enough for float32 on a slide of any size.
    wrapped_places = (np.mod(along, PERIOD).astype(np.float32), np.mod(across, PERIOD).astype(np.float32))
    stripes = cv2.remap(ground.fibre_grain, *wrapped_places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return np.asarray(stripes, np.float32)


def _lay_loose_fibres(ground: Ground, outer: Field, node: Field) -> None:
    """Shreds of loose tissue in the fat, thickest against the capsule."""
    fine, mid, coarse = ground.fine, ground.mid, ground.coarse
    inside = soft(ground.read(ground.layout.fat_um) + 8 * coarse, 20.0) * outer
    close = np.exp(-np.maximum(node, 0) / 28)
    shreds = np.exp(-(((coarse + 0.35 * mid) / 0.13) ** 2)) * (0.12 + 0.9 * close) + 0.5 * close * np.clip(
        mid, 0, 1
    )
    ground.lay(inside, 0.05 * shreds, 0.5 * shreds * (1 + 0.25 * fine))


def _lay_vessel(ground: Ground, vessel: Vessel) -> None:
    """A ring of wall about a lumen that is empty or holds plasma, not quite round."""
    outer = max(vessel.radii_l0) + 3 * vessel.wall_l0
    u0, v0 = (vessel.x_l0 - ground.x_l0) / HALF, (vessel.y_l0 - ground.y_l0) / HALF
    x0, x1 = max(0, int(u0 - outer / HALF)), min(ground.side, int(u0 + outer / HALF) + 1)
    y0, y1 = max(0, int(v0 - outer / HALF)), min(ground.side, int(v0 + outer / HALF) + 1)
    if x0 >= x1 or y0 >= y1:
        return
    box = np.s_[y0:y1, x0:x1]
    coarse, mid, fine = ground.coarse[box], ground.mid[box], ground.fine[box]
    y, x = np.mgrid[y0:y1, x0:x1].astype(np.float32)
    turn = np.deg2rad(vessel.angle)
    u = (x - u0) * np.cos(turn) + (y - v0) * np.sin(turn)
    v = (y - v0) * np.cos(turn) - (x - u0) * np.sin(turn)
    a, b = (radius / HALF for radius in vessel.radii_l0)
    mpp = ground.layout.spec.mpp
    distance_um = (np.hypot(u / a, v / b) - 1) * np.sqrt(a * b) * mpp * HALF + 1.1 * coarse + 0.4 * mid
    wall = soft(distance_um - vessel.wall_l0 * mpp * (1 + 0.25 * coarse), 2.0)
    ground.lay(wall, 0.1, np.clip(0.4 + 0.2 * mid + 0.14 * fine, 0, 1), box=box)
    ground.lay(soft(distance_um, 1.5), 0.01, 0.28 if vessel.filled else 0.05, box=box)


def soft(distance_um: Field, width_um: float) -> Field:
    """1 inside, 0 outside, over `width_um` across the edge."""
    return np.asarray(np.clip(0.5 - distance_um * np.float32(1 / width_um), 0, 1), np.float32)
