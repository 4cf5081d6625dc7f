"""A slide's ICC colour profile: what it says, and its way to sRGB, which serves display only; scans see raw pixels."""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

MAX_BYTES = 16 << 20
"""A scanner's profile has some kilobytes to a megabyte; a claim beyond this is damage."""
MAX_NAME = 60
"""A longer description is cut: it is free text of the file's writer."""
PROBE_STEP = 15
"""Grid of the colours tried out on opening: 18 values a channel, black and white among them."""
DAMAGED = "The slide's colour profile is damaged or not for RGB; its colours are shown as they are stored."


@dataclass(frozen=True, slots=True)
class ColourProfile:
    """A profile that can be applied.

    Attributes:
        name: its description, in the words of its writer.
        changes_colours: false for sRGB, whatever its name: no tried-out colour changes by more than rounding.
        data: the profile itself.
    """

    name: str
    changes_colours: bool
    data: bytes = field(repr=False)


def read_profile(data: bytes | None) -> tuple[ColourProfile | None, tuple[str, ...]]:
    """The profile in a file's bytes, or None, and what the user should know; a damaged one is not an error."""
    if not data:
        return None, ()
    if len(data) > MAX_BYTES:
        return None, (DAMAGED,)
    values = np.arange(0, 256, PROBE_STEP, dtype=np.uint8)
    probe = np.stack(np.meshgrid(values, values, values, indexing="ij"), axis=-1).reshape(1, -1, 3)
    try:
        name = " ".join(ImageCms.getProfileDescription(io.BytesIO(data)).split())[:MAX_NAME]
        shown = ToSrgb(ColourProfile(name, True, data))(probe)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None, (DAMAGED,)
    change = np.abs(shown.astype(int) - probe.astype(int)).max()
    return ColourProfile(name or "without a name", bool(change > 1), data), ()


class ToSrgb:
    """Turns pixels of one profile into sRGB with the profile's own rendering intent; safe from several threads.

    Each thread has its own transform, made on first use: lcms keeps the last colour inside of one. Raises
    ImageCms.PyCMSError on the first call where the profile cannot be used; `read_profile` gives none of those.
    """

    def __init__(self, profile: ColourProfile) -> None:
        self._data = profile.data
        self._own = threading.local()

    def __call__(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(height, width, 3) uint8 to the same shape; the given pixels stay as they are."""
        transform = getattr(self._own, "transform", None)
        if transform is None:
            transform = self._own.transform = self._made()
        picture = ImageCms.applyTransform(Image.fromarray(np.ascontiguousarray(pixels)), transform)
        return np.asarray(picture, np.uint8)

    def _made(self) -> ImageCms.ImageCmsTransform:
        profile = ImageCms.getOpenProfile(io.BytesIO(self._data))
        intent = ImageCms.Intent(ImageCms.getDefaultIntent(profile))
        return ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), "RGB", "RGB", intent)


def shown_colours(pixels: NDArray[np.uint8], profile: ColourProfile | None) -> NDArray[np.uint8]:
    """A whole picture, (height, width, 3) uint8, in sRGB; as it is where there is no profile or it changes nothing."""
    return pixels if profile is None or not profile.changes_colours else ToSrgb(profile)(pixels)
