"""Colour, focus and compression jitter that makes a network indifferent to stain, scanner and file format.

Brightness, saturation, hue and contrast follow Liu et al. 2017 in kind; the stain jitter in hematoxylin-eosin-residual
space follows Tellez et al. 2018; blur and JPEG jitter put a slide resampled to 10x inside the training distribution.
Everything acts on a whole batch and depends on the given generator only.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gcnn.data.pcam import PATCH

Batch = NDArray[np.uint8]
"""(n, height, width, 3) uint8 RGB."""
Colours = NDArray[np.float32]
"""(n, pixels, 3) in 0..1."""

# Absorbance of hematoxylin, eosin and a residual per RGB channel (Ruifrok & Johnston 2001), rows of unit length.
_STAINS = np.array([[0.65, 0.70, 0.29], [0.07, 0.99, 0.11], [0.27, 0.57, 0.78]], np.float32)
_STAINS /= np.linalg.norm(_STAINS, axis=1, keepdims=True)
_RGB_TO_YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]], np.float32)


@dataclass(frozen=True)
class Jitter:
    """Half-widths and probabilities of the jitter; 0 switches a part off.

    Attributes:
        position: shift in pixels, as far as the patches have a margin.
        brightness: added, in units of full scale. contrast, saturation: relative. hue: in turns.
        stain: relative change and shift of each stain's absorbance.
        blur, jpeg: share of patches blurred (sigma up to `blur_sigma` px) or recompressed (quality from
            `jpeg_quality` to 95).
        turns: rotate by quarter turns and reflect at random: for the "+" networks only.
        angles: share of patches turned by any angle up to 45 degrees either way, corners reflected: what quarter
            turns, or the group of a p4m network, leave out.
    """

    position: int = 8  # Liu et al. 2017; PCam's own patches have no margin
    brightness: float = 0.15  # Liu et al. use 64/255, which drowns pale patches in white
    contrast: float = (
        0.35  # Liu et al. use 0.75, which leaves some patches almost grey, which short runs cannot afford
    )
    # Liu et al. use .25 and .04. Stains of other centres differ more than that: see docs/results.md.
    saturation: float = 0.3
    hue: float = 0.06
    stain: float = 0.15
    blur: float = 0.3
    blur_sigma: float = 0.8
    jpeg: float = 0.3
    jpeg_quality: int = 50
    turns: bool = False
    angles: float = 0.0


def augment(patches: Batch, jitter: Jitter, rng: np.random.Generator) -> Batch:
    """A jittered copy of a batch of square patches, cut to 96 x 96 px where they have a margin."""
    out = _jitter_position(patches, jitter.position, rng) if patches.shape[1] > PATCH else patches.copy()
    if jitter.turns:
        for i, (flip, quarters) in enumerate(rng.integers((0, 0), (2, 4), size=(len(out), 2))):
            turned = out[i, :, ::-1] if flip else out[i]
            out[i] = np.rot90(turned, quarters).copy()
    if jitter.angles:
        out = _turn_by_any_angle(out, jitter.angles, rng)
    for i in map(int, np.flatnonzero(rng.random(len(out)) < jitter.blur)):
        out[i] = cv2.GaussianBlur(out[i], (0, 0), float(rng.uniform(0.2, max(0.21, jitter.blur_sigma))))
    colours: Colours = out.reshape(len(out), -1, 3).astype(np.float32) / np.float32(255)
    if jitter.stain:
        colours = _jitter_stains(colours, jitter.stain, rng)
    colours = _jitter_colours(colours, jitter, rng)
    out = np.clip(colours * 255 + 0.5, 0, 255).astype(np.uint8).reshape(out.shape)
    for i in map(int, np.flatnonzero(rng.random(len(out)) < jitter.jpeg)):
        quality = int(rng.integers(jitter.jpeg_quality, 96))
        encoded = cv2.imencode(".jpg", out[i], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        out[i] = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR))
    return out


def _jitter_position(patches: Batch, furthest: int, rng: np.random.Generator) -> Batch:
    """Cuts each patch near its centre."""
    margin = (patches.shape[1] - PATCH) // 2
    furthest = min(furthest, margin)
    corners = margin + rng.integers(-furthest, furthest + 1, (len(patches), 2))
    cut = [p[y : y + PATCH, x : x + PATCH] for p, (y, x) in zip(patches, corners, strict=True)]
    return np.stack(cut)


def _turn_by_any_angle(patches: Batch, share: float, rng: np.random.Generator) -> Batch:
    """Turns that share of the patches about their middle, by cubic interpolation."""
    size = patches.shape[1]
    middle = ((size - 1) / 2, (size - 1) / 2)
    out = patches.copy()
    for i in map(int, np.flatnonzero(rng.random(len(patches)) < share)):
        turn = cv2.getRotationMatrix2D(middle, float(rng.uniform(-45, 45)), 1.0)
        out[i] = cv2.warpAffine(
            patches[i], turn, (size, size), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
        )
    return out


def _jitter_stains(colours: Colours, strength: float, rng: np.random.Generator) -> Colours:
    """Scales and shifts each stain's absorbance, patch by patch."""
    absorbance = -np.log(np.maximum(colours, 1 / 255))
    stains = absorbance @ np.linalg.inv(_STAINS)
    factors = rng.uniform(1 - strength, 1 + strength, (len(colours), 1, 3)).astype(np.float32)
    shifts = rng.uniform(-strength / 4, strength / 4, (len(colours), 1, 3)).astype(np.float32)
    # A shift proportional to the stain's presence leaves bare glass white.
    return np.asarray(np.exp(-((stains * factors + shifts * (stains > 0.05)) @ _STAINS)), np.float32)


def _jitter_colours(colours: Colours, jitter: Jitter, rng: np.random.Generator) -> Colours:
    """Hue and saturation as one linear map in YIQ, then contrast about the patch's mean, then brightness."""
    n = len(colours)
    angle = 2 * np.pi * rng.uniform(-jitter.hue, jitter.hue, n)
    scale = rng.uniform(1 - jitter.saturation, 1 + jitter.saturation, n)
    chroma = np.zeros((n, 3, 3), np.float32)
    chroma[:, 0, 0] = 1
    chroma[:, 1, 1] = chroma[:, 2, 2] = scale * np.cos(angle)
    chroma[:, 1, 2], chroma[:, 2, 1] = -scale * np.sin(angle), scale * np.sin(angle)
    linear = (np.linalg.inv(_RGB_TO_YIQ) @ chroma @ _RGB_TO_YIQ).astype(np.float32)
    colours = colours @ linear.transpose(0, 2, 1)
    contrast = rng.uniform(1 - jitter.contrast, 1 + jitter.contrast, (n, 1, 1)).astype(np.float32)
    mean = colours.mean(axis=1, keepdims=True)
    brightness = rng.uniform(-jitter.brightness, jitter.brightness, (n, 1, 1)).astype(np.float32)
    return np.asarray((colours - mean) * contrast + mean + brightness, np.float32)
