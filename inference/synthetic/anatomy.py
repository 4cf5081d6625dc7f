"""Where the node, its metastases, follicles and vessels lie on a made slide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from shapely import affinity, set_precision
from shapely.geometry import LineString, Point, Polygon
from shapely.ops import unary_union
from shapely.prepared import prep

from inference.synthetic.outlines import bean, blob, polygons_of
from inference.synthetic.spec import DemoSpec

CAPSULE_UM = 42.0
"""Thickness of the fibrous capsule; real ones are 20 to 100 um."""

METASTASES_UM = (1200.0, 400.0, 270.0, 175.0, 115.0)
"""Radii: one macro-metastasis (over 2 mm across), three of intermediate size and one of 0.23 mm, which is a
micrometastasis by the TNM limits (0.2 to 2 mm). In a smaller node they shrink with it."""

SMALLEST_METASTASIS_UM = 85.0
"""Below this a nest is smaller than the 64 px border a patch needs and says nothing about a heatmap."""

FULL_SHORT_SIDE_UM = 2700.0
"""The short side of the node for which `METASTASES_UM` is meant."""


@dataclass(frozen=True)
class Vessel:
    """A vessel cut across: centre and semi-axes of the lumen in level-0 pixels, angle in degrees, wall in pixels."""

    x_l0: float
    y_l0: float
    radii_l0: tuple[float, float]
    angle: float
    wall_l0: float
    filled: bool


@dataclass(frozen=True)
class Anatomy:
    """Outlines in level-0 pixels: `node` holds the capsule, `fat` the node."""

    node: Polygon
    fat: tuple[Polygon, ...]
    hilum_angle: float
    septa: tuple[Polygon, ...]
    tumour: tuple[Polygon, ...]
    follicles: tuple[Polygon, ...]
    vessels: tuple[Vessel, ...]


def lay_out_anatomy(spec: DemoSpec) -> Anatomy:
    """The outlines of a made slide; the same for the same spec."""
    rng = np.random.default_rng([spec.seed, 1])
    semi_axes = (0.395 * spec.width, 0.375 * spec.height)
    centre = (
        spec.width * (0.5 + rng.uniform(-0.015, 0.015)),
        spec.height * (0.5 + rng.uniform(-0.015, 0.015)),
    )
    hilum_angle = float(rng.uniform(0.25, 0.75) * np.pi)
    node = bean(centre, semi_axes, dent=0.2, dent_angle=hilum_angle, rng=rng)
    tumour = _metastases(spec, node, rng)
    follicles = _follicles(spec, node, tumour, hilum_angle, rng)
    return Anatomy(
        node=node,
        fat=_fat(spec, node, rng),
        hilum_angle=hilum_angle,
        septa=_septa(spec, node, tumour, follicles, rng),
        tumour=tumour,
        follicles=follicles,
        vessels=_vessels(spec, node, tumour, follicles, rng),
    )


def capsule_um_of(spec: DemoSpec) -> float:
    """Thickness of the capsule in um: that of a full-size node, down to half of it in a small one."""
    return CAPSULE_UM * max(0.5, node_scale(spec))


def node_scale(spec: DemoSpec) -> float:
    """How large the structures are against those of a full-size node, at most 1."""
    return min(1.0, 0.75 * min(spec.width, spec.height) * spec.mpp / FULL_SHORT_SIDE_UM)


def _fat(spec: DemoSpec, node: Polygon, rng: np.random.Generator) -> tuple[Polygon, ...]:
    """The fat about the node: unequal lobules, none reaching the border of the slide."""
    reach = spec.px(300) * node_scale(spec)
    lobules: list[Polygon] = [node.buffer(0.3 * reach)]
    count = 34
    for place in np.linspace(0, 1, count, endpoint=False) + rng.uniform(0, 1):
        point = node.exterior.interpolate(float(place % 1), normalized=True)
        lobules.append(blob(rng, (point.x, point.y), reach * rng.uniform(0.5, 1.7), roughness=0.25))
    edge = spec.px(40)
    room = Polygon(
        [
            (edge, edge),
            (spec.width - edge, edge),
            (spec.width - edge, spec.height - edge),
            (edge, spec.height - edge),
        ]
    )
    return tuple(polygons_of(unary_union(lobules).intersection(room)))


def _metastases(spec: DemoSpec, node: Polygon, rng: np.random.Generator) -> tuple[Polygon, ...]:
    """Disjoint metastases inside the capsule, largest first; at least one."""
    inside = node.buffer(-spec.px(capsule_um_of(spec)))
    placed: list[Polygon] = []
    for radius_um in METASTASES_UM:
        radius_um *= node_scale(spec)
        if radius_um < SMALLEST_METASTASIS_UM:
            if placed:
                break
            radius_um = SMALLEST_METASTASIS_UM
        radius = spec.px(radius_um)
        spot = _free_spot(rng, inside, placed, clearance=0.75 * radius, apart=1.15 * radius + spec.px(120))
        if spot is None and placed:
            continue
        x, y = spot or (inside.centroid.x, inside.centroid.y)
        grown = _metastasis(rng, (x, y), radius).intersection(inside)
        # Rounded to the decimals of the truth file, so that file and function tell the same.
        grown = set_precision(max(polygons_of(grown), key=lambda polygon: polygon.area), 0.01)
        placed.append(max(polygons_of(grown), key=lambda polygon: polygon.area))
    return tuple(sorted(placed, key=lambda polygon: -polygon.area))


def _metastasis(rng: np.random.Generator, centre: tuple[float, float], radius: float) -> Polygon:
    """A tumour deposit: a few lobes grown together, with a bumpy pushing front."""
    lobes = [
        blob(
            rng,
            centre,
            0.72 * radius,
            roughness=0.16,
            stretch=float(rng.uniform(1, 1.4)),
            angle=float(rng.uniform(0, np.pi)),
        )
    ]
    for angle in rng.uniform(0, 2 * np.pi, 5):
        reach = 0.62 * radius * rng.uniform(0.6, 1.15)
        at = (centre[0] + reach * np.cos(angle), centre[1] + reach * np.sin(angle))
        lobes.append(blob(rng, at, radius * rng.uniform(0.28, 0.55), roughness=0.13))
    whole = max(polygons_of(unary_union(lobes)), key=lambda polygon: polygon.area)
    # Rounding takes away the cusps where lobes meet; a hole between lobes would be a lake of normal tissue.
    smooth = Polygon(whole.exterior).buffer(-0.04 * radius).buffer(0.08 * radius).buffer(-0.04 * radius)
    return max(polygons_of(smooth.simplify(1.0)), key=lambda polygon: polygon.area)


def _free_spot(
    rng: np.random.Generator, inside: Polygon, taken: list[Polygon], *, clearance: float, apart: float
) -> tuple[float, float] | None:
    """A random place `clearance` from the border of `inside` and `apart` from everything taken, or None."""
    room = prep(inside.buffer(-clearance))
    x0, y0, x1, y1 = inside.bounds
    for _ in range(400):
        point = Point(rng.uniform(x0, x1), rng.uniform(y0, y1))
        if room.contains(point) and all(point.distance(other) > apart for other in taken):
            return (point.x, point.y)
    return None


def _follicles(
    spec: DemoSpec, node: Polygon, tumour: tuple[Polygon, ...], hilum_angle: float, rng: np.random.Generator
) -> tuple[Polygon, ...]:
    """Follicles in the cortex: a row under the capsule and a sparser one below, none near the hilum or in tumour."""
    scale = max(node_scale(spec), 0.3)
    barrier = unary_union(tumour).buffer(spec.px(25))
    inner = node.buffer(-spec.px(capsule_um_of(spec) + 25))
    placed: list[Polygon] = []
    for depth_um, gap_um, largest_um in ((180, 350, 185), (480, 560, 140)):
        course = node.buffer(-spec.px(capsule_um_of(spec) + depth_um * scale))
        if course.is_empty or not isinstance(course, Polygon):
            continue
        count = max(3, int(course.exterior.length / spec.px(gap_um * scale)))
        for place in (np.arange(count) + rng.uniform(-0.3, 0.3, count)) / count:
            point = course.exterior.interpolate(float(place % 1), normalized=True)
            off = np.angle(
                np.exp(1j * (np.arctan2(point.y - node.centroid.y, point.x - node.centroid.x) - hilum_angle))
            )
            jitter = spec.px(60 * scale)
            at = (point.x + rng.uniform(-jitter, jitter), point.y + rng.uniform(-jitter, jitter))
            shape = blob(
                rng,
                at,
                spec.px(rng.uniform(85, largest_um) * scale),
                roughness=0.07,
                stretch=float(rng.uniform(1, 1.6)),
                angle=float(rng.uniform(0, np.pi)),
            )
            clear = shape.disjoint(barrier) and all(shape.distance(other) > spec.px(25) for other in placed)
            if abs(off) > 0.5 and clear and inner.contains(shape):
                placed.append(shape)
    return tuple(placed)


def _septa(
    spec: DemoSpec,
    node: Polygon,
    tumour: tuple[Polygon, ...],
    follicles: tuple[Polygon, ...],
    rng: np.random.Generator,
) -> tuple[Polygon, ...]:
    """Fibrous septa: tapering bands that leave the capsule, wind inwards and end in the node."""
    scale = max(node_scale(spec), 0.3)
    barrier = unary_union([*tumour, *follicles]).buffer(spec.px(15))
    septa: list[Polygon] = []
    count = max(2, int(node.exterior.length * spec.mpp / 900))
    for place in (np.arange(count) + rng.uniform(0, 0.8, count)) / count:
        start = node.exterior.interpolate(float(place % 1), normalized=True)
        heading = np.arctan2(node.centroid.y - start.y, node.centroid.x - start.x) + rng.normal(0, 0.25)
        step, steps = spec.px(14), int(rng.uniform(18, 60) * scale)
        turns = np.cumsum(rng.normal(0, 0.09, steps)) + heading
        x = start.x + np.concatenate([[0], np.cumsum(step * np.cos(turns))])
        y = start.y + np.concatenate([[0], np.cumsum(step * np.sin(turns))])
        thick = spec.px(rng.uniform(7, 15)) * (1 - np.linspace(0, 1, steps + 1) ** 1.5 * 0.85)
        bands = [
            LineString([(x[i], y[i]), (x[i + 1], y[i + 1])]).buffer(thick[i], quad_segs=3)
            for i in range(steps)
        ]
        septa.extend(polygons_of(unary_union(bands).difference(barrier).intersection(node)))
    return tuple(septa)


def _vessels(
    spec: DemoSpec,
    node: Polygon,
    tumour: tuple[Polygon, ...],
    follicles: tuple[Polygon, ...],
    rng: np.random.Generator,
) -> tuple[Vessel, ...]:
    """Small vessels all over the node's lymphoid tissue and a few larger ones in the fat close to it."""
    taken = prep(unary_union([*tumour, *follicles]).buffer(spec.px(40)))
    cortex, ring = (
        prep(node.buffer(-spec.px(110))),
        prep(node.buffer(spec.px(190)).difference(node.buffer(spec.px(45)))),
    )
    x0, y0, x1, y1 = affinity.scale(node, 1.1, 1.1).bounds
    vessels: list[Vessel] = []
    tries = int(node.area * spec.mpp**2 / 1e6 * 26) + 12
    for _ in range(tries):
        point = Point(rng.uniform(x0, x1), rng.uniform(y0, y1))
        outside = ring.contains(point)
        if outside and rng.random() < 0.6:
            continue
        if not outside and (not cortex.contains(point) or taken.contains(point)):
            continue
        radius = spec.px(rng.uniform(14, 42) if outside else rng.uniform(4.5, 11))
        vessels.append(
            Vessel(
                x_l0=point.x,
                y_l0=point.y,
                radii_l0=(radius * rng.uniform(1, 2.2), radius),
                angle=float(rng.uniform(0, 180)),
                wall_l0=float(spec.px(rng.uniform(6, 14) if outside else rng.uniform(3.5, 6))),
                filled=bool(rng.random() < 0.5),
            )
        )
    return tuple(vessels)
