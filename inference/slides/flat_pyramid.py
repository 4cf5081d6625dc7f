"""Large flat images (striped TIFF, PNG, JPEG) as slides: a lossless pyramid is built once, in the cache folder."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from inference.errors import BuildCancelledError, PyramidWantedError, SlideError
from inference.places import cache_home
from inference.slides.colour_profile import read_profile
from inference.slides.fingerprint import file_fingerprint
from inference.slides.frames import Mpp
from inference.slides.reader import SYNTHETIC_MARK
from inference.slides.resolution import settle_resolution
from inference.slides.slide import RgbImage, SlideInfo
from inference.slides.subifd_reader import SubIfdSlide

Keep = Callable[[float], bool]
"""Told the part that is done, 0 to 1, now and then and on other threads; False gives the work up."""

TILE = 512
MAX_SIDE = 1_000_000
"""Larger claims are damage: a metre of glass at 1 um."""
MAX_WHOLE_PIXELS = 300_000_000
"""Interlaced PNG and progressive JPEG cannot be decoded row by row; their decoders take up to 6 bytes a pixel."""
BYTES_PER_PIXEL = 4
"""RGB and a third more for the coarser levels, if nothing could be compressed."""
KEPT_PYRAMIDS = 10
"""The least lately used ones beyond these are deleted."""
STALE_SECONDS = 24 * 3600
"""An unfinished file older than this was left by a program that was killed."""

LOADERS = {"PNG": "pngload", "JPEG": "jpegload", "TIFF": "tiffload"}
"""The only loaders of libvips that see a file."""
MICROMETRES_PER_MILLIMETRE = 1000


def pyramid_path(fingerprint: str) -> Path:
    """Where an image's pyramid lies, if it was built."""
    return cache_home() / "pyramids" / f"{fingerprint}.tif"


def build_pyramid(path: Path, kind: str, *, keep: Keep | None = None) -> Path:
    """Builds an image's pyramid and returns its path; rows go through memory a few at a time.

    Args:
        kind: the image's format, a key of `LOADERS`.

    Raises SlideError for an image that is damaged, claims too much, or does not fit the cache folder's drive, and
    BuildCancelledError where `keep` said so. Only a finished pyramid is ever seen under its name.
    """
    target = pyramid_path(file_fingerprint(path))
    part = target.with_suffix(f".{os.getpid()}.{time.monotonic_ns()}.part")
    cancelled = False

    def on_progress(image: Any, progress: Any) -> None:
        nonlocal cancelled
        if keep is not None and not keep(progress.percent / 100):
            cancelled = True
            image.set_kill(True)

    pyvips = _vips()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _tidy(target.parent)
        picture = _opened(path, kind)
        _check_claims(picture, path, room=shutil.disk_usage(target.parent).free)
        picture = _as_rgb(picture)
        picture.set_progress(True)
        picture.signal_connect("eval", on_progress)
        picture.tiffsave(
            str(part),
            compression="deflate",
            predictor="horizontal",
            tile=True,
            tile_width=TILE,
            tile_height=TILE,
            pyramid=True,
            # Sub-directories are read tile by tile: no interpolation where a level drops the last pixel of an odd size.
            subifd=True,
            bigtiff=True,
            keep="none",
        )
        part.replace(target)
    except pyvips.Error as error:
        if cancelled:
            raise BuildCancelledError("The image was not opened", where=str(path)) from error
        raise SlideError(
            "The image is damaged, incomplete or of an unsupported kind, or the cache folder is full",
            where=str(path),
            advice="Copy it again from its source, or save it anew as an 8-bit RGB image",
        ) from error
    except OSError as error:
        raise SlideError(
            f"The image's pyramid cannot be written ({error.strerror or error})",
            where=str(target.parent),
            advice="Make room on that drive",
        ) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
    return target


