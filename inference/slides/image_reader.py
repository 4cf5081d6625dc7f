"""Plain images (PNG, JPEG, BMP, TIFF without tiles) as slides with a pyramid in memory."""

from __future__ import annotations

import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from inference.errors import SlideError
from inference.slides.colour_profile import ColourProfile, read_profile
from inference.slides.fingerprint import file_fingerprint
from inference.slides.flat_pyramid import FlatSlide, Keep, build_pyramid
from inference.slides.frames import Mpp, SizeL0
from inference.slides.reader import SYNTHETIC_MARK
from inference.slides.reads import BoxLv, check_read, over_white, part_inside, put, white_canvas
from inference.slides.resolution import settle_resolution
from inference.slides.slide import Level, RgbImage, Slide, SlideInfo
from inference.slides.stain import stain_notices

MAX_PIXELS = 89_478_485
"""Largest image read as a whole: the size from which Pillow warns of a decompression bomb (a quarter of a GiB
as RGB)."""
COARSEST_SIDE = 1024
"""The pyramid ends where a level fits a window."""

FIRST_BYTES = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
}
"""How the formats begin. Pillow is held to these: its other decoders are for formats no slide comes in."""

DECODING_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    EOFError,
    RuntimeError,
    AssertionError,
    AttributeError,
    MemoryError,
    struct.error,
    zlib.error,
)
"""What Pillow's decoders raise for damaged files: they share no base class, and fuzzed files have shown each
kind."""

TIFF_DESCRIPTION, TIFF_X_RESOLUTION, TIFF_Y_RESOLUTION, TIFF_RESOLUTION_UNIT = 270, 282, 283, 296
PIXELS_PER_CENTIMETRE = 3
"""The value of ResolutionUnit that microscopes use; the other, inch, is what programs write for printers."""
MICROMETRES_PER_CENTIMETRE = 10_000


class TooLargeError(SlideError):
    """An image not to be read as a whole."""


class ImageReader:
    """The reader for plain images."""

    name = "Pillow"

    def detect(self, path: Path) -> bool:
        """Whether the file begins as one of the formats does."""
        return _format_of(path) is not None

    def open(self, path: Path, *, mpp: Mpp | None = None) -> Slide:
        """Reads an image as a whole, a large one from its pyramid.

        Raises SlideError for a damaged one, PyramidWantedError for a large one without pyramid.
        """
        try:
            return ImageSlide(path, mpp=mpp)
        except TooLargeError:
            return FlatSlide(path, _format_of(path) or "", mpp=mpp)


class ImageSlide:
    """An image in memory with its pyramid; implements the `Slide` protocol.

    Every level averages 2 x 2 pixels of the finer one (fewer at the right and bottom edge of an odd size), so
    a level may reach up to one of its pixels beyond the slide. An orientation in EXIF data is not applied:
    annotations made elsewhere count the pixels as they are stored.
    """

    def __init__(self, path: Path, *, mpp: Mpp | None = None) -> None:
        picture, stated, description, profile, notices = _load(path)
        self._pixels: tuple[RgbImage, ...] | None = tuple(np.asarray(level) for level in _pyramid(picture))
        found, source, mpp_notices = settle_resolution(stated, given=mpp)
        self._info = SlideInfo(
            path=path,
            fingerprint=file_fingerprint(path),
            format=f"{_format_of(path)} image without pyramid (Pillow)",
            size_l0=SizeL0(picture.width, picture.height),
            levels=tuple(
                Level(level.shape[1], level.shape[0], downsample_x=2.0**index, downsample_y=2.0**index)
                for index, level in enumerate(self._pixels)
            ),
            mpp=found,
            mpp_source=source,
            reading="Whole in memory",
            synthetic=description.startswith(SYNTHETIC_MARK),
            notices=(*notices, *mpp_notices, *stain_notices(self._pixels[-1])),
            colour_profile=profile,
        )

    @property
    def info(self) -> SlideInfo:
        """The image's description."""
        return self._info

    def read_region(self, level: int, *, x_lv: int, y_lv: int, width: int, height: int) -> RgbImage:
        """Pixels of a level as the protocol says."""
        if self._pixels is None:
            raise ValueError("the slide is closed")
        check_read(self._info.levels, level, width=width, height=height)
        canvas = white_canvas(width, height)
        wanted = BoxLv(x_lv, y_lv, width, height)
        if part_inside(self._info.levels[level], wanted) is not None:
            whole = BoxLv(0, 0, self._info.levels[level].width, self._info.levels[level].height)
            put(canvas, wanted, pixels=self._pixels[level], pixels_box=whole)
        return canvas

    def close(self) -> None:
        """Gives the memory back."""
        self._pixels = None


