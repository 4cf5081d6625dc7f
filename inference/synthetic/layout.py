"""The tissue map of a made slide: for every place, how far it is from each structure."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from shapely.geometry import Polygon

from inference.synthetic.adipocytes import lay_out_adipocytes
from inference.synthetic.anatomy import Anatomy, capsule_um_of, lay_out_anatomy, node_scale
from inference.synthetic.noise import Field, smooth_noise
from inference.synthetic.outlines import signed_distance
from inference.synthetic.spec import DemoSpec

STRIDE_L0 = 16
"""Level-0 pixels to one grid pixel: 3.9 um, finer than any structure that is not a cell; 46 MB of maps at full size."""

SUBCAPSULAR_SINUS_UM = 26.0
"""Width of the pale gap under the capsule."""


@dataclass(frozen=True, eq=False)
class Layout:
    """Maps (rows, columns) on a grid of `STRIDE_L0`; `*_um` are signed distances in um, negative inside.

    `nest_um` is negative in the nests of tumour cells and positive in the stroma between them (it means nothing
    outside the tumour); `phase_um` runs across fibres, so lines of equal phase are fibres; `density` (about -2 to 2)
    thins and crowds lymphocytes; `medulla` is 0 in the cortex and 1 at the hilum.
    """

    spec: DemoSpec
    anatomy: Anatomy
    node_um: Field
    fat_um: Field
    tumour_um: Field
    nest_um: Field
    follicle_um: Field
    sinus_um: Field
    fibre_um: Field
    phase_um: Field
    density: Field
    medulla: Field
    adipocytes: tuple[NDArray[np.float32], ...]


def lay_out(spec: DemoSpec) -> Layout:
    """The layout of a made slide; the same for the same spec."""
    anatomy = lay_out_anatomy(spec)
    rng = np.random.default_rng([spec.seed, 3])
    shape = (-(-spec.height // STRIDE_L0), -(-spec.width // STRIDE_L0))
    per_um = 1 / (STRIDE_L0 * spec.mpp)

    def noise(scale_um: float, octaves: int = 1) -> Field:
        return smooth_noise(rng, shape, scale=scale_um * per_um, octaves=octaves)

    def distance_um(polygons: tuple[Polygon, ...]) -> Field:
        return signed_distance(polygons, shape, stride=STRIDE_L0) * np.float32(spec.mpp)

    thick_um = capsule_um_of(spec)
    node_um = distance_um((anatomy.node,)) + 3 * noise(60)
    fat_um = distance_um(anatomy.fat) + 12 * noise(90)
    # The front of the tumour is ragged by a few micrometres, less than a cell, so the polygons stay true.
    tumour_um = distance_um(anatomy.tumour) + 2.5 * noise(30)
    follicle_um = distance_um(anatomy.follicles) + 6 * noise(70)
    medulla = _medulla(anatomy, shape, noise(500), scale=max(node_scale(spec), 0.35))
    septa_um = distance_um(anatomy.septa) + 4 * noise(50)
    sinus_um = _sinuses(thick_um, node_um, medulla, follicle_um, noise(170, 2), noise(60))
    nest = noise(130, 2)
    # Bands where the noise crosses zero are stroma: thin walls about nests 80 to 200 um across.
    nest_um = (0.16 + 0.12 * noise(450) - np.abs(nest)) * np.float32(42)
    capsule_um = np.abs(node_um + thick_um / 2) - thick_um * (0.5 + 0.13 * np.clip(noise(300), -2, 2))
    fibre_um = np.minimum(capsule_um, septa_um)
    phase_um = np.where(capsule_um < septa_um, node_um, septa_um)
    phase_um = np.where(tumour_um < 0, nest * np.float32(60), phase_um)
    return Layout(
        spec=spec,
        anatomy=anatomy,
        node_um=node_um,
        fat_um=fat_um,
        tumour_um=tumour_um,
        nest_um=nest_um,
        follicle_um=follicle_um,
        sinus_um=sinus_um,
        fibre_um=np.where(tumour_um < 0, np.maximum(fibre_um, capsule_um), fibre_um).astype(np.float32),
        phase_um=phase_um.astype(np.float32),
        density=np.clip(0.6 * noise(350) + 0.7 * noise(70), -2, 2).astype(np.float32),
        medulla=medulla,
        adipocytes=lay_out_adipocytes(spec, fat_um, node_um, stride=STRIDE_L0),
    )


def _medulla(anatomy: Anatomy, shape: tuple[int, int], wobble: Field, *, scale: float) -> Field:
    """A soft weight that is 1 about the hilum and 0 in the cortex."""
    spec_rows, spec_columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    x0, y0, x1, y1 = (bound / STRIDE_L0 for bound in anatomy.node.bounds)
    cos, sin = np.cos(anatomy.hilum_angle), np.sin(anatomy.hilum_angle)
    u = (spec_columns - (x0 + x1) / 2 - 0.45 * cos * (x1 - x0) / 2) / (0.52 * (x1 - x0) / 2)
    v = (spec_rows - (y0 + y1) / 2 - 0.45 * sin * (y1 - y0) / 2) / (0.52 * (y1 - y0) / 2)
    reach = np.hypot(u, v) + 0.12 * wobble
    return np.asarray(np.clip((1.15 - reach) / 0.35, 0, 1) * scale**0.5, np.float32)


def _sinuses(
    thick_um: float, node_um: Field, medulla: Field, follicle_um: Field, branching: Field, ragged: Field
) -> Field:
    """Signed distance, roughly, to the sinuses: one under the capsule and a branching net in the medulla."""
    under = np.abs(node_um + thick_um + SUBCAPSULAR_SINUS_UM / 2) - SUBCAPSULAR_SINUS_UM * (
        0.32 + 0.1 * ragged
    )
    net = (np.abs(branching) - 0.42 * medulla) * np.float32(60) + 40 * (medulla < 0.02) + 3 * ragged
    inner = np.maximum(net, node_um + thick_um + 60)
    return np.asarray(np.maximum(np.minimum(under, inner), 12 - follicle_um), np.float32)


def window(field: Field, x_l0: int, y_l0: int, *, step_l0: int, side: int) -> Field:
    """A map read smoothly at (side, side) pixels of `step_l0` level-0 pixels; (x_l0, y_l0) lies on the map's grid.

    Beyond the slide the nearest value is taken.
    """
    times = STRIDE_L0 // step_l0
    pad = 2
    rows = np.arange(y_l0 // STRIDE_L0 - pad, (y_l0 + side * step_l0) // STRIDE_L0 + pad + 1)
    columns = np.arange(x_l0 // STRIDE_L0 - pad, (x_l0 + side * step_l0) // STRIDE_L0 + pad + 1)
    coarse = field[np.ix_(rows.clip(0, field.shape[0] - 1), columns.clip(0, field.shape[1] - 1))]
    fine = cv2.resize(
        coarse, (coarse.shape[1] * times, coarse.shape[0] * times), interpolation=cv2.INTER_LINEAR
    )
    return np.asarray(fine[pad * times :, pad * times :][:side, :side], np.float32)


def lowest(field: Field, x_l0: int, y_l0: int, *, side_l0: int) -> float:
    """The lowest value of a map in a square of level-0 pixels and two grid pixels about it; infinite off the slide."""
    rows = slice(max(0, y_l0 // STRIDE_L0 - 2), max(0, -(-(y_l0 + side_l0) // STRIDE_L0) + 2))
    columns = slice(max(0, x_l0 // STRIDE_L0 - 2), max(0, -(-(x_l0 + side_l0) // STRIDE_L0) + 2))
    return float(field[rows, columns].min(initial=np.inf))


def at(field: Field, x_l0: NDArray[np.float64], y_l0: NDArray[np.float64]) -> Field:
    """A map read between its grid pixels at places (n,) in level-0 pixels."""
    if x_l0.size == 0:
        return np.zeros(0, np.float32)
    xs = (x_l0 / STRIDE_L0 - 0.5).astype(np.float32).reshape(-1, 1)
    ys = (y_l0 / STRIDE_L0 - 0.5).astype(np.float32).reshape(-1, 1)
    # OpenCV's remap takes at most 32,766 rows at a time.
    parts = [
        cv2.remap(
            field, xs[i : i + 32000], ys[i : i + 32000], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        for i in range(0, len(xs), 32000)
    ]
    return np.asarray(np.concatenate(parts).ravel(), np.float32)