class FlatSlide:
    """A large image read from its pyramid; implements the `Slide` protocol."""

    def __init__(self, path: Path, kind: str, *, mpp: Mpp | None = None) -> None:
        """Raises PyramidWantedError where none was built yet, SlideError for a damaged image."""
        fingerprint = file_fingerprint(path)
        built = pyramid_path(fingerprint)
        if kind not in LOADERS or not built.exists():
            raise (PyramidWantedError if kind in LOADERS else SlideError)(
                "The image is too large to be read whole and has no pyramid",
                where=str(path),
                advice="Open it in the window, which builds one, or save it as a pyramidal TIFF, "
                "e.g. with: vips tiffsave IN OUT.tif --tile --pyramid",
            )
        try:
            header = _opened(path, kind)
            stated = _stated_mpp(header)
            profile, profile_notices = read_profile(_field(header, "icc-profile-data"))
            description = str(_field(header, "image-description") or "")
        except _vips().Error as error:
            raise SlideError(
                "The image is damaged", where=str(path), advice="Copy it again from its source"
            ) from error
        # Any resolution: the pyramid's own word, which is none, is not the image's.
        self._pyramid = SubIfdSlide(built, mpp=Mpp.square(1.0))
        with contextlib.suppress(OSError):
            os.utime(built)
        found, source, notices = settle_resolution(stated, given=mpp)
        deep = ("The image has 16 bits per pixel; it is shown with 8.",) if header.format != "uchar" else ()
        self._info = dataclasses.replace(
            self._pyramid.info,
            path=path,
            fingerprint=fingerprint,
            format=f"{kind} image, large",
            mpp=found,
            mpp_source=source,
            reading="From a pyramid built once, without loss",
            synthetic=description.startswith(SYNTHETIC_MARK),
            notices=(*deep, *notices, *profile_notices, *self._pyramid.info.notices),
            properties={},
            colour_profile=profile,
        )

    @property
    def info(self) -> SlideInfo:
        """The image's description."""
        return self._info

    def read_region(self, level: int, *, x_lv: int, y_lv: int, width: int, height: int) -> RgbImage:
        """Pixels of a level as the protocol says."""
        return self._pyramid.read_region(level, x_lv=x_lv, y_lv=y_lv, width=width, height=height)

    def close(self) -> None:
        """Lets the pyramid go; it stays for the next time."""
        self._pyramid.close()


def _vips() -> Any:
    """libvips, loaded for large images only."""
    import pyvips

    # Its cache of operations would keep files open.
    pyvips.cache_set_max(0)
    return pyvips


def _opened(path: Path, kind: str) -> Any:
    """The image, of which only the header is read yet."""
    return getattr(_vips().Image, LOADERS[kind])(str(path), access="sequential", fail_on="truncated")


def _check_claims(picture: Any, path: Path, *, room: int) -> None:
    """Raises SlideError for an image that would take too much of memory or disk."""
    width, height = picture.width, picture.height
    if max(width, height) > MAX_SIDE:
        raise SlideError(
            f"The image claims {width:,} x {height:,} pixels", where=str(path), advice="The file is damaged"
        )
    if _field(picture, "interlaced") and width * height > MAX_WHOLE_PIXELS:
        raise SlideError(
            "The image is interlaced or progressive, and too large to be decoded as a whole",
            where=str(path),
            advice="Save it without interlacing",
        )
    needed = width * height * BYTES_PER_PIXEL
    if needed > room:
        raise SlideError(
            f"The image's pyramid may need {needed / 1e9:.1f} GB, and {room / 1e9:.1f} GB are free",
            where=str(cache_home()),
            advice="Make room on that drive",
        )


def _as_rgb(picture: Any) -> Any:
    """8-bit RGB; transparent pixels over white. Raises pyvips.Error for kinds without a defined range."""
    if picture.interpretation == "cmyk" or picture.format not in ("uchar", "ushort"):
        raise _vips().Error(f"{picture.interpretation} {picture.format}")
    if picture.hasalpha():
        white = 65535 if picture.format == "ushort" else 255
        picture = picture.flatten(background=[white] * (picture.bands - 1))
    if picture.format == "ushort":
        # 257 maps 0..65535 onto 0..255.
        picture = (picture / 257).cast("uchar")
    if picture.bands == 1:
        picture = picture.bandjoin([picture, picture])
    if picture.bands != 3:
        raise _vips().Error(f"{picture.bands} bands")
    return picture.copy(interpretation="srgb")


def _field(picture: Any, name: str) -> Any:
    """A field of the header, None where there is none."""
    return picture.get(name) if picture.get_typeof(name) else None


def _stated_mpp(picture: Any) -> tuple[float, float] | None:
    """Micrometres per pixel, from a TIFF's resolution per centimetre only: others are print sizes."""
    if _field(picture, "resolution-unit") != "cm" or not min(picture.xres, picture.yres) > 0:
        return None
    return MICROMETRES_PER_MILLIMETRE / picture.xres, MICROMETRES_PER_MILLIMETRE / picture.yres


def _tidy(folder: Path) -> None:
    """Deletes what killed programs left, and the pyramids not used for longest."""
    with contextlib.suppress(OSError):
        for part in folder.glob("*.part"):
            if time.time() - part.stat().st_mtime > STALE_SECONDS:
                part.unlink()
        built = sorted(folder.glob("*.tif"), key=lambda each: each.stat().st_mtime)
        for old in built[: max(0, len(built) - KEPT_PYRAMIDS + 1)]:
            old.unlink()
