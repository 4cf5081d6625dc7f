"""Pictures of single cells, drawn once and stamped many times, as hematoxylin and eosin density."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.synthetic.looks import LOOKS, Kind, Look
from inference.synthetic.noise import Field
from inference.synthetic.spec import DemoSpec

LARGEST_HALF_UM = 15.0
"""No sprite reaches further than this from its centre; painters keep twice this margin about a tile."""


@dataclass(frozen=True, eq=False)
class Sprite:
    """A square cell picture of `side` pixels: what is kept of the stain below and what is added.

    `keep` and `add` are (side, 2 * side): hematoxylin and eosin of a pixel lie beside each other, so that a stamp is
    one multiplication and one addition of whole rows.
    """

    side: int
    keep: Field
    add: Field


def draw_sprites(spec: DemoSpec) -> dict[Kind, tuple[Sprite, ...]]:
    """All sprites of a made slide at its resolution. SPINDLE variants turn evenly through half a turn, in order."""
    bank: dict[Kind, tuple[Sprite, ...]] = {}
    for number, (kind, look) in enumerate(LOOKS.items()):
        rng = np.random.default_rng([spec.seed, 4, number])
        angles = (
            np.pi * (np.arange(look.variants) / look.variants)
            if kind is Kind.SPINDLE
            else rng.uniform(0, np.pi, look.variants)
        )
        bank[kind] = tuple(
            _draw(rng, look, float(angle), mpp=spec.mpp, body=kind is Kind.TUMOUR_BODY) for angle in angles
        )
    return bank


def _draw(rng: np.random.Generator, look: Look, angle: float, *, mpp: float, body: bool) -> Sprite:
    """One cell, its long axis at `angle`; `body` draws cytoplasm only, with `radius_um` as its own radius."""
    radius = rng.uniform(*look.radius_um) / mpp
    longer = rng.uniform(*look.longer)
    width = rng.uniform(*look.body_um) / mpp
    halo = look.halo_um / mpp
    half = min(
        int(np.ceil(radius * longer**0.5 * (1 + 2 * look.dent) + width + halo + 2)),
        int(LARGEST_HALF_UM / mpp),
    )
    y, x = np.mgrid[-half : half + 1, -half : half + 1].astype(np.float32)
    edge = _edge_distance(rng, x, y, radius=radius, longer=longer, angle=angle, dent=look.dent)
    grain = _grain(rng, edge.shape, scale=0.45 / mpp)
    if body:
        return _cytoplasm(rng, look, edge, grain, halo=halo)
    inside = np.clip(0.5 - edge / 1.4, 0, 1)
    depth = np.clip(-edge / (0.32 * radius), 0, 1)
    stain = rng.uniform(*look.hematoxylin)
    chromatin = (
        look.core
        + (1 - look.core) * (1 - depth)
        + look.rim * np.exp(-(((edge + 1.6) / 1.7) ** 2))
        + look.clumps * grain
    )
    for _ in range(rng.integers(look.nucleoli[0], look.nucleoli[1] + 1)):
        reach, turn = radius * 0.45 * rng.uniform() ** 0.5, rng.uniform(0, 2 * np.pi)
        size = rng.uniform(0.5, 0.95) / mpp
        dot = (x - reach * np.cos(turn)) ** 2 + (y - reach * np.sin(turn)) ** 2
        chromatin = chromatin + 0.9 * np.exp(-dot / size**2)
    cell = np.clip(0.5 - (edge - width) / 2.0, 0, 1)
    cover = np.clip(0.5 - (edge - width - halo) / 2.5, 0, 1)
    soft = 1 + 0.25 * grain
    hematoxylin = (
        inside * stain * np.clip(chromatin, 0.15, 2)
        + (cell - inside).clip(0) * rng.uniform(*look.body_hematoxylin) * soft
    )
    eosin = inside * rng.uniform(*look.eosin) + (cell - inside).clip(0) * rng.uniform(*look.body_eosin) * soft
    # The gap is there about some cells and hardly about others, or all would look cut out.
    keep = 1 - np.maximum(cell, rng.uniform(0.1, 0.8) * cover)
    return _sprite(keep, hematoxylin, eosin)


def _cytoplasm(rng: np.random.Generator, look: Look, edge: Field, grain: Field, *, halo: float) -> Sprite:
    """The body of a tumour cell: lilac, grainy, a little denser at its membrane, overlapping its neighbours."""
    inside = np.clip(0.5 - edge / 3, 0, 1)
    membrane = 0.16 * np.exp(-(((edge + 2) / 2) ** 2))
    wide = cv2.GaussianBlur(grain, (0, 0), 5)
    texture = 1 + 0.2 * grain + 1.1 * wide + membrane
    # A few cells have a vacuole, which lets white through.
    if rng.random() < 0.22:
        centre, size = rng.uniform(0.3, 0.7, 2) * edge.shape[0], rng.uniform(5, 12)
        y, x = np.mgrid[0 : edge.shape[0], 0 : edge.shape[1]]
        texture = texture * (
            1 - 0.85 * np.clip(0.5 - (np.hypot(x - centre[0], y - centre[1]) - size) / 3, 0, 1)
        )
    hematoxylin = inside * rng.uniform(*look.body_hematoxylin) * texture
    eosin = inside * rng.uniform(*look.body_eosin) * texture
    keep = 1 - np.maximum(inside, rng.uniform(0, 0.8) * np.clip(0.5 - (edge - halo) / 3, 0, 1))
    return _sprite(keep, hematoxylin, eosin)


def _edge_distance(
    rng: np.random.Generator, x: Field, y: Field, *, radius: float, longer: float, angle: float, dent: float
) -> Field:
    """Distance in pixels to a bumpy ellipse, roughly, negative inside."""
    u = (x * np.cos(angle) + y * np.sin(angle)) / longer**0.5
    v = (y * np.cos(angle) - x * np.sin(angle)) * longer**0.5
    turn = (u + 1j * v) / np.maximum(np.hypot(u, v), 1e-3)
    wave, turned = np.zeros_like(x), turn
    for order in range(2, 7):
        # Powers of a unit number are the cosines of whole multiples of the angle, without a cosine each.
        turned = turned * turn
        wave += (
            rng.normal(0, dent) / (order - 1) ** 0.5 * np.exp(1j * rng.uniform(0, 2 * np.pi)) * turned
        ).real
    # Outside the unit circle the ellipse's own scale differs by direction; dividing by the slope keeps edges even.
    slope = np.hypot(u / longer**0.5, v * longer**0.5) / np.maximum(np.hypot(u, v), 1e-3)
    distance = (np.hypot(u, v) - radius * (1 + wave)) / np.maximum(slope, 0.3)
    return np.asarray(distance, np.float32)


def _grain(rng: np.random.Generator, shape: tuple[int, int], *, scale: float) -> Field:
    """Blotches about `scale` pixels across, zero mean, unit deviation."""
    field = cv2.GaussianBlur(rng.standard_normal(shape).astype(np.float32), (0, 0), scale)
    return np.asarray((field - field.mean()) / max(float(field.std()), 1e-6), np.float32)


def _sprite(
    keep: NDArray[np.floating], hematoxylin: NDArray[np.floating], eosin: NDArray[np.floating]
) -> Sprite:
    """Both stains of a pixel beside each other."""
    side = keep.shape[0]
    add = np.stack([hematoxylin, eosin], axis=-1).clip(0).astype(np.float32)
    return Sprite(
        side=side,
        keep=np.ascontiguousarray(np.repeat(keep[..., None], 2, axis=-1).reshape(side, 2 * side), np.float32),
        add=np.ascontiguousarray(add.reshape(side, 2 * side)),
    )
