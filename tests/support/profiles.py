"""ICC profiles for tests."""

from __future__ import annotations

from PIL import ImageCms


def srgb_profile() -> bytes:
    """The profile of sRGB itself."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def swapped_profile() -> bytes:
    """sRGB with the primaries of red and blue swapped: stored red is meant as blue, which no rounding can hide."""
    data = srgb_profile()
    return data.replace(b"rXYZ", b"tmp!").replace(b"bXYZ", b"rXYZ").replace(b"tmp!", b"bXYZ")