def build_pyramid_of(path: Path, *, keep: Keep | None = None) -> Path:
    """Builds the pyramid that a PyramidWantedError asked for; see `build_pyramid`."""
    return build_pyramid(path, _format_of(path) or "", keep=keep)


def _format_of(path: Path) -> str | None:
    """The format that a file begins like, or None."""
    with path.open("rb") as file:
        beginning = file.read(8)
    return next((name for first, name in FIRST_BYTES.items() if beginning.startswith(first)), None)


def _load(
    path: Path,
) -> tuple[Image.Image, tuple[float, float] | None, str, ColourProfile | None, tuple[str, ...]]:
    """The picture as RGB, the resolution it states (um per pixel), its description, its profile, notices on both."""
    too_large = TooLargeError(
        f"The image has more than {MAX_PIXELS // 10**6} million pixels and no pyramid",
        where=str(path),
        advice="Save it as a pyramidal TIFF, e.g. with: vips tiffsave IN OUT.tif --tile --pyramid",
    )
    try:
        # What Pillow warns of in a damaged file, an error says in one sentence, or it does not matter.
        with (
            warnings.catch_warnings(action="ignore", category=UserWarning),
            Image.open(path, formats=sorted(set(FIRST_BYTES.values()))) as picture,
        ):
            # Checked before any pixel is decoded. Pillow itself only warns at this size.
            if picture.width * picture.height > MAX_PIXELS:
                raise too_large
            picture.load()
            rgb, notices = _to_rgb(picture, path)
            tags = dict(picture.tag_v2) if isinstance(picture, TiffImageFile) else {}
            profile, profile_notices = read_profile(picture.info.get("icc_profile"))
            description = str(tags.get(TIFF_DESCRIPTION, ""))
            return rgb, _stated_mpp(tags), description, profile, (*notices, *profile_notices)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise too_large from error
    except DECODING_ERRORS as error:
        raise SlideError(
            "The image is damaged, incomplete or of an unsupported kind",
            where=str(path),
            advice="Copy it again from its source, or save it anew as an 8-bit RGB image",
        ) from error


def _to_rgb(picture: Image.Image, path: Path) -> tuple[Image.Image, tuple[str, ...]]:
    """Any picture as 8-bit RGB, transparent pixels over white; a second value says what was changed."""
    if picture.mode == "F":
        raise SlideError(
            "The image has floating-point pixels, whose range is not defined",
            where=str(path),
            advice="Save it as an 8-bit RGB image",
        )
    if picture.mode.startswith("I"):
        values = np.asarray(picture).astype(np.int64)
        if values.min() < 0 or values.max() > 65535:
            raise SlideError(
                "The image has pixels of more than 16 bits",
                where=str(path),
                advice="Save it as an 8-bit RGB image",
            )
        # 257 maps 0..65535 onto 0..255. Stretching to the values found would make images incomparable.
        grey = Image.fromarray((values // 257).astype(np.uint8))
        return grey.convert("RGB"), ("The image has 16 bits per pixel; it is shown with 8.",)
    if picture.mode == "RGB" and "transparency" not in picture.info:
        return picture.copy(), ()
    if picture.mode in ("L", "1", "CMYK", "YCbCr", "LAB", "HSV") and "transparency" not in picture.info:
        return picture.convert("RGB"), ()
    return Image.fromarray(over_white(picture.convert("RGBA"))), ()


def _stated_mpp(tags: dict[int, object]) -> tuple[float, float] | None:
    """Micrometres per pixel from the tags of a TIFF, None where they cannot be trusted.

    Only a resolution per centimetre counts. The dpi of PNG, JPEG and BMP, and of a TIFF in inches, is a print
    size that image editors write without knowing the pixel's size on the glass.
    """
    if tags.get(TIFF_RESOLUTION_UNIT) != PIXELS_PER_CENTIMETRE:
        return None
    per_centimetre = [float(str(tags.get(tag, 0))) for tag in (TIFF_X_RESOLUTION, TIFF_Y_RESOLUTION)]
    if not all(value > 0 for value in per_centimetre):
        return None
    x, y = (MICROMETRES_PER_CENTIMETRE / value for value in per_centimetre)
    return x, y


def _pyramid(picture: Image.Image) -> list[Image.Image]:
    """The picture and ever coarser ones, each half the size of the one before (rounded up)."""
    levels = [picture]
    while max(levels[-1].size) > COARSEST_SIDE:
        levels.append(levels[-1].reduce(2))
    return levels


READER = ImageReader()
