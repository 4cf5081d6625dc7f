"""One square block of a made slide, painted from the layout: ground, fat, vessels, cells, light."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.synthetic.cells import Pattern, Placed, make_patterns, place_cells
from inference.synthetic.layout import STRIDE_L0, Layout, lay_out, lowest, window
from inference.synthetic.looks import Kind
from inference.synthetic.noise import Field, wrapped
from inference.synthetic.spec import DemoSpec
from inference.synthetic.sprites import LARGEST_HALF_UM, Sprite, draw_sprites
from inference.synthetic.stain import GLASS, NOISE_OFFSET, develop
from inference.synthetic.tissue import Grains, make_grains, paint_ground


@dataclass(frozen=True, eq=False)
class Palette:
    """Everything that is made once for a slide and read by all its blocks."""

    layout: Layout
    patterns: dict[str, Pattern]
    sprites: dict[Kind, tuple[Sprite, ...]]
    grains: Grains


def make_palette(spec: DemoSpec) -> Palette:
    """The palette of a made slide; the same for the same spec."""
    return Palette(lay_out(spec), make_patterns(spec), draw_sprites(spec), make_grains(spec))


def is_bare(palette: Palette, x_l0: int, y_l0: int, *, side: int) -> bool:
    """Whether a block holds nothing but glass."""
    reach = int(np.ceil(palette.layout.spec.px(2 * LARGEST_HALF_UM)))
    near_um = 130.0  # An adipocyte whose centre lies in the fat reaches up to its own width beyond it.
    return lowest(palette.layout.fat_um, x_l0 - reach, y_l0 - reach, side_l0=side + 2 * reach) > near_um


def glass(palette: Palette, x_l0: int, y_l0: int, *, side: int) -> NDArray[np.uint8]:
    """A block (side, side, 3) of empty glass, sensor noise included, so that its border with painted ones is unseen.

    The noise repeats every `PERIOD` pixels, so all bare blocks whose corners lie on multiples of it are the same.
    """
    noise = wrapped(palette.grains.sensor, x_l0, y_l0, width=side, height=side)
    return np.asarray(cv2.add(np.full_like(noise, GLASS) - np.uint8(NOISE_OFFSET), noise), np.uint8)


def paint_block(palette: Palette, x_l0: int, y_l0: int, *, side: int) -> NDArray[np.uint8]:
    """RGB (side, side, 3) of the block whose corner is (x_l0, y_l0), level-0 pixels, on the layout's grid."""
    if is_bare(palette, x_l0, y_l0, side=side):
        return glass(palette, x_l0, y_l0, side=side)
    layout = palette.layout
    reach = int(np.ceil(layout.spec.px(LARGEST_HALF_UM)))
    filters = 4
    # A cell that touches the block lies within `reach` of it; its picture ends within as much again.
    margin = -(-(2 * reach + filters + 2) // STRIDE_L0) * STRIDE_L0
    x, y = x_l0 - margin, y_l0 - margin
    density = paint_ground(layout, palette.grains, x, y, side_l0=side + 2 * margin)
    _draw_fat(density, layout, x, y)
    _draw_vessels(density, palette, x, y)
    near = reach + filters
    box = (x_l0 - near, y_l0 - near, x_l0 + side + near, y_l0 + side + near)
    for placed in place_cells(layout, palette.patterns, box):
        stamp(density, palette.sprites[placed.kind], placed, x, y)
    trimmed = density[margin - filters : filters - margin, margin - filters : filters - margin]
    noise = wrapped(palette.grains.sensor, x_l0, y_l0, width=side, height=side)
    return develop(trimmed, noise, margin=filters)


def stamp(density: Field, sprites: tuple[Sprite, ...], placed: Placed, x_l0: int, y_l0: int) -> None:
    """Draw cells into densities (height, width, 2) whose corner is at (x_l0, y_l0), later ones over earlier ones."""
    height, width = density.shape[:2]
    flat = density.reshape(height, 2 * width)
    columns = np.round(placed.x_l0 - x_l0).astype(int).tolist()
    rows = np.round(placed.y_l0 - y_l0).astype(int).tolist()
    for column, row, number in zip(columns, rows, placed.variant.tolist(), strict=True):
        sprite = sprites[number]
        half = sprite.side // 2
        left = 2 * (column - half)
        below = flat[row - half : row + half + 1, left : left + 2 * sprite.side]
        below *= sprite.keep
        below += sprite.add


def _draw_fat(density: Field, layout: Layout, x_l0: int, y_l0: int) -> None:
    """The thin walls of adipocytes, where no node tissue lies; inside them is glass."""
    side = density.shape[0]
    mine = [
        cell
        for cell in layout.adipocytes
        if cell[:, 0].max() > x_l0
        and cell[:, 1].max() > y_l0
        and cell[:, 0].min() < x_l0 + side
        and cell[:, 1].min() < y_l0 + side
    ]
    if not mine:
        return
    rings = [np.round((cell - (x_l0, y_l0)) * 16).astype(np.int32) for cell in mine]
    wall = np.zeros((side, side), np.uint8)
    inside = np.zeros((side, side), np.uint8)
    cv2.fillPoly(inside, rings, 255, lineType=cv2.LINE_AA, shift=4)
    for number, ring in enumerate(rings):
        # Walls differ in thickness from cell to cell; the first point is as good a lot as any.
        thickness = 3 + int(mine[number][0, 0]) % 3
        cv2.polylines(wall, [ring], True, 255, thickness, cv2.LINE_AA, 4)
    free = _outside_node(layout, x_l0, y_l0, side)
    empty = 1 - free * (inside * np.float32(0.85 / 255))
    density *= empty[..., None]
    line = free * (wall * np.float32(1 / 255))
    density[..., 0] += 0.09 * line
    density[..., 1] += 0.42 * line


def _outside_node(layout: Layout, x_l0: int, y_l0: int, side: int) -> Field:
    """1 on the fat's side of the capsule, 0 in the node."""
    node = window(layout.node_um, x_l0, y_l0, step_l0=2, side=side // 2)
    return np.asarray(
        cv2.resize(np.clip(node / 6, 0, 1), (side, side), interpolation=cv2.INTER_LINEAR), np.float32
    )


def _draw_vessels(density: Field, palette: Palette, x_l0: int, y_l0: int) -> None:
    """The cells of the vessels near; their walls belong to the ground."""
    side = density.shape[0]
    for number, vessel in enumerate(palette.layout.anatomy.vessels):
        outer = max(vessel.radii_l0) + 2 * vessel.wall_l0
        if -outer < vessel.x_l0 - x_l0 < side + outer and -outer < vessel.y_l0 - y_l0 < side + outer:
            _draw_vessel_cells(density, palette, number, x_l0, y_l0)


def _draw_vessel_cells(density: Field, palette: Palette, number: int, x_l0: int, y_l0: int) -> None:
    """Endothelium along the wall and red cells in the lumen of one vessel, where they fall inside the picture."""
    layout, vessel = palette.layout, palette.layout.anatomy.vessels[number]
    rng = np.random.default_rng([layout.spec.seed, 8, number])
    long, short = vessel.radii_l0
    turn = np.deg2rad(vessel.angle)

    def place(
        u: NDArray[np.float64], v: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return vessel.x_l0 + u * np.cos(turn) - v * np.sin(turn), vessel.y_l0 + u * np.sin(turn) + v * np.cos(
            turn
        )

    count = max(4, int(2 * np.pi * np.sqrt(long * short) / layout.spec.px(12)))
    theta = np.linspace(0, 2 * np.pi, count, endpoint=False) + rng.uniform(0, 0.5, count)
    ring = place(
        (long + 0.3 * vessel.wall_l0) * np.cos(theta), (short + 0.3 * vessel.wall_l0) * np.sin(theta)
    )
    course = np.arctan2(short * np.cos(theta), -long * np.sin(theta)) + turn
    spindles = palette.sprites[Kind.SPINDLE]
    cells = [
        Placed(Kind.SPINDLE, *ring, (course / np.pi % 1 * len(spindles)).astype(np.int64) % len(spindles))
    ]
    if vessel.filled:
        crowd = max(2, int(long * short * np.pi / layout.spec.px(5.6) ** 2))
        r, angle = np.sqrt(rng.uniform(0, 0.9, crowd)), rng.uniform(0, 2 * np.pi, crowd)
        red = place(long * r * np.cos(angle), short * r * np.sin(angle))
        cells.append(Placed(Kind.RED_CELL, *red, rng.integers(0, len(palette.sprites[Kind.RED_CELL]), crowd)))
    room = layout.spec.px(LARGEST_HALF_UM)
    for placed in cells:
        fits = (
            (placed.x_l0 > x_l0 + room)
            & (placed.x_l0 < x_l0 + density.shape[1] - room - 1)
            & (placed.y_l0 > y_l0 + room)
            & (placed.y_l0 < y_l0 + density.shape[0] - room - 1)
        )
        stamp(
            density,
            palette.sprites[placed.kind],
            Placed(placed.kind, placed.x_l0[fits], placed.y_l0[fits], placed.variant[fits]),
            x_l0,
            y_l0,
        )
