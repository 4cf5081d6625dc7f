"""Smooth closed outlines, and the signed distance to them."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from inference.synthetic.noise import Field


def blob(
    rng: np.random.Generator,
    centre: tuple[float, float],
    radius: float,
    *,
    roughness: float,
    stretch: float = 1.0,
    angle: float = 0.0,
    points: int = 180,
) -> Polygon:
    """A rounded irregular outline about `centre`, in the frame of `centre`.

    `roughness` is the deviation of the radius as a part of it; `stretch` lengthens along `angle` (radians) and
    narrows across, keeping the area.
    """
    theta = np.linspace(0, 2 * np.pi, points, endpoint=False)
    orders = np.arange(2, 12)
    # The weight falls with the order: lobes first, then bumps, so the outline looks grown and not noisy.
    weight = rng.normal(0, 1, orders.size) / (orders - 1) ** 0.8
    phase = rng.uniform(0, 2 * np.pi, orders.size)
    wave = (weight[:, None] * np.cos(orders[:, None] * theta + phase[:, None])).sum(axis=0)
    r = radius * np.clip(1 + roughness * wave, 0.35, 1.8)
    along, across = r * np.cos(theta) * np.sqrt(stretch), r * np.sin(theta) / np.sqrt(stretch)
    x = centre[0] + along * np.cos(angle) - across * np.sin(angle)
    y = centre[1] + along * np.sin(angle) + across * np.cos(angle)
    return Polygon(np.column_stack([x, y])).buffer(0)


def bean(
    centre: tuple[float, float],
    semi_axes: tuple[float, float],
    *,
    dent: float,
    dent_angle: float,
    rng: np.random.Generator,
) -> Polygon:
    """The outline of a lymph node: an ellipse with slow bumps and one dent, the hilum, towards `dent_angle`."""
    theta = np.linspace(0, 2 * np.pi, 720, endpoint=False)
    r = np.ones_like(theta)
    for order in range(2, 9):
        r += rng.normal(0, 0.05 / order**0.8) * np.cos(order * theta + rng.uniform(0, 2 * np.pi))
    off = np.angle(np.exp(1j * (theta - dent_angle)))
    r *= 1 - dent * np.exp(-((off / 0.3) ** 2))
    x = centre[0] + semi_axes[0] * r * np.cos(theta)
    y = centre[1] + semi_axes[1] * r * np.sin(theta)
    return Polygon(np.column_stack([x, y])).buffer(0)


def polygons_of(shape: BaseGeometry) -> list[Polygon]:
    """The polygons of a polygon, a multi-polygon or a collection; lines and points are dropped."""
    if isinstance(shape, Polygon):
        return [] if shape.is_empty else [shape]
    if isinstance(shape, MultiPolygon) or hasattr(shape, "geoms"):
        return [polygon for part in shape.geoms for polygon in polygons_of(part)]
    return []


def signed_distance(polygons: Iterable[Polygon], shape: tuple[int, int], *, stride: float) -> Field:
    """Distance in units of the polygons' frame to their union, negative inside, on a grid of `stride`.

    Grid pixel (row, column) stands for the place ((column + 0.5) * stride, (row + 0.5) * stride).
    """
    mask = np.zeros(shape, np.uint8)
    for polygon in polygons:
        rings = [np.asarray(ring.coords) for ring in (polygon.exterior, *polygon.interiors)]
        cv2.fillPoly(mask, [_fixed_point(ring / stride - 0.5) for ring in rings], 1, shift=4)
    far = float(max(shape)) * stride
    outside = (
        cv2.distanceTransform(1 - mask, cv2.DIST_L2, 5) if mask.any() else np.full(shape, far, np.float32)
    )
    inside = cv2.distanceTransform(mask, cv2.DIST_L2, 5) if mask.any() else np.zeros(shape, np.float32)
    # The transform counts whole grid pixels from centre to centre; half of one moves the zero onto the edge.
    signed = np.where(mask > 0, 0.5 - inside, outside - 0.5).astype(np.float32)
    return cv2.GaussianBlur(signed, (0, 0), 0.8) * np.float32(stride)


def _fixed_point(ring: NDArray[np.float64]) -> NDArray[np.int32]:
    """Coordinates as OpenCV's integers with four binary places."""
    return np.round(ring * 16).astype(np.int32)
